"""Do two frames belong to one sitting: the same surroundings, light and size, and a head that moves alone?

All of it is measured on thumbnails of the whole frame, so that it costs next to nothing. Phones are held in the
hand: surroundings may shift as a whole, and exposure may change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.liveness.frame import FrameReading, Rgb

Reals: TypeAlias = NDArray[np.floating[Any]]
Mask: TypeAlias = NDArray[np.bool_]

# How far the surroundings may have shifted as a whole, in pixels of the thumbnail: an eighth of the frame.
MOST_SHIFT_PX: Final = 4
# How far hair and ears reach beyond the detector's box, in widths and heights of it: they turn with the head.
BESIDE_FACE: Final = 0.3
ABOVE_FACE: Final = 0.4
# How far from the face a photo's own background is looked for, in the same units.
NEAR_FACE: Final = 0.8
# Exposure may change by this factor before it counts as another light.
GAINS: Final = (0.7, 1.4)
# Of fewer pixels nothing is said.
LEAST_PIXELS: Final = 15


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
    """

    surroundings: float | None
    along_with_face: float | None
    still: float | None
    face_colour: float
    light: float
    size: float
    place: float


@dataclass(frozen=True, slots=True)
class Scene:
    """What of a frame is compared, in pixels of its thumbnail; points and places from the thumbnail's middle.

    outside : where neither the head nor the body below it is. near : of that, what is near the face.
    """

    thumbnail: Reals
    points: Reals
    centre: Reals
    face_width: float
    eyes_to_mouth: float
    brightness: float
    chromaticity: Reals
    outside: Mask
    near: Mask

    @classmethod
    def of(cls, frame: FrameReading) -> "Scene":
        scale = np.divide(frame.thumbnail.shape[1::-1], frame.size_px)
        box = frame.box * np.tile(scale, 2)
        eyes, mouth = frame.five_points[:2].mean(axis=0), frame.five_points[3:].mean(axis=0)
        outside = _outside(frame.thumbnail.shape[:2], box, 0.0)
        return cls(
            thumbnail=frame.thumbnail.astype(np.float32),
            points=frame.points * scale,
            centre=box[:2] + box[2:] / 2 - np.divide(frame.thumbnail.shape[1::-1], 2),
            face_width=max(float(box[2]), 1.0),
            # Unlike the distance of the eyes it stays the same when the head turns aside.
            eyes_to_mouth=float(np.linalg.norm((mouth - eyes) * scale)),
            brightness=frame.brightness,
            chromaticity=_chromaticity(frame.thumbnail, box),
            outside=outside,
            near=outside & ~_outside(frame.thumbnail.shape[:2], box, NEAR_FACE),
        )


def change_between(first: Scene, second: Scene) -> Change:
    """All differences between two frames. Of frames of two formats the surroundings are not compared."""
    heights = first.eyes_to_mouth, second.eyes_to_mouth
    darker, brighter = sorted((first.brightness + 1, second.brightness + 1))
    surroundings, along_with_face, still = _surroundings(first, second)
    return Change(
        surroundings=surroundings,
        along_with_face=along_with_face,
        still=still,
        face_colour=float(np.linalg.norm(first.chromaticity - second.chromaticity)),
        light=brighter / darker,
        size=max(heights) / max(min(heights), 1e-6),
        place=float(np.linalg.norm(first.centre - second.centre)) / first.face_width,
    )


def _surroundings(first: Scene, second: Scene) -> tuple[float | None, float | None, float | None]:
    if first.thumbnail.shape != second.thumbnail.shape:
        return None, None, None
    around = first.outside & second.outside
    near = first.near & second.outside
    shifted = _shifted_differences(first.thumbnail, second.thumbnail, (around, near))
    return shifted[0], _followed_difference(first, second, near), shifted[1]


def _outside(shape: tuple[int, ...], box: Reals, more: float) -> Mask:
    """Pixels beside and above the head, without the body below it.

    more : how much further the head is taken to reach, in sizes of the face.
    """
    x, y, width, height = box
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    beside = (BESIDE_FACE + more) * width
    above = (ABOVE_FACE + more) * height
    head = (columns >= x - beside) & (columns < x + width + beside) & (rows >= y - above)
    return np.asarray(~head & (rows < y + 0.8 * height), np.bool_)


def _shifted_differences(before: Reals, after: Reals, insides: Sequence[Mask]) -> list[float | None]:
    """Inside each mask the root mean square difference at the shift, and the exposure, that fit best."""
    pixels = [int(inside.sum()) for inside in insides]
    masks = np.repeat(np.stack([inside.ravel() for inside in insides]), 3, axis=1).astype(np.float32)
    more = (MOST_SHIFT_PX, MOST_SHIFT_PX)
    padded = np.pad(after, (more, more, (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, before.shape).reshape(-1, before.size)
    unmoved = before.ravel()
    # The sum of (gain * after - before)^2 inside a mask, for all shifts and masks in two products.
    squares, crossed = windows**2 @ masks.T, windows @ (masks * unmoved).T
    gains = np.array([_gain(before, after, inside) if inside.any() else 1.0 for inside in insides])
    sums = (squares * gains**2 - 2 * crossed * gains + masks @ unmoved**2).min(axis=0)
    return [
        float(np.sqrt(max(float(least), 0.0) / (3 * count))) if count >= LEAST_PIXELS else None
        for least, count in zip(sums, pixels, strict=True)
    ]


def _followed_difference(first: Scene, second: Scene, near: Mask) -> float | None:
    basis = np.column_stack([first.points, np.ones(len(first.points))])
    affine = np.linalg.lstsq(basis, second.points, rcond=None)[0].T
    size = first.thumbnail.shape[1::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = np.asarray(cv2.warpAffine(second.thumbnail, affine, size, flags=flags), np.float32)
    seen = cv2.warpAffine(np.ones(size[::-1], np.float32), affine, size, flags=flags) > 0.99
    both = near & seen
    if both.sum() < LEAST_PIXELS:
        return None
    before, after = first.thumbnail[both], moved[both] * _gain(first.thumbnail, moved, both)
    return float(np.sqrt(((before - after) ** 2).mean()))


def _gain(before: Reals, after: Reals, inside: Mask) -> float:
    """What brings `after` to the exposure of `before`, as far as exposure changes within a sitting."""
    gain = (float(before[inside].mean()) + 1) / (float(after[inside].mean()) + 1)
    return float(np.clip(gain, *GAINS))


def _chromaticity(thumbnail: Rgb, box: Reals) -> Reals:
    x, y, width, height = box
    # The detector's box may reach over the edge: what is left of it, and one pixel at least.
    bottom, right = np.array(thumbnail.shape[:2]) - 1
    top, left = np.clip((y + 0.2 * height, x + 0.2 * width), 0, (bottom, right)).astype(int)
    rows = slice(top, max(top, int(min(y + 0.8 * height, bottom))) + 1)
    columns = slice(left, max(left, int(min(x + 0.8 * width, right))) + 1)
    red, green, blue = thumbnail[rows, columns].reshape(-1, 3).mean(axis=0) + 1.0
    return np.asarray(np.log([red / green, blue / green]), np.float64)
