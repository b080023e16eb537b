"""Text -> a QR code (ISO/IEC 18004), drawn as one SVG path."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# ISO/IEC 18004, 6.3.8: four modules of light around it, or readers may not find it.
MARGIN: Final = 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """`path`: the `d` of an SVG path that fills what is dark of a square of `size`, margin included."""

    size: int
    path: str


def drawn(text: str) -> Drawn:
    """`text`: ASCII, at most a few hundred characters."""
    dark = modules(text)
    return Drawn(len(dark) + 2 * MARGIN, "".join(_row(y + MARGIN, row) for y, row in enumerate(dark)))


def modules(text: str) -> NDArray[np.bool_]:
    """(n, n) bool, True where it is dark; without a margin. Error correction of level M."""
    parameters = cv2.QRCodeEncoder.Params()
    parameters.mode = cv2.QRCodeEncoder_MODE_BYTE
    parameters.correction_level = cv2.QRCodeEncoder_CORRECT_LEVEL_M
    dark: NDArray[np.bool_] = np.asarray(cv2.QRCodeEncoder.create(parameters).encode(text)) == 0
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _row(y: int, row: NDArray[np.bool_]) -> str:
    """Each run of dark modules as a rectangle."""
    path, x = "", MARGIN
    for is_dark, run in groupby(row.tolist()):
        length = len(list(run))
        if is_dark:
            path += f"M{x} {y}h{length}v1h-{length}z"
        x += length
    return path
