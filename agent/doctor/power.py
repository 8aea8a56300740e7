"""Power: the supply's voltage and the processor's heat, as the firmware tells them; a battery if there is one."""

from agent.doctor.findings import Outcome, fault, not_checked, ok, warning
from agent.doctor.visit import Visit

UNDER_VOLTAGE, CAPPED, THROTTLED, HOT = 0x1, 0x2, 0x4, 0x8
"""Bits of the Raspberry Pi firmware's `get_throttled`: now. Shifted by SINCE_BOOT: at some time since boot."""
SINCE_BOOT = 16
FIRMWARE = "sys/devices/platform"
WARM, TOO_HOT = 75.0, 85.0
"""Degrees Celsius; a Pi slows down at 80-85."""
LOW_BATTERY = 30


def supply(visit: Visit) -> Outcome:
    word = _throttled(visit)
    if word is None:
        return _from_the_voltage_driver(visit)
    if word & UNDER_VOLTAGE:
        return fault("under_voltage", word=hex(word))
    if word >> SINCE_BOOT & UNDER_VOLTAGE:
        return warning("was_under_voltage", word=hex(word))
    if word & (CAPPED | THROTTLED | HOT):
        return warning("throttled", word=hex(word))
    return ok()


def temperature(visit: Visit) -> Outcome:
    if visit.health.temperature is None:
        return not_checked("unreadable")
    degrees = round(visit.health.temperature)
    if degrees >= TOO_HOT:
        return fault("too_hot", degrees=degrees)
    return warning("warm", degrees=degrees) if degrees >= WARM else ok(degrees=degrees)


def battery(visit: Visit) -> Outcome:
    """An uninterruptible supply, if the kernel knows of one."""
    percent, mains = visit.health.battery, visit.health.mains
    if percent is None:
        return not_checked("none")
    if mains is False:
        return fault("low", percent=percent) if percent < LOW_BATTERY else warning("in_use", percent=percent)
    return warning("charging", percent=percent) if percent < LOW_BATTERY else ok(percent=percent)


def _throttled(visit: Visit) -> int | None:
    for file in sorted((visit.root / FIRMWARE).glob("soc*/*firmware/get_throttled")):
        if word := visit.text(file):
            return int(word, 16)
    return None


def _from_the_voltage_driver(visit: Visit) -> Outcome:
    """Newer kernels have a driver in place of the firmware's word; it tells of the present alone."""
    for sensor in sorted((visit.root / "sys/class/hwmon").glob("hwmon*")):
        if visit.text(sensor / "name") == "rpi_volt":
            alarm = visit.text(sensor / "in0_lcrit_alarm") == "1"
            return fault("under_voltage", word="rpi_volt") if alarm else ok()
    return not_checked("unreadable")
