"""Finds faces: YuNet on a small copy of the picture."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.weights import YUNET

# Longest side of the copy that is searched. YuNet finds faces from about 10 to 300 px; at this size the face
# of a selfie stays within, and the search costs 4-5 ms of a core.
SEARCH_PX = 320
SCORE_FLOOR = 0.6
OVERLAP_LIMIT = 0.3
MOST_FACES = 50


@dataclass(frozen=True, slots=True)
class Face:
    """A found face, in pixels of the picture given.

    box : (4,) float32, x, y, width, height; may reach over the picture's edge.
    points : (5, 2) float32, x, y of the eye on the picture's left, the other eye, the nose tip, and the mouth
        corners on the picture's left and right.
    score : the detector's confidence, 0..1.
    """

    box: NDArray[np.float32]
    points: NDArray[np.float32]
    score: float

    @property
    def area(self) -> float:
        return float(self.box[2] * self.box[3])


class Detector:
    """Not safe for use by two threads at once: the network keeps its input size between calls."""

    def __init__(self, weights_dir: Path | None = None, search_px: int = SEARCH_PX) -> None:
        self._search_px = search_px
        self._network = cv2.FaceDetectorYN.create(
            str(YUNET.locate(weights_dir)), "", (search_px, search_px), SCORE_FLOOR, OVERLAP_LIMIT, MOST_FACES
        )

    def find(self, rgb: NDArray[np.uint8]) -> list[Face]:
        """Faces in the picture, the largest first.

        Parameters
        ----------
        rgb : (H, W, 3) uint8, RGB.
        """
        height, width = rgb.shape[:2]
        scale = min(1.0, self._search_px / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else rgb
        self._network.setInputSize(size)
        _, rows = self._network.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if rows is None:
            return []
        to_original = np.array([width / size[0], height / size[1]], np.float32)
        faces = [
            Face(
                box=(row[:4].reshape(2, 2) * to_original).reshape(4),
                points=row[4:14].reshape(5, 2) * to_original,
                score=float(row[14]),
            )
            for row in np.asarray(rows, np.float32)
        ]
        return sorted(faces, key=lambda face: face.area, reverse=True)
