"""Photos made worse on purpose: blur, light, size, cuts and tilts.

Sizes are in units of the distance between the eyes, so that the same degradation is as bad in every picture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
Reals = NDArray[np.floating[Any]]

# The photo, its 68 points, a source of randomness -> the worse photo.
Degradation = Callable[[Rgb, NDArray[np.float32], np.random.Generator], Rgb]


@dataclass(frozen=True, slots=True)
class Eyes:
    """left, right : (2,) centres; apart : their distance; across, down : unit vectors of the face."""

    left: Reals
    right: Reals
    apart: float
    across: Reals
    down: Reals


def eyes_of(points: NDArray[np.float32]) -> Eyes:
    left, right = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    apart = float(np.linalg.norm(right - left))
    across = (right - left) / apart
    return Eyes(left, right, apart, across, np.array([-across[1], across[0]]))


def to_rgb(picture: Any) -> Rgb:
    return np.asarray(np.clip(np.asarray(picture), 0, 255), np.uint8)


def _as_jpeg(rgb: Rgb, quality: int) -> Rgb:
    return to_rgb(cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1))


def untouched() -> Degradation:
    return lambda rgb, _points, _random: rgb


def greyscale() -> Degradation:
    return lambda rgb, _points, _random: to_rgb(
        np.repeat(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    )


def compressed(quality: int) -> Degradation:
    return lambda rgb, _points, _random: _as_jpeg(rgb, quality)


def blurred(sigma: float) -> Degradation:
    return lambda rgb, points, _random: to_rgb(cv2.GaussianBlur(rgb, (0, 0), sigma * eyes_of(points).apart))


def moved(length: float, angle_deg: float | None = None) -> Degradation:
    """Motion blur, in a random one of four directions where none is given."""

    def apply(rgb: Rgb, points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        angle = np.radians(float(random.choice([0, 45, 90, 135])) if angle_deg is None else angle_deg)
        length_px = max(2.0, length * eyes_of(points).apart)
        side = int(np.ceil(length_px)) | 1
        kernel = np.zeros((side, side), np.float32)
        along = np.linspace(-length_px / 2, length_px / 2, 4 * side)
        x, y = (np.rint(side // 2 + along * part).astype(int) for part in (np.cos(angle), np.sin(angle)))
        inside = (x >= 0) & (x < side) & (y >= 0) & (y < side)
        np.add.at(kernel, (y[inside], x[inside]), 1)
        return to_rgb(cv2.filter2D(rgb, -1, kernel / kernel.sum()))

    return apply


def far_away(eye_distance_px: float) -> Degradation:
    def apply(rgb: Rgb, points: NDArray[np.float32], _random: np.random.Generator) -> Rgb:
        scale = eye_distance_px / eyes_of(points).apart
        return (
            rgb
            if scale >= 1
            else to_rgb(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        )

    return apply


def darkened_by_gamma(gamma: float) -> Degradation:
    return lambda rgb, _points, _random: _as_jpeg(to_rgb(np.rint(255 * (rgb / 255.0) ** gamma)), 80)


def exposed(light: float, noise: float = 0.0) -> Degradation:
    """So many times the light, with the sensor's noise, which less light makes more visible."""

    def apply(rgb: Rgb, _points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        linear = (rgb / 255.0) ** 2.2 * light
        linear += random.normal(0, 1, linear.shape) * noise * np.sqrt(np.clip(linear, 0, 1) + 0.002)
        return _as_jpeg(to_rgb(255 * np.clip(linear, 0, 1) ** (1 / 2.2)), 80)

    return apply


def tilted(angle_deg: float) -> Degradation:
    def apply(rgb: Rgb, points: NDArray[np.float32], _random: np.random.Generator) -> Rgb:
        x, y = (float(value) for value in points.mean(axis=0))
        turn = cv2.getRotationMatrix2D((x, y), angle_deg, 1)
        return to_rgb(cv2.warpAffine(rgb, turn, rgb.shape[1::-1], borderMode=cv2.BORDER_REFLECT))

    return apply


def cut(side: str, share: float) -> Degradation:
    """The picture ends where `share` of the face, from hair line to chin or ear to ear, is gone."""

    def apply(rgb: Rgb, points: NDArray[np.float32], _random: np.random.Generator) -> Rgb:
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        top -= (bottom - top) * 0.35  # the points begin at the brows
        x, y = share * (right - left), share * (bottom - top)
        kept = {
            "left": rgb[:, max(0, int(left + x)) :],
            "right": rgb[:, : max(1, int(right - x))],
            "top": rgb[max(0, int(top + y)) :],
            "bottom": rgb[: max(1, int(bottom - y))],
        }
        return np.ascontiguousarray(kept[side])

    return apply


ALL: Mapping[str, Degradation] = MappingProxyType(
    {
        "as they are": untouched(),
        "greyscale": greyscale(),
        **{f"JPEG quality {quality}": compressed(quality) for quality in (20, 5)},
        **{f"blur {sigma}": blurred(sigma) for sigma in (0.04, 0.06, 0.08, 0.1, 0.14)},
        **{f"motion {length}": moved(length) for length in (0.1, 0.3, 0.5, 0.8)},
        **{f"eyes {size} px apart": far_away(size) for size in (30, 20, 16, 12, 8)},
        **{f"gamma {gamma}": darkened_by_gamma(gamma) for gamma in (2, 4, 6)},
        **{f"{light} of the light": exposed(light, 0.01) for light in (0.3, 0.1, 0.02, 0.005)},
        **{f"{light} times the light": exposed(light) for light in (2, 5, 8)},
        **{f"tilted {angle}°": tilted(angle) for angle in (8, 15, 25, 35, 45)},
        **{
            f"cut {side} {share}": cut(side, share)
            for side in ("left", "top", "bottom")
            for share in (0.1, 0.3, 0.5)
        },
    }
)
