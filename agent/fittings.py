"""What is fitted to the device, made from its configuration: camera, lamp, switch, relays, USB port.

Taking a relay's line, or a port, restores the power that it may have cut.
"""

from collections.abc import Callable
from pathlib import Path

from agent import __version__
from agent.config import Config
from agent.config.sections import GpioLine, RelaysSection, RelayWiring
from agent.core.events import Relay
from agent.core.facts import CameraIdentity, Inventory
from agent.hw.camera import CameraSettings
from agent.hw.cameras import NamedCamera, system_udev
from agent.hw.gpio import Wiring
from agent.hw.inventory import board
from agent.hw.lamp import DrivenDark, Light, NoLight, SysfsLed
from agent.hw.relays import GpioRelay, PowerSwitch, Relays
from agent.hw.switch import PrivacySwitch, switch_line
from agent.hw.usb import SysfsPort, SysfsPower, Uhubctl, UsbPort
from agent.ports import Post

WORKER_LOCK = "worker.lock"


def relays(config: Config) -> Relays:
    """The relays that are wired. Their power is on from now on."""
    section = config.relays
    wired: dict[Relay, RelayWiring | None] = {"camera": section.camera, "router": section.router}
    if section.driver == "none":
        return Relays()
    return Relays({name: _switch(section, wiring) for name, wiring in wired.items() if wiring})


def _switch(section: RelaysSection, wiring: RelayWiring) -> PowerSwitch:
    driver = section.driver_of(wiring)
    if driver == "usb" and wiring.port:
        return SysfsPower(wiring.port)
    if driver == "uhubctl" and wiring.port:
        return Uhubctl(wiring.port)
    assert wiring.line is not None  # noqa: S101 - the configuration was refused otherwise
    return GpioRelay(Wiring(section.chip, wiring.line, wiring.active_low))


def usb_port(config: Config, post: Post) -> UsbPort:
    """The camera's USB port, switched on."""
    port = UsbPort(SysfsPort(config.camera.usb_port) if config.camera.usb_port else None, post)
    port.release()
    return port


def light(config: Config) -> Light:
    """The lamp, lit from now on where a line drives it."""
    lamp = config.camera.lamp
    if lamp is None:
        return NoLight()
    return DrivenDark(_wiring(lamp)) if isinstance(lamp, GpioLine) else SysfsLed(lamp)


def privacy_switch(config: Config, post: Post, at_once: Callable[[bool], None]) -> PrivacySwitch | None:
    """The switch, read once; None where none is fitted."""
    wired = config.camera.privacy_switch
    return PrivacySwitch(switch_line(_wiring(wired)), post, at_once) if wired else None


def camera_settings(config: Config) -> CameraSettings:
    """What the worker is told."""
    camera = config.camera
    return CameraSettings(
        source=camera.source,
        bed=camera.bed,
        reference=camera.reference,
        unit_socket=camera.worker_socket,
        controls=camera.controls,
        stakes=config.verdict,
        trace=config.device.state / WORKER_LOCK,
    )


def camera(config: Config) -> NamedCamera | None:
    """The camera as udev knows it; None for a recording. Raises NoUdev."""
    return NamedCamera(config.camera.name, system_udev()) if config.camera.is_device else None


def inventory(
    config: Config, fitted: Relays, root: Path = Path("/")
) -> Callable[[CameraIdentity | None], Inventory]:
    """The list of parts, but for the camera, which may come and go."""
    parts = board(root)

    def with_camera(identity: CameraIdentity | None) -> Inventory:
        return Inventory(
            version=__version__,
            camera=identity,
            relays=tuple(map(str, fitted.fitted())),
            lamp=config.camera.lamp is not None,
            privacy_switch=config.camera.privacy_switch is not None,
            **parts,
        )

    return with_camera


def _wiring(line: GpioLine) -> Wiring:
    return Wiring(line.chip, line.line, line.active_low)
