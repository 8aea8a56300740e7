#!/usr/bin/env bash
# The installed wheel, used as a stranger would: version, configuration, a look on a picture, the weights.
#   tests/wheel.sh NATTRO RECORDINGS EMPTY_FOLDER
set -euo pipefail
nattro=$1 recordings=$2 folder=$3
python=$(dirname "$nattro")/python
cd "$folder" # away from the source tree, so that nothing is found there by accident

"$nattro" --version
"$nattro" config example > nattro.toml
"$nattro" config check nattro.toml

film=$(find "$recordings" -name '*.avi' | sort | head -n 1)
bed=$("$python" - "$film" <<'PY'
import pathlib, sys, tomllib
import cv2
film = pathlib.Path(sys.argv[1])
read, frame = cv2.VideoCapture(str(film)).read()
assert read, f"{film} cannot be read"
cv2.imwrite("picture.png", frame)
corners = tomllib.loads(film.with_suffix(".toml").read_text())["bed"]
print(" ".join(f"{x},{y}" for x, y in corners))
PY
)
"$nattro" look picture.png --bed "$bed" --json | tee look.json
"$python" -c 'import json; assert json.load(open("look.json"))["verdict"]'
"$python" -c 'import importlib.util as u; assert u.find_spec("firmware_sim") is None, "the simulator is in the wheel"'
"$python" -c 'import models.training' 2>/dev/null && { echo "the training scripts are in the wheel"; exit 1; }
echo "The wheel works on its own."
