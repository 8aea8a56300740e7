"""The bed's four corners as people write them."""

from vision.protocol import Bed, Corner


class NotCorners(ValueError):
    """The text is not four corners; it says how they are written."""


def read_corners(text: str) -> Bed:
    """`"x,y x,y x,y x,y"` in pixels: head-left, head-right, foot-right, foot-left. Raises NotCorners."""
    try:
        corners = [_corner(pair) for pair in text.split()]
    except ValueError:
        corners = []
    if len(corners) != 4:
        raise NotCorners(
            f'{text!r} is not four corners; write "x,y x,y x,y x,y": head-left, head-right, foot-right, foot-left'
        )
    return corners[0], corners[1], corners[2], corners[3]


def _corner(pair: str) -> Corner:
    x, y = pair.split(",")
    return float(x), float(y)
