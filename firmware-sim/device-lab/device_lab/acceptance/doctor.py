"""`nattro doctor` on the device: healthy, then with five faults planted, each of which it must name."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from device_lab.acceptance import Shown
from device_lab.device import CREDENTIALS, NAME, RECORDED, Device
from device_lab.machine import MachineFailed

MODEL = "/usr/lib/nattro/lib/python3.11/site-packages/models/bed_occupancy.onnx"
UNHEALTHY = ("warning", "fault")


class Planted(NamedTuple):
    """A fault. check: which of the doctor's checks must find it."""

    what: str
    check: str
    plant: Callable[[Device], None]


def show(device: Device) -> Iterator[Shown]:
    healthy = _examined(device)
    faults = _found(healthy, "fault")
    yield Shown(
        "nattro doctor on the healthy device: no fault",
        f"{healthy['result']}; warnings: {', '.join(_found(healthy, 'warning')) or 'none'}; "
        f"faults: {', '.join(faults) or 'none'}",
        not faults,
        f"{len(healthy['findings'])} checks in {sum(f['seconds'] for f in healthy['findings']):.0f} s",
    )
    try:
        for planted in PLANTED:
            planted.plant(device)
        ill = _examined(device)
        for planted in PLANTED:
            yield _is_found(planted, ill)
        _print(device)
    finally:
        _heal(device)


def _examined(device: Device) -> dict[str, Any]:
    done = device.machine.run("nattro", "doctor", "--json", timeout=400.0)
    with suppress(json.JSONDecodeError):
        return dict(json.loads(done.out))
    raise MachineFailed(f"nattro doctor --json ended with {done.rc}: {done.said[-1000:]}")


def _found(report: dict[str, Any], state: str) -> list[str]:
    return [finding["check"] for finding in report["findings"] if finding["state"] == state]


def _is_found(planted: Planted, report: dict[str, Any]) -> Shown:
    finding = next((each for each in report["findings"] if each["check"] == planted.check), None)
    means = finding["means"]["en"] if finding else "not among the findings"
    state = finding["state"] if finding else "nothing"
    return Shown(f"planted: {planted.what}", f"{planted.check}: {state}: {means}", state in UNHEALTHY)


def _print(device: Device) -> None:
    """As a technician reads it."""
    print(device.machine.run("nattro", "doctor", "--lang", "en", timeout=400.0).said, flush=True)


def _take_the_camera_away(device: Device) -> None:
    device.machine.run("systemctl", "stop", "lab-player.service")
    device.machine.demand("modprobe", "-r", "v4l2loopback")


def _let_the_certificate_expire(device: Device) -> None:
    device.give_credentials(days=-0.5)


def _hold_the_relay(device: Device) -> None:
    """Another program holds the camera's relay; the agent, which would, does not run."""
    device.machine.demand("systemctl", "stop", "nattro.service")
    device.machine.demand(
        *("systemd-run", "--unit=lab-holder", "--collect"),
        *("gpioset", "--mode=signal", "gpiochip0", "0=1"),
    )


def _spoil_the_model(device: Device) -> None:
    device.machine.demand("sh", "-c", f"cp {MODEL} /tmp/model && printf x >> {MODEL}")


def _withdraw_consent(device: Device) -> None:
    device.machine.demand("nattro", "consent", "withdraw", "--by", "person")


PLANTED = (
    Planted("consent withdrawn", "consent.recorded", _withdraw_consent),
    Planted(f"the camera {RECORDED} is gone", "camera.present", _take_the_camera_away),
    Planted("the certificate has expired", "certificate.device", _let_the_certificate_expire),
    Planted("another program holds the relay's line", "relay.lines", _hold_the_relay),
    Planted("the model's file was changed", "model.hash", _spoil_the_model),
)


def _heal(device: Device) -> None:
    device.machine.run("systemctl", "stop", "lab-holder.service")
    device.machine.run(
        "modprobe", "v4l2loopback", "video_nr=42", "card_label=recorded night", "exclusive_caps=1"
    )
    device.machine.run("sh", "-c", f"test -e /tmp/model && mv /tmp/model {MODEL}")
    device.machine.run("sh", "-c", f"chown root:root {CREDENTIALS}/{NAME}.*")
    device.give_credentials()
    device.start()
    device.give_consent()
