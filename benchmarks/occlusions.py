"""Masks, hands, glasses and headscarves drawn over the faces of photos, lit as the face is."""

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.degradations import Degradation, Eyes, Reals, Rgb, eyes_of, to_rgb

CLOTH_COLOURS = MappingProxyType(
    {
        "surgical": (165, 200, 215),
        "white": (235, 235, 232),
        "black": (28, 28, 32),
        "green": (60, 110, 80),
        "red": (150, 40, 50),
        "grey": (120, 122, 128),
        "skin-coloured": (205, 170, 140),
    }
)


def _polygon(shape: tuple[int, ...], corners: Reals, softness_px: float) -> Reals:
    """(H, W, 1) 0..1, one inside the polygon, with a soft edge."""
    filled = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(filled, [np.rint(corners * 16).astype(np.int32)], (255,), cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(filled, (0, 0), max(softness_px, 0.4)) / 255.0)[..., None]


def _superellipse(centre: Reals, eyes: Eyes, wide: float, high: float, squareness: float) -> Reals:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / squareness) * wide * eyes.apart
    y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / squareness) * high * eyes.apart
    return np.asarray(centre + x[:, None] * eyes.across + y[:, None] * eyes.down)


def _light(rgb: Rgb, points: NDArray[np.float32]) -> tuple[Reals, float]:
    """(H, W) light relative to the middle of the face, and how much there is of it, 0.25..1."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    (x0, y0), (x1, y1) = np.maximum(points[17:48].min(axis=0), 0), points[17:48].max(axis=0) + 1
    middle = grey[int(y0) : int(y1), int(x0) : int(x1)]
    falloff = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 0.6 * eyes_of(points).apart)
    level = float(np.clip(np.percentile(middle, 90) / 200, 0.25, 1))
    return np.asarray(falloff / max(float(middle.mean()), 1.0)), level


def _grain(shape: tuple[int, ...], size_px: float, random: np.random.Generator) -> Reals:
    grain = cv2.GaussianBlur(random.normal(0, 1, shape[:2]), (0, 0), max(size_px, 0.5))
    return np.asarray(grain / (grain.std() + 1e-6))


def _cloth(
    rgb: Rgb, points: NDArray[np.float32], colour: tuple[int, int, int], random: np.random.Generator
) -> Reals:
    apart = eyes_of(points).apart
    falloff, level = _light(rgb, points)
    rows = np.arange(rgb.shape[0])[:, None] / apart
    folds = 0.04 * np.sin(rows * random.uniform(10, 18) + random.uniform(0, 6))
    luma = (0.6 + 0.4 * falloff) * level * (1.1 + folds + 0.03 * _grain(rgb.shape, 0.05 * apart, random))
    return np.asarray(np.array(colour) * luma[..., None])


def mask(colour: str, *, nose_free: bool = False) -> Degradation:
    def apply(rgb: Rgb, points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        top = (points[33] + points[51]) / 2 if nose_free else points[28] * 0.4 + points[29] * 0.6
        sides = [points[14] * 0.75 + top * 0.25, top, points[2] * 0.75 + top * 0.25]
        corners = np.vstack([points[2:15], *(side[None] for side in sides)])
        corners = corners.mean(axis=0) + (corners - corners.mean(axis=0)) * 1.04
        alpha = _polygon(rgb.shape, corners, 0.02 * eyes_of(points).apart)
        return to_rgb(rgb * (1 - alpha) + _cloth(rgb, points, CLOTH_COLOURS[colour], random) * alpha)

    return apply


def hand() -> Degradation:
    """Four fingers in the colour of the person's own skin across the mouth."""

    def apply(rgb: Rgb, points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        apart = eyes_of(points).apart
        bare = np.vstack([points[29:31], (points[1] + points[31]) / 2, (points[15] + points[35]) / 2])
        columns, rows = np.clip(bare.astype(int), 0, np.array(rgb.shape[1::-1]) - 1).T
        skin, falloff = np.median(rgb[rows, columns], axis=0), _light(rgb, points)[0]
        angle = np.radians(random.uniform(-35, 35))
        along = np.array([np.cos(angle), np.sin(angle)]) * random.choice([-1, 1])
        across = np.array([-along[1], along[0]])
        middle = (points[48] + points[54]) / 2 + np.array([0, random.uniform(-0.25, 0.1) * apart])
        y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
        picture, half = rgb.astype(np.float64), 0.145 * apart
        for finger in range(4):
            at = middle + across * (finger - 1.5) * 0.27 * apart + along * random.uniform(-0.1, 0.1) * apart
            tip, root = at - along * 0.9 * apart, at + along * 2.2 * apart
            edge = (tip + across * half * 0.7, tip - along * half * 0.8, tip - across * half * 0.7)
            alpha = _polygon(
                rgb.shape, np.vstack([*edge, root - across * half, root + across * half]), 0.015 * apart
            )
            away = np.abs((x - at[0]) * across[0] + (y - at[1]) * across[1]) / half
            round_ = np.clip(1.05 - 0.28 * np.clip(away, 0, 1.2) ** 3, 0.5, 1.1) * (0.5 + 0.5 * falloff)
            colour = skin * (round_ * (1 + 0.03 * _grain(rgb.shape, 0.03 * apart, random)))[..., None]
            picture = picture * (1 - alpha) + colour * alpha
        return to_rgb(picture)

    return apply


def dark_glasses() -> Degradation:
    def apply(rgb: Rgb, points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        eyes, (_, level) = eyes_of(points), _light(rgb, points)
        tint = random.uniform(15, 50) * random.uniform(0.85, 1.2, 3)
        opaque, squareness = random.uniform(0.82, 0.97), random.uniform(2, 4)
        wide, high = random.uniform(0.36, 0.44), random.uniform(0.24, 0.36)
        y, x = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
        picture = rgb.astype(np.float64)
        for eye in (eyes.left, eyes.right):
            centre = eye + eyes.down * 0.08 * eyes.apart
            lens = _superellipse(centre, eyes, wide, high, squareness)
            below = ((x - centre[0]) * eyes.down[0] + (y - centre[1]) * eyes.down[1]) / (high * eyes.apart)
            reflected = np.clip(1.1 - 0.35 * below, 0.6, 1.6)[..., None]
            alpha = _polygon(rgb.shape, lens, 0.012 * eyes.apart) * opaque
            picture = picture * (1 - alpha) + tint * reflected * level * 1.2 * alpha
        return _bridge(to_rgb(picture), eyes, wide, tint, 0.06)

    return apply


def spectacles() -> Degradation:
    """Thin or thick frames, clear lenses."""

    def apply(rgb: Rgb, points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        eyes, (_, level) = eyes_of(points), _light(rgb, points)
        colour = np.array(((25, 22, 20), (90, 60, 30), (140, 140, 145))[int(random.integers(3))], np.float64)
        wide, high, squareness = random.uniform(0.36, 0.44), random.uniform(0.22, 0.34), random.uniform(2, 4)
        thick = random.uniform(0.02, 0.07)
        picture = rgb
        for eye in (eyes.left, eyes.right):
            rim = _superellipse(eye + eyes.down * 0.06 * eyes.apart, eyes, wide, high, squareness)
            glare = _polygon(rgb.shape, rim, 0.01 * eyes.apart) * 0.12
            picture = to_rgb(picture * (1 - glare) + 200 * level * glare)
            width = max(1, int(thick * eyes.apart))
            outline = [np.rint(rim * 16).astype(np.int32)]
            cv2.polylines(picture, outline, True, colour.tolist(), width, cv2.LINE_AA, 4)
        return _bridge(picture, eyes, wide, colour, thick)

    return apply


def _bridge(rgb: Rgb, eyes: Eyes, wide: float, colour: Reals, thick: float) -> Rgb:
    start, end = eyes.left + eyes.across * wide * eyes.apart, eyes.right - eyes.across * wide * eyes.apart
    ends = [tuple(int(value) for value in end_) for end_ in (start, end)]
    cv2.line(rgb, ends[0], ends[1], colour.tolist(), max(1, int(thick * eyes.apart)), cv2.LINE_AA)
    return rgb


def headscarf(colour: str) -> Degradation:
    """All but the oval from above the brows to under the chin, as a hijab leaves it."""

    def apply(rgb: Rgb, points: NDArray[np.float32], random: np.random.Generator) -> Rgb:
        eyes = eyes_of(points)
        brows = points[[26, 24, 19, 17]] - eyes.down * random.uniform(0.3, 0.5) * eyes.apart
        jaw = points[30] + (points[1:16] - points[30]) * 0.97
        oval = np.asarray(cv2.convexHull(np.vstack([jaw, brows]).astype(np.float32)), np.float32).reshape(
            -1, 2
        )
        x, y = np.meshgrid(np.arange(rgb.shape[1]), np.arange(rgb.shape[0]))
        aside, below = (np.stack([x, y], axis=-1) - points[27:31].mean(axis=0)).transpose(
            2, 0, 1
        ) / eyes.apart
        cloth = ((aside / 1.45) ** 2 + (below / 2) ** 2 < 1) | ((below > 0.8) & (np.abs(aside) < 2.2))
        soft = cv2.GaussianBlur(cloth.astype(np.float32), (0, 0), 0.03 * eyes.apart)[..., None]
        alpha = soft * (1 - _polygon(rgb.shape, oval, 0.015 * eyes.apart))
        return to_rgb(rgb * (1 - alpha) + _cloth(rgb, points, CLOTH_COLOURS[colour], random) * alpha)

    return apply


ALL: Mapping[str, Degradation] = MappingProxyType(
    {
        **{f"mask {colour}": mask(colour) for colour in CLOTH_COLOURS},
        "mask, nose free": mask("surgical", nose_free=True),
        "hand": hand(),
        "dark glasses": dark_glasses(),
        "spectacles": spectacles(),
        **{f"headscarf {colour}": headscarf(colour) for colour in ("white", "black", "green")},
    }
)
