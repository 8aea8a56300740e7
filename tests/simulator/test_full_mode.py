"""Full mode: the real worker on real frames, the real adapter at a real broker, an independent subscriber."""

import socket
import threading
from collections.abc import Iterator

import pytest

from firmware_sim.__main__ import _playable
from firmware_sim.full.brokers import LOCALHOST
from firmware_sim.full.equipment import Full
from firmware_sim.full.line import Line
from firmware_sim.letters import Letters
from firmware_sim.runner import play
from firmware_sim.scenario import find, load, shipped


@pytest.mark.timeout(300)
def test_a_night_through_the_real_worker_and_a_real_broker() -> None:
    with Full("amqtt") as equipment:
        night = play(load(find("broker-gone-for-hours")), equipment)
    assert not night.differences
    assert not night.violations
    models = [letter.data["p_occupied"] for letter in Letters(night.record).of("check")]
    assert all(chance > 0.5 for chance in models)


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything back."""
    server = socket.create_server((LOCALHOST, 0))

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer:
                while data := peer.recv(100):
                    peer.sendall(data)

    threading.Thread(target=serve, daemon=True).start()
    yield int(server.getsockname()[1])
    server.close()


def test_a_line_that_is_up_forwards_and_a_cut_one_ends_its_connections(echo: int) -> None:
    line = Line(echo)
    try:
        line.raise_up()
        with socket.create_connection((LOCALHOST, line.port), timeout=5) as device:
            device.sendall(b"hello")
            assert device.recv(100) == b"hello"
            line.cut()
            assert device.recv(100) == b""
        with socket.create_connection((LOCALHOST, line.port), timeout=5) as device:
            assert device.recv(100) == b""
    finally:
        line.close()


def test_of_all_shipped_nights_full_mode_leaves_out_what_it_cannot_play_and_says_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    every = [load(path) for path in shipped()]
    left_out = {scenario.name for scenario in every} - {scenario.name for scenario in _playable(every)}
    said = capsys.readouterr().err.splitlines()
    assert "clock-steps-while-the-camera-closes" in left_out
    assert len(left_out) < len(every) / 4
    assert [line for line in said if "only fast mode plays" in line] == said
    assert len(said) == len(left_out)
