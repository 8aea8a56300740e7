"""Makes bright_beds.onnx, the tests' own net: it takes a bed brighter than its room for an occupied one.

Run with the extra `train` installed: python tests/vision/nets/make.py
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STEEPNESS = 14.0


def bright_beds() -> onnx.ModelProto:
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["view", "grey"], ["seen"], axis=1),
            helper.make_node("Gather", ["view", "inside"], ["where"], axis=1),
            helper.make_node("Mul", ["seen", "where"], ["product"]),
            helper.make_node("ReduceMean", ["product"], ["mean"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Mul", ["mean", "steepness"], ["logit"]),
        ],
        "bright_beds",
        [helper.make_tensor_value_info("view", TensorProto.FLOAT, ["n", 5, 128, 96])],
        [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n"])],
        [
            numpy_helper.from_array(np.array([0], np.int64), "grey"),
            numpy_helper.from_array(np.array([3], np.int64), "inside"),
            numpy_helper.from_array(np.array(STEEPNESS, np.float32), "steepness"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    Path(__file__).with_name("bright_beds.onnx").write_bytes(bright_beds().SerializeToString())
