"""What the device is made of, told when it changes and to a broker that may have forgotten; and its lamp."""

from agent.core import events as ev
from agent.core.facts import CameraIdentity, Fault, Inventory
from tests.core.bench import Night

CAMERA = CameraIdentity(name="Night Vision", model="1bcf:2883", serial="SN0001", port="1-1.2")
PARTS = Inventory(version="1.0", board="Raspberry Pi 5", camera=CAMERA)
WITHOUT_CAMERA = Inventory(version="1.0", board="Raspberry Pi 5")


def test_the_parts_are_told_once_until_they_change() -> None:
    night = Night(times=())
    for parts in (PARTS, PARTS, WITHOUT_CAMERA):
        night.post(ev.InventoryTaken(parts))
    assert night.said(Inventory) == [PARTS, WITHOUT_CAMERA]


def test_a_broker_that_comes_back_is_told_the_parts_again() -> None:
    night = Night(times=())
    night.post(ev.InventoryTaken(PARTS))
    night.disconnect(targets_answer=True).wait(60).connect()
    assert night.said(Inventory) == [PARTS, PARTS]


def test_the_parts_are_remembered_over_a_power_cut_and_not_told_anew() -> None:
    night = Night(times=())
    night.post(ev.InventoryTaken(PARTS))
    night.power_cut(60)
    said = len(night.said(Inventory))
    night.post(ev.InventoryTaken(PARTS))
    assert len(night.said(Inventory)) == said


def test_a_lamp_that_fails_is_a_fault_and_stops_no_check() -> None:
    night = Night().until("22:59")
    night.post(ev.LampAnswered(ok=False, detail="GPIO chip pinctrl-rp1: Input/output error"))
    night.until("23:05")
    assert night.answer("2026-11-21T23:00").status == "in_bed"
    assert [(fault.kind, fault.state) for fault in night.said(Fault)] == [("lamp_failed", "present")]
    night.post(ev.LampAnswered(ok=True))
    assert night.faults()[-1] == ("lamp_failed", "cleared")
