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
