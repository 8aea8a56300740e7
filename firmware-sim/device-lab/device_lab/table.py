"""The printed table: a row as soon as it is known, and the verdict at the end."""

import textwrap

from device_lab.acceptance import Shown

ASKED, OBSERVED, FIGURE = 46, 62, 34


class Table:
    """Rows are printed one by one: a run takes minutes, and one that is broken off has shown something."""

    def __init__(self) -> None:
        self._rows = 0
        self._wrong: list[Shown] = []
        _print("asked", "observed", "measured", "")
        _print("-" * ASKED, "-" * OBSERVED, "-" * FIGURE, "---")

    @property
    def all_right(self) -> bool:
        return not self._wrong

    def row(self, shown: Shown) -> None:
        self._rows += 1
        if not shown.ok:
            self._wrong.append(shown)
        _print(shown.asked, shown.observed, shown.figure, "OK" if shown.ok else "NO")

    def end(self) -> int:
        """Print the verdict; the exit status."""
        print(f"{self._rows - len(self._wrong)} of {self._rows} as asked")
        return 0 if self.all_right else 1


def _print(asked: str, observed: str, figure: str, ok: str) -> None:
    columns = [
        textwrap.wrap(text, width) or [""]
        for text, width in ((asked, ASKED), (observed, OBSERVED), (figure, FIGURE))
    ]
    for number in range(max(map(len, columns))):
        a, o, f = (column[number] if number < len(column) else "" for column in columns)
        print(f"{a:{ASKED}}  {o:{OBSERVED}}  {f:{FIGURE}}  {ok if number == 0 else ''}".rstrip(), flush=True)
