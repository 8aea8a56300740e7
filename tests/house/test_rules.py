"""The house rules hold: the core stays pure, the agent stays small, imports go one way, papers tell the truth."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = ("cv2", "numpy", "onnxruntime", "matplotlib", "numba")


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_agents_process_loads_no_picture_library() -> None:
    loaded = python("import sys, agent.cli.run, agent.app; print(*sys.modules)").split()
    assert not [name for name in PICTURES if name in loaded]
    assert "agent.loop" in loaded
    assert "rich" not in loaded
    assert not [name for name in loaded if name.startswith("vision.") and name != "vision.protocol"]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("import time", "TID251"),
        ("from datetime import datetime\nx = datetime.now()", "TID251"),
        ("import random", "TID251"),
        ("import os", "TID251"),
        ("import socket", "TID251"),
        ("import sqlite3", "TID251"),
        ("from pathlib import Path", "TID251"),
        ("import subprocess", "TID251"),
        ("import threading", "TID251"),
        ("import logging", "TID251"),
        ("x = open('x')", "PTH123"),
        ("print('x')", "T201"),
    ],
)
def test_the_core_may_not(line: str, rule: str) -> None:
    """Ask ruff, with this project's rules, about a file that would lie in agent/core/."""
    done = subprocess.run(
        [
            sys.executable, "-m", "ruff", "check", "--output-format=concise", "--no-cache",
            "--stdin-filename", str(ROOT / "agent/core/probe.py"), "-",
        ],
        input=f'"""Probe."""\n\n{line}\n', capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert f" {rule} " in done.stdout


def test_the_core_may_use_dates_and_zones() -> None:
    text = '"""Probe."""\n\nfrom datetime import UTC, datetime\nfrom zoneinfo import ZoneInfo\n\n'
    text += "ZONE = ZoneInfo('Europe/Stockholm')\nBEGIN = datetime.fromtimestamp(0, tz=UTC)\n"
    done = subprocess.run(
        [
            sys.executable, "-m", "ruff", "check", "--select=TID251", "--no-cache",
            "--stdin-filename", str(ROOT / "agent/core/probe.py"), "-",
        ],
        input=text, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_architecture_names_only_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`((?:agent|vision|transport|models|firmware-sim|systemd)/[\w./-]+)`", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_readme_names_only_targets_and_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets
    commands = {file.stem for file in (ROOT / "agent/cli").glob("*.py")}
    assert set(re.findall(r"`nattro ([a-z]+)", text)) <= commands
