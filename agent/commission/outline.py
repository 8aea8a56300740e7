"""The bed's outline as a coarse drawing of letters, for a terminal: nothing of the room, nothing of the picture."""

from vision.protocol import Bed

COLUMNS, ROWS = 48, 18
STEPS = 200


def drawing(bed: Bed, width: int, height: int) -> list[str]:
    """Lines of text: the picture's frame, the bed's sides, its corners by number (1 head-left, then clockwise)."""
    page = [[" "] * COLUMNS for _ in range(ROWS)]

    def mark(x: float, y: float, sign: str) -> None:
        column, row = int(x / width * COLUMNS), int(y / height * ROWS)
        if 0 <= column < COLUMNS and 0 <= row < ROWS:
            page[row][column] = sign

    for (ax, ay), (bx, by) in zip(bed, (*bed[1:], bed[0]), strict=True):
        for step in range(STEPS + 1):
            share = step / STEPS
            mark(ax + share * (bx - ax), ay + share * (by - ay), "·")
    for number, (x, y) in enumerate(bed, 1):
        mark(min(max(x, 0), width - 1), min(max(y, 0), height - 1), str(number))
    edge = "+" + "-" * COLUMNS + "+"
    return [edge, *("|" + "".join(row) + "|" for row in page), edge]
