"""The walk along the chain: what hangs, breaks, or may not be asked costs its own line and no other."""

import threading
from pathlib import Path
from typing import Any

import pytest

from agent.core.state import Check as CheckUnderWay
from agent.core.state import State
from agent.doctor import chain
from agent.doctor.chain import CHAIN, Check, examine
from agent.doctor.findings import Finding, Outcome, ok, warning, worst
from agent.doctor.visit import Visit
from tests.doctor.home import Home, by_name


def visited(tmp_path: Path) -> Visit:
    return Visit(tmp_path / "nowhere.toml", tmp_path)


def walked(visit: Visit, *checks: Check) -> dict[str, Finding]:
    return by_name(examine(visit, lambda _finding: None, checks))


def test_a_check_that_hangs_is_a_fault_and_the_walk_goes_on(tmp_path: Path) -> None:
    never = threading.Event()

    def hang(_visit: Visit) -> Outcome:
        never.wait()
        return ok()

    found = walked(
        visited(tmp_path), Check("disk.space", hang, patience=0.05), Check("memory.swap", lambda _: ok())
    )
    never.set()
    assert (found["disk.space"].state, found["disk.space"].code) == ("fault", "hung")
    assert found["memory.swap"].state == "ok"


def test_a_check_that_breaks_is_told_and_the_walk_goes_on(tmp_path: Path) -> None:
    def break_down(_visit: Visit) -> Outcome:
        raise ZeroDivisionError("division by zero")

    found = walked(visited(tmp_path), Check("disk.space", break_down), Check("memory.swap", lambda _: ok()))
    assert (found["disk.space"].state, found["disk.space"].code) == ("warning", "broken")
    assert "ZeroDivisionError: division by zero" in found["disk.space"].means.en
    assert found["memory.swap"].state == "ok"


def test_what_this_user_may_not_ask_is_not_checked(tmp_path: Path) -> None:
    def forbidden(_visit: Visit) -> Outcome:
        raise PermissionError(13, "Permission denied", "/var/lib/nattro")

    found = walked(visited(tmp_path), Check("disk.space", forbidden))
    assert found["disk.space"].state == "not_checked"
    assert found["disk.space"].do.sv == "Kör kommandot med sudo."


def test_credentials_that_are_roots_alone_are_no_fault_of_theirs(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the agent's own user may not read what systemd hands the agent."""
    opened = Path.open

    def closed(path: Path, *arguments: Any, **more: Any) -> Any:
        if path.parent == home.device.credentials:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", closed)
    found = by_name(home.examined())
    for check in ("tls.handshake", "certificate.device"):
        assert (found[check].state, found[check].code) == ("not_checked", "no_permission"), check


def test_a_broker_on_this_machine_needs_no_network(home: Home) -> None:
    home.pi.write("sys/class/net/eth0/carrier", "0")
    found = by_name(home.examined())
    assert found["network.link"].code == "none_needed"
    assert found["network.uplink"].state == "not_checked"
    assert found["broker.read_back"].state == "ok"


def test_a_technician_waits_a_minute_and_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "IN_ALL", 0.0)
    found = walked(visited(tmp_path), Check("memory.swap", lambda _: ok()))
    assert found["memory.swap"].code == "no_time"
    # so it is the whole that is capped
    assert sum(check.patience for check in CHAIN if check.patience < chain.PULSE) > 60


def test_a_warning_does_not_stop_what_comes_after_it(tmp_path: Path) -> None:
    checks = (
        Check("power.battery", lambda _: warning("in_use", percent=80)),
        Check("memory.swap", lambda _: ok(), needs=("power.battery",)),
    )
    assert walked(visited(tmp_path), *checks)["memory.swap"].state == "ok"


def test_each_finding_is_told_as_it_comes(tmp_path: Path) -> None:
    told: list[str] = []

    def first(_visit: Visit) -> Outcome:
        assert told == []
        return ok()

    def second(_visit: Visit) -> Outcome:
        return ok() if told == ["memory.swap"] else warning("lock_alone", swap="-")

    checks = (Check("memory.swap", first), Check("memory.limits", second))
    report = examine(visited(tmp_path), lambda finding: told.append(finding.check), checks)
    assert report.result == "ok"


def test_without_a_configuration_everything_else_is_still_checked(home: Home) -> None:
    home.device.file.write_text('[site]\nname = "soderhagen"\n')
    report = home.examined()
    found = by_name(report)
    assert "missing" in found["config.file"].means.sv
    assert found["power.supply"].state == found["clock.trust"].state == "ok"
    assert found["model.hash"].state == found["services.agent"].state == "ok"
    assert found["broker.login"].state == "not_checked"
    assert (report.result, report.device) == ("fault", "")


def test_the_worker_is_left_alone_while_a_check_is_under_way(home: Home) -> None:
    visit = Visit(home.device.file, home.pi.root)
    visit.agent_runs = True
    visit.state = State(
        check=CheckUnderWay(
            id="2026-11-21T23:30",
            kind="agreed",
            start=0,
            end=1,
            answer_by=1,
            answer_by_boot=1,
            further_looks=2,
        )
    )
    found = by_name(examine(visit, lambda _finding: None))
    visit.close()
    assert (found["worker.answers"].state, found["worker.answers"].code) == ("not_checked", "check_under_way")


@pytest.mark.parametrize(
    ("states", "result"),
    [
        (["ok", "not_checked"], "ok"),
        (["ok", "warning", "not_checked"], "warning"),
        (["warning", "fault", "ok"], "fault"),
        ([], "ok"),
    ],
)
def test_the_result_is_the_worst_of_all_and_what_was_not_checked_counts_for_nothing(
    tmp_path: Path, states: list[str], result: str
) -> None:
    found = walked(visited(tmp_path), Check("memory.swap", lambda _: ok()))["memory.swap"]
    findings = tuple(_with_state(found, state) for state in states)
    assert worst(findings) == result


def _with_state(finding: Finding, state: str) -> Finding:
    from msgspec.structs import replace

    return replace(finding, state=state)
