"""The report on a terminal and through a pipe."""

import io
from pathlib import Path
from typing import Literal

from rich.cells import cell_len
from rich.console import Console

from agent.doctor.chain import CHAIN, Check, examine
from agent.doctor.findings import fault, not_checked, ok
from agent.doctor.printing import NAMES, Language, Page
from agent.doctor.visit import Visit
from agent.doctor.words import vocabulary

CHECKS = (
    Check("memory.swap", lambda _: ok()),
    Check("camera.present", lambda _: fault("missing", source="only", others="-")),
    Check("power.battery", lambda _: not_checked("none")),
)


def printed(folder: Path, language: Language, *, terminal: bool) -> str:
    out = io.StringIO()
    colours: Literal["standard"] | None = "standard" if terminal else None
    console = Console(file=out, force_terminal=terminal, width=100, color_system=colours, highlight=False)
    page = Page(language, console)
    visit = Visit(folder / "none.toml", folder)
    page.begin(visit)
    page.end(examine(visit, page.tell, CHECKS))
    return out.getvalue()


def test_a_pipe_gets_whole_lines_without_colours(tmp_path: Path) -> None:
    told = printed(tmp_path, "sv", terminal=False).splitlines()
    assert "  ✔ OK: Växlingsfil  Ingen växlingsfil på disk: ingen bild kan hamna där." in told
    assert "  ✘ FEL: Kameran finns  only finns inte. Anslutna kameror: -" in told
    assert any(line.startswith("  – EJ KONTROLLERAT: Reservkraft  ") for line in told)
    assert told[-1] == "Fungerar inte: åtgärda felen, uppifrån och ned. (1 OK, 1 FEL, 1 EJ KONTROLLERAT)"
    assert "\x1b" not in "".join(told)


def test_a_terminal_gets_colours_and_columns(tmp_path: Path) -> None:
    told = printed(tmp_path, "en", terminal=True)
    assert "\x1b[1;31m" in told
    assert "not checked: No back-up is fitted." in told
    assert "OK: " not in told


def test_every_name_fits_its_column() -> None:
    titles = [vocabulary()[check.name].title for check in CHAIN]
    assert max(cell_len(text) for title in titles for text in (title.sv, title.en)) <= NAMES
