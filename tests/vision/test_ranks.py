"""Quantiles are those of NumPy, without what its own would import."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from vision.ranks import percentile, quantile

numbers = st.floats(-1000, 1000, width=32)
tables = st.tuples(st.integers(1, 3), st.integers(1, 40)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=numbers)
)


@given(tables, st.floats(0, 1))
def test_quantiles_of_each_row_are_numpys(values: NDArray[np.float32], share: float) -> None:
    assert quantile(values, share) == pytest.approx(np.quantile(values, share, axis=1), rel=1e-4, abs=1e-3)


@given(arrays(np.uint8, (7, 9)), st.sampled_from([0, 5, 50, 95, 99.5, 100]))
def test_a_percentile_of_a_picture_is_numpys(picture: NDArray[np.uint8], percent: float) -> None:
    assert percentile(picture, percent) == pytest.approx(np.percentile(picture, percent))


def test_no_masked_arrays_are_imported() -> None:
    code = "import sys, numpy; from vision.ranks import percentile; percentile(numpy.ones(9), 5)"
    code += "; print('numpy.ma' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
