"""The doctor at a device with real brokers and planted faults: each is named, at its link, and nothing cascades."""

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from agent.cli import main
from agent.doctor.chain import CHAIN
from agent.doctor.findings import Report
from tests.brokers import DOCUMENTED_ACL, Authority, Subscriber
from tests.doctor.home import Home, by_name, troubles
from tests.doctor.raspberry import CAMERA
from tests.house.installed import LONG, NAME, ROOT
from tests.hw.gpio_kernel import FakeChip

# ---- a device that is well


def test_a_healthy_device_is_called_healthy(home: Home) -> None:
    report = home.examined()
    assert troubles(report) == {}
    assert report.result == "ok"
    assert report.device == f"soderhagen/{NAME}"
    assert [finding.check for finding in report.findings] == [check.name for check in CHAIN]
    unchecked = {each.check: each.code for each in report.findings if each.state == "not_checked"}
    assert unchecked == {
        "power.battery": "none",
        "relay.pulse": "not_asked",
        "switch.position": "none",
    }


def test_nothing_is_changed_and_nobody_hears_news(home: Home, chip: FakeChip) -> None:
    pair = home.authority.sign("monitor")
    listener = Subscriber(home.broker.port, "#", pair=pair, authority=home.authority)
    before = _files(home.device.folder)
    home.examined()
    assert _files(home.device.folder) == before
    assert chip.history == []
    assert {(each.payload, each.retained) for each in listener.heard} <= {(b"", False)}
    assert {each.topic.removeprefix(f"{ROOT}/") for each in listener.heard} <= {
        "alarm/doctor",
        "fault/doctor",
        "cmd/doctor/reply",
    }
    listener.close()


def _files(folder: Path) -> dict[Path, int]:
    """When each was last written, but for what SQLite shares among its readers."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith("-shm")]
    return {path: path.stat().st_mtime_ns for path in files}


def test_the_json_has_the_documented_shape(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json", "--config", str(home.device.file)])
    report = msgspec.json.decode(capsys.readouterr().out, type=Report, strict=True)
    assert code == {"ok": 0, "warning": 1, "fault": 2}[report.result]
    assert report.format == 1
    assert all(finding.title.sv and finding.title.en for finding in report.findings)


# ---- faults of power, clock, disk, memory


def under_voltage(home: Home) -> None:
    home.pi.write("sys/devices/platform/soc/soc:firmware/get_throttled", "50005")


def was_under_voltage(home: Home) -> None:
    home.pi.write("sys/devices/platform/soc/soc:firmware/get_throttled", "10000")


def throttled(home: Home) -> None:
    home.pi.write("sys/devices/platform/soc/soc:firmware/get_throttled", "4")


def hot(home: Home) -> None:
    home.pi.write("sys/class/thermal/thermal_zone0/temp", "86000")


def on_battery(home: Home) -> None:
    for name, value in {"type": "Battery", "status": "Discharging", "capacity": "20"}.items():
        home.pi.write(f"sys/class/power_supply/ups/{name}", value)


def no_time(home: Home) -> None:
    home.pi.remove("run/systemd/timesync/synchronized")
    home.pi.remove("sys/class/rtc/rtc0/since_epoch")


def flat_rtc(home: Home) -> None:
    home.pi.write("sys/class/rtc/rtc0/since_epoch", "4000")


def worn(home: Home) -> None:
    home.pi.write(f"{home.pi.disk}/device/life_time", "0x09 0x02")


def open_state(home: Home) -> None:
    home.device.state.chmod(0o755)


def torn_store(home: Home) -> None:
    (home.device.state / "nattro.db").write_bytes(b"not a database at all")


def little_memory(home: Home) -> None:
    home.pi.write("proc/meminfo", "MemAvailable: 90000 kB")


def cgroup_off_with_swap(home: Home) -> None:
    home.pi.write("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids")
    home.pi.write("proc/swaps", "Filename Type\n/var/swap file")


def memory_not_locked(home: Home) -> None:
    home.pi.show_worker(locked="0 kB")


# ---- faults of camera, relays, signs


def camera_gone(home: Home) -> None:
    home.pi.pull_camera("SN0001")


def two_cameras_by_number(home: Home) -> None:
    home.pi.plug_camera(4, "SN0002")
    home.device.change(CAMERA, "/dev/video0")


def two_cameras_of_one_model(home: Home) -> None:
    home.pi.plug_camera(4, "SN0002")
    home.device.change(CAMERA, "usb:1bcf:2883")


def two_cameras_and_the_only_one(home: Home) -> None:
    home.pi.plug_camera(4, "SN0002")
    home.device.change(CAMERA, "only")


def never_commissioned(home: Home) -> None:
    home.device.change('reference = "reference"', "")


def corners_that_were_not_recorded(home: Home) -> None:
    home.device.change("[212, 96]", "[222, 96]")


def commissioned_with_another_net(home: Home) -> None:
    home.commission(net="0" * 64)


def no_lamp(home: Home) -> None:
    home.pi.remove("sys/class/leds/nattro/brightness")


def no_such_line(home: Home) -> None:
    home.device.change("camera = { line = 17 }", "camera = { line = 99 }")


# ---- faults of network, broker, certificates


def no_cable(home: Home) -> None:
    home.pi.write("sys/class/net/eth0/carrier", "0")
    home.device.change('host = "localhost"', 'host = "broker.invalid"')


def unknown_name(home: Home) -> None:
    home.device.change('host = "localhost"', 'host = "broker.invalid"')


def broker_down(home: Home) -> None:
    home.broker.stop()


def broker_silent(home: Home) -> None:
    home.broker.freeze()


def broker_with_another_name(home: Home) -> None:
    other = home.authority.sign("elsewhere.example", server=True)
    home.broker.stop()
    shutil.copy(other.certificate, home.authority.file.with_name("localhost.pem"))
    shutil.copy(other.key, home.authority.file.with_name("localhost.key"))
    home.broker.start()


def brokers_certificate_expired(home: Home) -> None:
    _restart_with(home, days=-0.5)


def brokers_certificate_ends_soon(home: Home) -> None:
    _restart_with(home, days=20.5)


def _restart_with(home: Home, *, days: float) -> None:
    home.broker.stop()
    home.authority.sign("localhost", server=True, days=days)  # over the files that the broker reads
    home.broker.start()


def no_tls_there(home: Home) -> None:
    conf = home.broker._config
    home.broker.stop()
    conf.write_text(f"listener {home.broker.port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    home.broker.start()


def device_is_revoked(home: Home) -> None:
    conf = home.broker._config
    revoked = home.authority.revoke(home.device.credentials / f"{NAME}.pem")
    home.broker.stop()
    conf.write_text(f"{conf.read_text()}\ncrlfile {revoked}\n")
    home.broker.start()


def wrong_authority(home: Home) -> None:
    other = home.device.folder / "other"
    other.mkdir()
    shutil.copy(Authority(other, days=LONG).file, home.device.credentials / "ca.pem")


def own_certificate_expired(home: Home) -> None:
    home.device.renew(home.authority.sign(NAME, days=-0.5))


def own_certificate_ends_soon(home: Home) -> None:
    home.device.renew(home.authority.sign(NAME, days=12.5))


def certificate_of_another_device(home: Home) -> None:
    home.device.renew(home.authority.sign("home-18"))


def key_of_another_certificate(home: Home) -> None:
    pair = home.authority.sign("home-18")
    shutil.copy(pair.key, home.device.credentials / f"{NAME}.key")


def key_that_all_can_read(home: Home) -> None:
    home.device.credentials.chmod(0o755)
    (home.device.credentials / f"{NAME}.key").chmod(0o644)


def alarms_denied(home: Home) -> None:
    home.broker.set_acl(DOCUMENTED_ACL.replace("pattern write nattro/v1/+/%u/alarm/+\n", ""))
    home.broker.reload()


def everything_allowed(home: Home) -> None:
    home.broker.set_acl("pattern readwrite #\n")
    home.broker.reload()


def reading_denied_that_nobody_needs(home: Home) -> None:
    home.broker.set_acl(DOCUMENTED_ACL.replace("pattern read nattro/v1/+/%u/alarm/+\n", ""))
    home.broker.reload()


# ---- faults of what the device is to do


def no_consent(home: Home) -> None:
    for file in home.device.state.iterdir():
        file.unlink()


def consent_withdrawn(home: Home) -> None:
    assert main(["consent", "withdraw", "--config", str(home.device.file)]) == 0


def no_times(home: Home) -> None:
    text = home.device.file.read_text()
    home.device.file.write_text(
        "".join("times = []\n" if line.startswith("times =") else line for line in text.splitlines(True))
    )


def agent_stopped(home: Home) -> None:
    home.unit("nattro.service", ActiveState="failed", Result="exit-code")


def agent_not_enabled(home: Home) -> None:
    home.unit("nattro.service", UnitFileState="disabled")


def agent_keeps_falling(home: Home) -> None:
    home.unit("nattro.service", NRestarts="7")


def no_units(home: Home) -> None:
    home.unit("nattro.service", LoadState="not-found")


def no_watchdogs(home: Home) -> None:
    home.unit("nattro.service", WatchdogUSec="infinity")
    home.unit("", RuntimeWatchdogUSec="0")


PLANTED: list[tuple[Callable[[Home], None], dict[str, str]]] = [
    (under_voltage, {"power.supply": "under_voltage"}),
    (was_under_voltage, {"power.supply": "was_under_voltage"}),
    (throttled, {"power.supply": "throttled"}),
    (hot, {"power.temperature": "too_hot"}),
    (on_battery, {"power.battery": "low"}),
    (no_time, {"clock.trust": "untrusted", "clock.network": "not_synchronised"}),
    (flat_rtc, {"clock.rtc": "flat"}),
    (worn, {"disk.wear": "worn"}),
    (open_state, {"disk.access": "open"}),
    (torn_store, {"disk.store": "unreadable"}),
    (little_memory, {"memory.free": "little"}),
    (cgroup_off_with_swap, {"memory.limits": "cgroup_off", "memory.swap": "lock_alone"}),
    (memory_not_locked, {"worker.locked": "not_locked"}),
    (camera_gone, {"camera.present": "missing"}),
    (two_cameras_by_number, {"camera.present": "several"}),
    (two_cameras_of_one_model, {"camera.present": "ambiguous"}),
    (two_cameras_and_the_only_one, {"camera.present": "ambiguous"}),
    (never_commissioned, {"camera.commissioned": "none"}),
    (corners_that_were_not_recorded, {"camera.commissioned": "other_bed"}),
    (commissioned_with_another_net, {"camera.commissioned": "other_net"}),
    (no_lamp, {"lamp.fitted": "missing"}),
    (no_such_line, {"relay.lines": "not_wired"}),
    (no_cable, {"network.link": "none"}),
    (unknown_name, {"dns.broker": "unknown"}),
    (broker_down, {"tls.reached": "refused"}),
    (broker_silent, {"tls.handshake": "silent"}),
    (broker_with_another_name, {"tls.handshake": "other_name"}),
    (brokers_certificate_expired, {"tls.handshake": "expired"}),
    (brokers_certificate_ends_soon, {"certificate.broker": "soon"}),
    (no_tls_there, {"tls.handshake": "broken_off"}),
    (device_is_revoked, {"broker.login": "refused"}),
    (wrong_authority, {"tls.handshake": "unknown_authority"}),
    (own_certificate_expired, {"certificate.device": "expired", "broker.login": "refused"}),
    (own_certificate_ends_soon, {"certificate.device": "soon"}),
    (certificate_of_another_device, {"certificate.device": "other_name", "broker.own_topics": "denied"}),
    (key_of_another_certificate, {"certificate.device": "unusable", "tls.handshake": "files"}),
    (key_that_all_can_read, {"certificate.access": "open"}),
    (alarms_denied, {"broker.own_topics": "denied"}),
    (everything_allowed, {"broker.others_topics": "open"}),
    (reading_denied_that_nobody_needs, {}),
    (no_consent, {"disk.store": "none", "consent.recorded": "none"}),
    (consent_withdrawn, {"consent.recorded": "withdrawn"}),
    (no_times, {"schedule.times": "none"}),
    (agent_stopped, {"services.agent": "not_running"}),
    (agent_not_enabled, {"services.agent": "not_enabled"}),
    (agent_keeps_falling, {"services.agent": "restarted"}),
    (no_units, {"services.agent": "not_installed"}),
    (no_watchdogs, {"services.watchdog": "off", "services.hardware_watchdog": "off"}),
]


@pytest.mark.parametrize(("plant", "named"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_a_planted_fault_is_named_at_its_link_and_nowhere_else(
    home: Home, plant: Callable[[Home], None], named: dict[str, str]
) -> None:
    plant(home)
    report = home.examined()
    assert troubles(report) == named
    for finding in report.findings:
        if finding.state in {"warning", "fault"}:
            assert finding.do.sv, finding.check
            assert "{" not in finding.means.sv + finding.do.sv


def test_what_needs_a_broken_link_is_not_checked_and_says_why(home: Home) -> None:
    unknown_name(home)
    found = by_name(home.examined())
    assert found["tls.reached"].state == "not_checked"
    assert found["tls.reached"].means.sv == "”Brokerns namn” måste fungera först."
    assert found["broker.read_back"].state == "not_checked"
    assert found["consent.recorded"].state == "ok"


def test_five_faults_are_five_lines(home: Home) -> None:
    for plant in (under_voltage, no_time, camera_gone, own_certificate_expired, consent_withdrawn):
        plant(home)
    assert set(troubles(home.examined())) >= {
        "power.supply",
        "clock.trust",
        "camera.present",
        "certificate.device",
        "consent.recorded",
    }
