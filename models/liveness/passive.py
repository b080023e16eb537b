"""Cues of a print or a screen in one selfie. They may raise a flag; they never carry the decision."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Face
from models.encoder import SFACE_POINTS, aligned_chip

CHIP_PX: Final = 112


@dataclass(frozen=True, slots=True)
class PassiveLiveness:
    """Plain numbers about one face; being replaced by the full set of cues."""

    chroma_spread: float


def measure(rgb: NDArray[np.uint8], face: Face) -> PassiveLiveness:
    """The cues of one face in (H, W, 3) uint8 RGB."""
    chip = aligned_chip(rgb, face.points, SFACE_POINTS, CHIP_PX)
    chroma = cv2.cvtColor(chip, cv2.COLOR_RGB2YCrCb)[..., 1:].astype(np.float32)
    return PassiveLiveness(chroma_spread=float(chroma.reshape(-1, 2).std(axis=0).mean()))
