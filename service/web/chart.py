"""A row of small bars, drawn as one SVG path."""

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 120
HEIGHT: Final = 32
GAP: Final = 1
# A day with a value is seen, however small it is.
LEAST: Final = 2


def bars(values: Sequence[float | None]) -> str:
    """Path data in a box of WIDTH by HEIGHT: a bar for each value, the greatest of the full height."""
    if not values:
        return ""
    greatest = max((value for value in values if value is not None), default=0) or 1
    step = WIDTH / len(values)
    thick = max(step - GAP, step / 2)
    return "".join(
        _bar(number * step, thick, max(LEAST, HEIGHT * value / greatest))
        for number, value in enumerate(values)
        if value is not None
    )


def _bar(left: float, thick: float, height: float) -> str:
    return f"M{left:.1f} {HEIGHT}v{-height:.1f}h{thick:.1f}V{HEIGHT}z"


SHARE_WIDTH: Final = 100
SHARE_HEIGHT: Final = 10


def share_bar(share: float) -> str:
    """Path data in a box of SHARE_WIDTH by SHARE_HEIGHT: a bar along it. share : 0..1."""
    return f"M0 0h{SHARE_WIDTH * min(1.0, max(0.0, share)):.1f}v{SHARE_HEIGHT}H0z"
