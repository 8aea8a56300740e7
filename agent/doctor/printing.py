"""The report as people read it: coloured on a terminal, plain where it is piped."""

import sys
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text as RichText

from agent.core.facts import Text
from agent.doctor.findings import Finding, Report, State
from agent.doctor.visit import Visit
from agent.doctor.words import link_titles

Language = Literal["sv", "en"]

STATES: dict[State, tuple[str, str, Text]] = {
    "ok": ("✔", "green", Text(sv="OK", en="OK")),
    "warning": ("!", "yellow", Text(sv="VARNING", en="WARNING")),
    "fault": ("✘", "bold red", Text(sv="FEL", en="FAULT")),
    "not_checked": ("–", "dim", Text(sv="EJ KONTROLLERAT", en="NOT CHECKED")),
}
VERDICTS = {
    "ok": Text(sv="Allt är bra.", en="All is well."),
    "warning": Text(sv="Fungerar, men se varningarna.", en="It works, but see the warnings."),
    "fault": Text(
        sv="Fungerar inte: åtgärda felen, uppifrån och ned.",
        en="It does not work: mend the faults, from the top down.",
    ),
}
NO_DEVICE = Text(sv="okänd enhet", en="unknown device")
NAMES = 32
"""Columns that the longest name of a check takes."""
CLOSED_EYES = Text(sv="Kameran öppnas inte.", en="The camera is not opened.")


def printer(language: Language) -> "Page":
    return Page(language, Console(file=sys.stdout, highlight=False, emoji=False, markup=False))


class Page:
    """Prints each finding as it comes, under the heading of its link."""

    def __init__(self, language: Language, console: Console) -> None:
        self._language = language
        self._console = console
        self._link = ""

    def begin(self, visit: Visit) -> None:
        device = visit.device or self._said(NO_DEVICE)
        self._console.print(
            RichText(f"nattro doctor  {device}  ", style="bold"), self._said(CLOSED_EYES), sep=""
        )

    def tell(self, finding: Finding) -> None:
        if finding.link != self._link:
            self._link = finding.link
            self._console.print()
            self._console.print(RichText(self._said(link_titles()[finding.link]), style="bold"))
        if self._console.is_terminal:
            self._console.print(self._row(finding))
        else:
            self._print_plainly(finding)

    def _row(self, finding: Finding) -> Table:
        """Sign, name and meaning beside each other, with what to do below the meaning."""
        sign, style, word = STATES[finding.state]
        meaning = RichText(self._said(finding.means))
        if finding.state == "not_checked":
            meaning = RichText(f"{self._said(word).lower()}: {meaning.plain}", style="dim")
        if do := self._said(finding.do):
            meaning.append(f"\n→ {do}", style="cyan")
        row = Table.grid(padding=(0, 1))
        row.add_column(width=3, justify="right")
        row.add_column(width=NAMES)
        row.add_column()
        row.add_row(RichText(sign, style=style), self._said(finding.title), meaning)
        return row

    def _print_plainly(self, finding: Finding) -> None:
        sign, _, word = STATES[finding.state]
        told = f"{self._said(word)}: {self._said(finding.title)}  {self._said(finding.means)}"
        self._console.print(f"  {sign} {told}", soft_wrap=True)
        if do := self._said(finding.do):
            self._console.print(f"    → {do}", soft_wrap=True)

    def end(self, report: Report) -> None:
        count = {state: sum(each.state == state for each in report.findings) for state in STATES}
        counted = ", ".join(
            f"{count[state]} {self._said(STATES[state][2])}" for state in STATES if count[state]
        )
        self._console.print()
        self._console.print(
            RichText(self._said(VERDICTS[report.result]), style=STATES[report.result][1]),
            f"({counted})",
            soft_wrap=True,
        )

    def _said(self, text: Text) -> str:
        return text.sv if self._language == "sv" else text.en
