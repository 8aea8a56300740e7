"""What types cannot say about a configuration: whether its parts make sense together."""

import re
from itertools import pairwise

from agent.config.sections import Bed, CameraSection, Config, RelaysSection, RelayWiring
from agent.core.policy import PolicyError, demand_sense

_CAMERA = re.compile(r"^(/.+|only|usb:[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:.+)?)$")
_NAME_THE_CHIP = "missing: name the GPIO chip, by label best (see `gpiodetect`)"
_PERSONAL_NUMBER = re.compile(r"^(\d{2})?\d{6}-?\d{4}$")


class Nonsense(Exception):
    """A configuration whose parts do not fit together. `path` says where."""

    def __init__(self, path: tuple[str, ...], text: str) -> None:
        super().__init__(text)
        self.path = path
        self.text = text


def demand(config: Config) -> None:
    """Raise Nonsense unless this configuration can be kept."""
    _demand_pseudonyms(config)
    _demand_source(config.camera)
    _demand_bed(config.camera.bed)
    _demand_relays(config.relays)
    _demand_targets(config)
    try:
        demand_sense(config.policy)
    except PolicyError as error:
        raise Nonsense(_place_of(error), str(error)) from error


def _place_of(error: PolicyError) -> tuple[str, ...]:
    if "timezone" in str(error):
        return ("site", "timezone")
    return ("checks", "further_looks" if "worst case" in str(error) else "times")


def _demand_pseudonyms(config: Config) -> None:
    for path, name in ((("device", "id"), config.device.id), (("site", "name"), config.site.name)):
        if _PERSONAL_NUMBER.match(name):
            raise Nonsense(
                path, f"{name[:2]}… looks like a personal number; choose a pseudonym such as home-17"
            )


def _demand_source(camera: CameraSection) -> None:
    if camera.is_device and not _CAMERA.match(camera.name):
        raise Nonsense(
            ("camera", "source"),
            f"{camera.name!r} names no camera; give device:/dev/v4l/by-id/…, device:usb:VENDOR:PRODUCT[:SERIAL] "
            "with four hex digits each as `lsusb` shows them, or device:only",
        )


def _demand_bed(bed: Bed) -> None:
    """The four corners of a real bed turn clockwise in every picture taken from above it."""
    if any(value < 0 for corner in bed for value in corner):
        raise Nonsense(("camera", "bed"), "a corner lies left of or above the picture; count pixels from 0,0")
    ring = (*bed, *bed[:2])
    turns = [
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
        for (a, b), (_, c) in pairwise(pairwise(ring))
    ]
    if all(turn > 0 for turn in turns):
        return
    order = "head-left, head-right, foot-right, foot-left as seen by somebody standing at the foot end"
    if all(turn < 0 for turn in turns):
        raise Nonsense(("camera", "bed"), f"the corners are in mirrored order; give them as {order}")
    raise Nonsense(("camera", "bed"), f"the corners do not enclose a bed; give them as {order}")


def _demand_relays(relays: RelaysSection) -> None:
    if relays.driver == "none":
        if relays.camera or relays.router:
            raise Nonsense(
                ("relays", "driver"), 'relays are listed, but driver is "none"; say driver = "gpiod"'
            )
        return
    wired = [wiring for wiring in (relays.camera, relays.router) if wiring]
    if not wired and relays.driver == "gpiod" and not relays.chip:
        raise Nonsense(("relays", "chip"), _NAME_THE_CHIP)
    if not wired:
        raise Nonsense(("relays", "driver"), "no relay is listed; add camera = { line = … } or router = …")
    for name, wiring in (("camera", relays.camera), ("router", relays.router)):
        if wiring is not None:
            _demand_wiring(relays, name, wiring)
    if relays.camera and relays.router and _place(relays.camera) == _place(relays.router):
        raise Nonsense(("relays", "router"), "camera and router share one line; each relay needs its own")


def _demand_wiring(relays: RelaysSection, name: str, wiring: RelayWiring) -> None:
    driver = relays.driver_of(wiring)
    if driver == "gpiod":
        if wiring.line is None:
            raise Nonsense(("relays", name), "missing: its line on the chip, for example { line = 17 }")
        if not relays.chip and isinstance(wiring.line, int):  # a name finds its chip
            raise Nonsense(("relays", "chip"), _NAME_THE_CHIP)
    elif wiring.port is None:
        raise Nonsense(
            ("relays", name), f'driver "{driver}" needs its USB port, for example {{ port = "1-1.2" }}'
        )


def _place(wiring: RelayWiring) -> tuple[object, object]:
    return wiring.line, wiring.port


def _demand_targets(config: Config) -> None:
    targets = config.network.targets
    hosts = {target.rpartition(":")[0] for target in targets}
    if targets and len(hosts) < 2:
        text = "one host alone cannot tell an outage of its own from one of the uplink; name at least two"
        raise Nonsense(("network", "targets"), text)
    for target in targets:
        if not 0 < int(target.rpartition(":")[2]) < 65536:
            raise Nonsense(("network", "targets"), f"{target}: a port is a number from 1 to 65535")
