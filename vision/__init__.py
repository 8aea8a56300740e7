"""The vision worker: sees, and has no network. Shares nothing with the agent but `vision.protocol`."""

import os

# ONNX Runtime's own builds make up an id for the device, note in the home folder what they were used for, and
# report it to their maker, unless they are told not to before they are loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
