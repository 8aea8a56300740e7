"""What the papers say about installing and examining a device is what the program does."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from agent.config import parse
from agent.doctor.chain import CHAIN
from agent.doctor.findings import Finding, Report

DOCS = Path(__file__).parents[2] / "docs"
INSTALL = (DOCS / "install.md").read_text()
DOCTOR = (DOCS / "doctor.md").read_text()
DRAWING = ET.parse(DOCS / "wiring.svg")  # noqa: S314 - our own drawing
SVG = "{http://www.w3.org/2000/svg}"
PIN_OF = {17: 11, 27: 13, 22: 15, 5: 29}
"""Pins of the 40-pin header by BCM number (gpio-17 is pin 11), as `pinout` shows them on a Raspberry Pi."""


def drawn() -> list[str]:
    return ["".join(text.itertext()) for text in DRAWING.iter(f"{SVG}text")]


def drawn_configuration() -> str:
    group = next(each for each in DRAWING.iter(f"{SVG}g") if each.get("id") == "configuration")
    return "\n".join("".join(text.itertext()) for text in group.iter(f"{SVG}text"))


def test_the_drawings_lines_are_a_good_configuration() -> None:
    from agent.config import example

    lines = drawn_configuration()
    camera = lines[lines.index("[camera]") + len("[camera]\n") :]
    section = lines[: lines.index("[camera]")]
    text = re.sub(r"\[relays\][^\[]*", section.replace("\\", ""), example(), count=1)
    config = parse(text.replace("[camera]\n", f"[camera]\n{camera}\n", 1))
    assert config.relays.driver == "gpiod"
    assert config.relays.camera is not None
    assert config.relays.router is not None
    assert (config.relays.camera.line, config.relays.router.line) == (17, 27)


def test_every_line_of_the_configuration_is_a_wire_of_the_drawing() -> None:
    lines = {int(number) for number in re.findall(r"line = (\d+)", drawn_configuration())}
    assert lines == set(PIN_OF)
    for line in lines:
        assert f"pin {PIN_OF[line]} · GPIO {line}" in drawn()


def test_every_check_is_in_the_table_and_every_link_of_it_is_one() -> None:
    rows = re.findall(r"^\| ([a-z, ]+) \| (.*) \|$", DOCTOR.partition("## At the broker")[0], re.MULTILINE)
    told = set()
    for links, checks in rows[1:]:
        names = re.findall(r"`([a-z_]+)`", checks)
        told |= {f"{link}.{name}" for link in links.split(", ") for name in names}
    made = {check.name for check in CHAIN}
    assert made <= told
    links = {check.name.partition(".")[0] for check in CHAIN}
    assert {link for row in rows[1:] for link in row[0].split(", ")} == links


def test_every_field_of_the_report_is_told() -> None:
    for field in (*Report.__struct_fields__, *Finding.__struct_fields__):
        assert f"`{field}`" in DOCTOR


def test_the_guide_names_only_commands_and_options_that_exist() -> None:
    for command in re.findall(r"(?:sudo |`)nattro ([a-z]+)", INSTALL + DOCTOR):
        assert (Path(__file__).parents[2] / f"agent/cli/{command}.py").exists(), command
    assert 0 < INSTALL.count("\n") < 120  # short, or nobody reads it in a bedroom
