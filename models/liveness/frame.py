"""One small frame of a challenge, as it is read: everything that the judgement needs, and no picture."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Face
from models.image import perceptual_hash

Rgb: TypeAlias = NDArray[np.uint8]
Float32: TypeAlias = NDArray[np.float32]

# Longest side at which frames are read; phones send 320x240 to 427x320. Larger ones are reduced.
FRAME_PX: Final = 427
# The detector's copy of a frame: half the time of its own size, and the face of a selfie still spans 50 px.
FRAME_SEARCH_PX: Final = 200
THUMBNAIL_PX: Final = 64

WithoutFace: TypeAlias = Literal["bad_image", "no_face", "many_faces"]


@dataclass(frozen=True, slots=True)
class FrameReading:
    """What is known of a frame that shows one face.

    size_px : width, height of the picture as it was read; all points are in its pixels.
    box : (4,) int32, x, y, width, height.
    points : (68, 2) float32. five_points : (5, 2) float32, the detector's.
    descriptor : (128,) float32, unit length: dlib's alone, without the mean with the mirror image. Comparable
        among frames only, not with templates.
    thumbnail : (h, w, 3) uint8, RGB, the whole frame, its longest side `THUMBNAIL_PX`.
    phash : `models.image.perceptual_hash` of the frame.
    brightness : mean luma of the face, 0..255.
    sharpness : natural logarithm of the detail in the face; comparable among frames of one camera.
    """

    size_px: tuple[int, int]
    box: NDArray[np.int32]
    points: Float32
    five_points: Float32
    descriptor: Float32
    thumbnail: Rgb
    phash: int
    brightness: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class FrameWithoutFace:
    """A frame in which not exactly one face is found: evidence of a kind, and no error."""

    reason: WithoutFace


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """A frame of a challenge.

    step : index of the challenge's step during which it was taken.
    at_ms : when, in milliseconds since the selfie, by the phone's monotonic clock.
    """

    step: int
    at_ms: int
    reading: FrameReading | FrameWithoutFace


def reading_of(rgb: Rgb, face: Face, points: Float32, chip: Rgb, descriptor: Float32) -> FrameReading:
    """The reading of one face of a frame.

    Parameters
    ----------
    rgb : (H, W, 3) uint8, RGB.
    points : (68, 2) float32.
    chip : (side, side, 3) uint8, RGB: the aligned face that the descriptor is of.
    descriptor : (128,) float32, unit length.
    """
    height, width = rgb.shape[:2]
    scale = THUMBNAIL_PX / max(height, width)
    thumbnail_size = max(1, round(width * scale)), max(1, round(height * scale))
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return FrameReading(
        size_px=(width, height),
        box=np.rint(face.box).astype(np.int32),
        points=points,
        five_points=face.points,
        descriptor=descriptor,
        thumbnail=np.asarray(cv2.resize(rgb, thumbnail_size, interpolation=cv2.INTER_AREA), np.uint8),
        phash=perceptual_hash(rgb),
        brightness=float(luma.mean()),
        sharpness=float(np.log(cv2.Laplacian(luma, cv2.CV_32F).std() + 1e-3)),
    )
