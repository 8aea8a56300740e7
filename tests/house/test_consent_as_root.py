"""Consent recorded with sudo before the agent's first start: the store is the agent's, not root's."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.installed import GRANT, Installed

AGENT = 65534
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can record consent for another user")


@pytest.fixture
def home() -> Iterator[Installed]:
    """In a folder that another user can reach; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="nattro-"))
    folder.chmod(0o755)
    made = Installed(folder)
    made.state.mkdir(mode=0o700)
    os.chown(made.state, AGENT, AGENT)
    yield made
    shutil.rmtree(folder)


def test_what_root_records_belongs_to_the_agent(home: Installed) -> None:
    command = [sys.executable, "-m", "agent.cli", "consent", "grant", *GRANT, "--config", str(home.file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Consent given" in done.stdout, done.stderr
    assert {file.stat().st_uid for file in home.state.iterdir()} == {AGENT}
