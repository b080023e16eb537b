"""Heads, flat photos and bent photos in numbers: 68 points turned and seen in perspective; frames made of them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.image import content_hash
from models.liveness.frame import FrameReading
from models.mean_face import MEAN_FACE

Reals = NDArray[np.floating[Any]]

HEAD: Reals = MEAN_FACE.astype(np.float64)
FLAT: Reals = HEAD * [1, 1, 0]
EYE_DISTANCE_PX = 110
DISTANCE = 6.0  # in eye distances
NOISE_PX = 0.8


def bent(across_deg: float) -> Reals:
    """The face's picture on a cylinder that spans this angle over twice the width of the face."""
    radius = 3.2 / np.radians(across_deg)
    angle = HEAD[:, 0] / radius
    return np.column_stack([radius * np.sin(angle), HEAD[:, 1], radius * (1 - np.cos(angle))])


def seen(
    shape: Reals, *, left_deg: float = 0, up_deg: float = 0, roll_deg: float = 0, seed: int = 0
) -> NDArray[np.float32]:
    """(68, 2): the points of a shape turned to its own left and upwards, in pixels, with a landmarker's noise."""
    yaw, pitch, roll = np.radians([-left_deg, -up_deg, roll_deg])
    turn = np.array([(np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0), (-np.sin(yaw), 0, np.cos(yaw))])
    lift = np.array([(1, 0, 0), (0, np.cos(pitch), -np.sin(pitch)), (0, np.sin(pitch), np.cos(pitch))])
    lean = np.array([(np.cos(roll), -np.sin(roll), 0), (np.sin(roll), np.cos(roll), 0), (0, 0, 1)])
    turned = (shape - (0, 0.5, 0)) @ (lean @ lift @ turn).T
    near = DISTANCE / (DISTANCE + turned[:, 2:])
    noise = np.random.default_rng(seed).normal(0, NOISE_PX, (68, 2))
    return np.asarray(turned[:, :2] * near * EYE_DISTANCE_PX + (160, 210) + noise, np.float32)


def with_closed_eyes(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The lids brought together on the line between the corners."""
    closed = points.copy()
    for first in (36, 42):
        inner, outer = points[first], points[first + 3]
        for lid, share in ((1, 1 / 3), (2, 2 / 3), (4, 2 / 3), (5, 1 / 3)):
            on_line = inner + share * (outer - inner)
            closed[first + lid] = on_line + 0.15 * (points[first + lid] - on_line)
    return closed


def five_of(points: NDArray[np.float32]) -> NDArray[np.float32]:
    eyes = [points[36:42].mean(axis=0), points[42:48].mean(axis=0)]
    return np.asarray([*eyes, points[30], points[48], points[54]], np.float32)


def unit_vector(
    seed: int, *, near: NDArray[np.float32] | None = None, apart: float = 0.25
) -> NDArray[np.float32]:
    """A descriptor of its own, or one about `apart` from another."""
    random = np.random.default_rng(seed).normal(size=128)
    vector = random / np.linalg.norm(random)
    if near is not None:
        vector = near + apart * vector
        vector /= np.linalg.norm(vector)
    return np.asarray(vector, np.float32)


OWNER = unit_vector(1)
ROOM = np.random.default_rng(2).integers(40, 220, (32, 24, 3)).astype(np.uint8)


def frame_of(
    points: NDArray[np.float32],
    *,
    seed: int = 0,
    descriptor: NDArray[np.float32] | None = None,
    room: NDArray[np.uint8] = ROOM,
    brightness: float = 120.0,
) -> FrameReading:
    """A frame of 320x427 with these points, before a room; each seed's is another picture of the same person."""
    low, high = points.min(axis=0), points.max(axis=0)
    five = five_of(points)
    thumbnail = room.copy()
    x0, y0 = (np.maximum(low, 0) * 32 / 427).astype(int)
    x1, y1 = (high * 32 / 427).astype(int)
    thumbnail[y0:y1, x0:x1] = (180, 140, 120)
    return FrameReading(
        size_px=(320, 427),
        box=np.rint([*low, *(high - low)]).astype(np.int32),
        points=points,
        five_points=five,
        chip=np.zeros((150, 150, 3), np.uint8),
        descriptor=unit_vector(100 + seed, near=OWNER) if descriptor is None else descriptor,
        thumbnail=thumbnail,
        phash=int(content_hash(bytes([seed]))[:16], 16),
        fingerprint=np.zeros((6, 4), np.uint64),
        brightness=brightness,
    )
