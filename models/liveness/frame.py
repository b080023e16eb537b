"""One small frame of a challenge, as it is read: everything that the judgement needs."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Face
from models.image import perceptual_hash
from models.repeats import Fingerprint, fingerprint

Rgb: TypeAlias = NDArray[np.uint8]
Float32: TypeAlias = NDArray[np.float32]

# Longest side at which frames are read; phones send 320x240 to 427x320. Larger ones are reduced.
FRAME_PX: Final = 427
# The detector's copy of a frame: a fifth of the time of its own size, and the face of a selfie still spans 30 px;
# on 548 frames its points come out as near as with 200. It works in blocks of 32 pixels: 144 costs twice as much.
FRAME_SEARCH_PX: Final = 128
THUMBNAIL_PX: Final = 32

WithoutFace: TypeAlias = Literal["bad_image", "no_face", "many_faces"]


@dataclass(frozen=True, slots=True)
class FrameReading:
    """What is known of a frame that shows one face.

    size_px : width, height of the picture as it was read; all points are in its pixels.
    box : (4,) int32, x, y, width, height.
    points : (68, 2) float32. five_points : (5, 2) float32, the detector's.
    chip : (150, 150, 3) uint8, RGB: the aligned face, of which a descriptor can be made.
    descriptor : (128,) float32, unit length: dlib's alone, without the mean with the mirror image. Comparable
        among frames only, not with templates. None until it is needed: most of a frame's cost is here.
    thumbnail : (h, w, 3) uint8, RGB, the whole frame, its longest side `THUMBNAIL_PX`.
    phash : `models.image.perceptual_hash` of the thumbnail.
    fingerprint : `models.repeats.fingerprint` of the frame.
    brightness : mean luma of the face, 0..255.
    """

    size_px: tuple[int, int]
    box: NDArray[np.int32]
    points: Float32
    five_points: Float32
    chip: Rgb
    descriptor: Float32 | None
    thumbnail: Rgb
    phash: int
    fingerprint: Fingerprint
    brightness: float


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


def reading_of(rgb: Rgb, face: Face, points: Float32, chip: Rgb) -> FrameReading:
    """The reading of one face of a frame, without a descriptor.

    Parameters
    ----------
    rgb : (H, W, 3) uint8, RGB.
    points : (68, 2) float32.
    chip : (150, 150, 3) uint8, RGB.
    """
    thumbnail = _thumbnail(rgb)
    return FrameReading(
        size_px=(rgb.shape[1], rgb.shape[0]),
        box=np.rint(face.box).astype(np.int32),
        points=points,
        five_points=face.points,
        chip=chip,
        descriptor=None,
        thumbnail=thumbnail,
        phash=perceptual_hash(thumbnail),
        fingerprint=fingerprint(rgb),
        brightness=float(cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).mean()),
    )


def _thumbnail(rgb: Rgb) -> Rgb:
    height, width = rgb.shape[:2]
    scale = THUMBNAIL_PX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if max(height, width) > FRAME_PX:  # in one step a selfie takes ten times as long
        rgb = np.asarray(cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
