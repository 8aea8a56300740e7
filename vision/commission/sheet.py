"""The four cards to print: `nattro commission cards --out cards.svg` writes four A4 pages beside that name."""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from vision.commission.cards import DICTIONARY, MODULES
from vision.commission.protocol import CARDS

PAGE = (210.0, 297.0)  # millimetres, A4
CARD = 184.0
NAMES = {
    "head_left": ("HUVUDÄNDEN, VÄNSTER", "HEAD END, LEFT"),
    "head_right": ("HUVUDÄNDEN, HÖGER", "HEAD END, RIGHT"),
    "foot_right": ("FOTÄNDEN, HÖGER", "FOOT END, RIGHT"),
    "foot_left": ("FOTÄNDEN, VÄNSTER", "FOOT END, LEFT"),
}
"""As somebody who stands at the foot end sees them."""
WORDS = (
    "Skriv ut i full storlek (100 %) och klipp längs linjen. Lägg det plant, med ett hörn i madrassens hörn.",
    "Print at full size (100 %), cut along the line. Lay it flat, one of its corners on the mattress's corner.",
    "Vänster och höger: sett från fotänden. Left and right: as seen from the foot end.",
)


def page(card: str) -> str:
    """One card as an SVG of a page."""
    number, square = CARDS.index(card), CARD / MODULES
    left, top = (PAGE[0] - CARD) / 2, 20.0
    bits = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), number, MODULES - 2)
    black = [
        f'<rect x="{left + (x + 1) * square:.3f}" y="{top + (y + 1) * square:.3f}" '
        f'width="{square + 0.02:.3f}" height="{square + 0.02:.3f}"/>'
        for y, x in zip(*np.nonzero(bits == 0), strict=True)
    ]
    swedish, english = NAMES[card]
    below = top + CARD + 16
    words = "\n".join(
        f'<text x="{left}" y="{below + 24 + 7 * line}" font-size="3.4">{text}</text>'
        for line, text in enumerate(WORDS)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">
<title>nattro {number} {card}</title>
<rect width="210" height="297" fill="white"/>
<rect x="{left}" y="{top}" width="{CARD}" height="{CARD}" fill="none" stroke="#bbb" stroke-width="0.2"/>
<g fill="black" shape-rendering="crispEdges">
{chr(10).join(black)}
</g>
<g font-family="sans-serif">
<text x="{left}" y="{below}" font-size="11" font-weight="bold">{swedish}</text>
<text x="{left}" y="{below + 11}" font-size="8">{english}</text>
{words}
</g>
</svg>
"""


def write(out: Path) -> list[Path]:
    """The pages beside the name `out`. Raises OSError."""
    pages = [out.with_name(f"{out.stem}-{n}-{card.replace('_', '-')}.svg") for n, card in enumerate(CARDS, 1)]
    for path, card in zip(pages, CARDS, strict=True):
        path.write_text(page(card), encoding="utf-8")
    return pages


def main(arguments: list[str] | None = None) -> int:
    """Writes the pages and says where."""
    parser = argparse.ArgumentParser(prog="nattro commission cards", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("cards.svg"), metavar="FILE.svg")
    out = parser.parse_args(arguments).out
    try:
        pages = write(out)
    except OSError as error:
        print(f"nattro commission: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print("\n".join(map(str, pages)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
