"""Do two frames belong to one sitting: the same surroundings, light and size, and a head that moves alone?

All of it is measured on thumbnails of the whole frame, so that it costs next to nothing. Phones are held in the
hand: surroundings may shift as a whole, and exposure may change.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.image import hash_distance
from models.liveness.frame import FrameReading

Reals: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.bool_]

# How far the surroundings may have shifted as a whole, in pixels of the thumbnail: an eighth of the frame.
MOST_SHIFT_PX: Final = 8
# How far hair and ears reach beyond the detector's box, in widths and heights of it: they turn with the head.
BESIDE_FACE: Final = 0.3
ABOVE_FACE: Final = 0.4
# How far from the face a photo's own background is looked for, in the same units.
NEAR_FACE: Final = 0.8
# Exposure may change by this factor before it counts as another light.
GAINS: Final = (0.7, 1.4)
# Of fewer pixels nothing is said.
LEAST_PIXELS: Final = 60


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two frames.

    surroundings : root mean square difference of the frames outside the face, 0..255, at the shift that fits
        best; None where the face leaves nothing to be seen beside it.
    along_with_face : the same near the face when they are moved as the face is: lower than `still` for a photo
        that is held and tilted before the camera. None as above.
    still : the same near the face at the shift that fits best.
    face_colour : distance of the faces' mean chromaticities: logarithms of red by green and blue by green.
    light : ratio of the faces' brightness, the brighter by the darker.
    size : ratio of the faces' heights from the eyes to the mouth, the larger by the smaller.
    place : distance of the faces' centres in widths of the face.
    descriptor : Euclidean distance of the descriptors, 0..2.
    hash_bits : bits in which the perceptual hashes differ.
    """

    surroundings: float | None
    along_with_face: float | None
    still: float | None
    face_colour: float
    light: float
    size: float
    place: float
    descriptor: float
    hash_bits: int


def change_between(first: FrameReading, second: FrameReading) -> Change:
    """All differences between two frames. Of frames of two formats the surroundings are not compared."""
    heights = [_eyes_to_mouth(frame) for frame in (first, second)]
    darker, brighter = sorted((first.brightness + 1, second.brightness + 1))
    moved = np.linalg.norm(_centre(first) - _centre(second))
    surroundings, along_with_face, still = _surroundings(first, second)
    return Change(
        surroundings=surroundings,
        along_with_face=along_with_face,
        still=still,
        face_colour=float(np.linalg.norm(_chromaticity(first) - _chromaticity(second))),
        light=brighter / darker,
        size=max(heights) / max(min(heights), 1e-6),
        place=float(moved / max(float(first.box[2] * _scale(first)[0]), 1.0)),
        descriptor=float(np.linalg.norm(first.descriptor - second.descriptor)),
        hash_bits=hash_distance(first.phash, second.phash),
    )


def _surroundings(
    first: FrameReading, second: FrameReading
) -> tuple[float | None, float | None, float | None]:
    if first.thumbnail.shape != second.thumbnail.shape:
        return None, None, None
    around = _outside(first, 0.0) & _outside(second, 0.0)
    near = around & ~_outside(first, NEAR_FACE)
    before, after = (frame.thumbnail.astype(np.float32) for frame in (first, second))
    return (
        _shifted_difference(before, after, around),
        _followed_difference(first, second, before, after, near),
        _shifted_difference(before, after, near),
    )


def _eyes_to_mouth(frame: FrameReading) -> float:
    """In pixels of the thumbnail; unlike the distance of the eyes it stays the same when the head turns aside."""
    eyes, mouth = frame.five_points[:2].mean(axis=0), frame.five_points[3:].mean(axis=0)
    return float(np.linalg.norm((mouth - eyes) * _scale(frame)))


def _centre(frame: FrameReading) -> Reals:
    """Of the face, in pixels of the thumbnail from its middle."""
    return np.asarray((frame.box[:2] + (frame.box[2:] - frame.size_px) / 2) * _scale(frame), np.float64)


def _scale(frame: FrameReading) -> Reals:
    """Pixels of the thumbnail by pixels of the frame, across and down."""
    return np.asarray(np.divide(frame.thumbnail.shape[1::-1], frame.size_px), np.float64)


def _outside(frame: FrameReading, more: float) -> Mask:
    """Pixels of the thumbnail beside and above the head, without the body below it.

    more : how much further the head is taken to reach, in sizes of the face.
    """
    x, y, width, height = frame.box * np.tile(_scale(frame), 2)
    rows, columns = np.indices(frame.thumbnail.shape[:2])
    beside = (BESIDE_FACE + more) * width
    above = (ABOVE_FACE + more) * height
    head = (columns >= x - beside) & (columns < x + width + beside) & (rows >= y - above)
    return np.asarray(~head & (rows < y + 0.8 * height), np.bool_)


def _shifted_difference(before: Reals, after: Reals, inside: Mask) -> float | None:
    pixels = int(inside.sum())
    if pixels < LEAST_PIXELS:
        return None
    more = (MOST_SHIFT_PX, MOST_SHIFT_PX)
    padded = np.pad(_matched(before, after, inside), (more, more, (0, 0)), mode="edge")
    squares = cv2.matchTemplate(padded, before, cv2.TM_SQDIFF, mask=inside.astype(np.float32))
    return float(np.sqrt(max(float(squares.min()), 0.0) / (3 * pixels)))


def _followed_difference(
    first: FrameReading, second: FrameReading, before: Reals, after: Reals, near: Mask
) -> float | None:
    basis = np.column_stack([first.points * _scale(first), np.ones(len(first.points))])
    affine = np.linalg.lstsq(basis, second.points * _scale(second), rcond=None)[0].T
    size = before.shape[1::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = np.asarray(cv2.warpAffine(after, affine, size, flags=flags), np.float32)
    seen = cv2.warpAffine(np.ones(after.shape[:2], np.float32), affine, size, flags=flags) > 0.99
    both = near & seen
    if both.sum() < LEAST_PIXELS:
        return None
    return float(np.sqrt(((before - _matched(before, moved, both))[both] ** 2).mean()))


def _matched(before: Reals, after: Reals, inside: Mask) -> Reals:
    """`after` at the exposure of `before`, as far as exposure changes within a sitting."""
    gain = (float(before[inside].mean()) + 1) / (float(after[inside].mean()) + 1)
    return np.asarray(after * np.clip(gain, *GAINS), np.float32)


def _chromaticity(frame: FrameReading) -> Reals:
    x, y, width, height = frame.box * np.tile(_scale(frame), 2)
    # The detector's box may reach over the edge: what is left of it, and one pixel at least.
    bottom, right = np.array(frame.thumbnail.shape[:2]) - 1
    top, left = np.clip((y + 0.2 * height, x + 0.2 * width), 0, (bottom, right)).astype(int)
    rows = slice(top, max(top, int(min(y + 0.8 * height, bottom))) + 1)
    columns = slice(left, max(left, int(min(x + 0.8 * width, right))) + 1)
    red, green, blue = frame.thumbnail[rows, columns].reshape(-1, 3).mean(axis=0) + 1.0
    return np.asarray(np.log([red / green, blue / green]), np.float64)
