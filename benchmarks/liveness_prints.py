"""Photos as prints before a camera: flat or bent to a cylinder, tilted, seen in perspective."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = NDArray[np.uint8]
Reals: TypeAlias = NDArray[np.floating[Any]]

FRAME_SIZE_PX: Final = (320, 427)
# The print: two faces wide, cut off there; a face takes half the frame's width, as in a selfie.
PRINT_FACES_WIDE: Final = 2.0
PRINT_HEIGHT: Final = 1.4  # by its width
DISTANCE: Final = 2.2  # in widths of the print: a phone at arm's length
# Pixels of the photo for a face: more than the frame shows would only be skipped by the warp.
FACE_PX: Final = 240


@dataclass(frozen=True, slots=True)
class PrintPose:
    """How a print is held, in degrees.

    bend_deg : the angle of the cylinder that the whole width of the print spans; the face bulges towards the
        camera.
    axis_deg : lean of the cylinder's axis against the photo's vertical; 90 bends it about the horizontal.
    yaw_deg : positive when the print's face looks to the picture's right, pitch_deg : up, roll_deg : clockwise.
    nearness : 1 for half the frame's width, more for closer.
    """

    bend_deg: float = 0.0
    axis_deg: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    nearness: float = 1.0


@dataclass(frozen=True, slots=True)
class Print:
    """A photo, and where the face is in it: the middle and its width, in pixels of the photo."""

    rgb: Rgb
    middle: tuple[float, float]
    face_width_px: float


def print_of(rgb: Rgb, box: NDArray[np.int32]) -> Print:
    """`rgb`: (H, W, 3) uint8, RGB; `box`: (4,), x, y, width, height of the face in it."""
    x, y, width, height = (float(value) for value in box)
    # The detector's box is higher than wide, more so for some: its area says best how large the face is.
    face_px = 0.85 * (width * height) ** 0.5
    factor = min(1.0, FACE_PX / face_px)
    size = round(rgb.shape[1] * factor), round(rgb.shape[0] * factor)
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if factor < 1 else rgb
    return Print(small, ((x + width / 2) * factor, (y + height / 2) * factor), face_px * factor)


def mirrored(photo: Print) -> Print:
    x, y = photo.middle
    flipped = np.ascontiguousarray(photo.rgb[:, ::-1])
    return Print(flipped, (photo.rgb.shape[1] - 1 - x, y), photo.face_width_px)


def render(photo: Print, pose: PrintPose) -> Rgb:
    """The frame that a camera takes of the print: (427, 320, 3) uint8, RGB."""
    width, height = FRAME_SIZE_PX
    focal_px = DISTANCE * width * pose.nearness
    across = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / focal_px
    down = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / focal_px
    rays = np.stack([*np.meshgrid(across, down), np.ones((height, width), np.float32)], axis=-1)
    to_camera = (_rotation(pose) @ _turn_in_plane(pose.axis_deg)).astype(np.float32)
    origin = np.array([0, 0, -DISTANCE], np.float32) @ to_camera
    on_print, hit = _unrolled(origin, rays @ to_camera, pose.bend_deg)
    on_print = on_print @ _turn_in_plane(pose.axis_deg)[:2, :2].T.astype(np.float32)
    hit &= (np.abs(on_print[..., 0]) < 0.5) & (np.abs(on_print[..., 1]) < PRINT_HEIGHT / 2)
    source = (on_print * PRINT_FACES_WIDE * photo.face_width_px + photo.middle).astype(np.float32)
    seen = cv2.remap(
        photo.rgb, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.where(hit[..., None], seen, ROOM).astype(np.uint8)


def _unrolled(origin: Reals, rays: Reals, bend_deg: float) -> tuple[Reals, NDArray[np.bool_]]:
    """Where rays meet the print, in its own flat coordinates (widths of the print from its middle)."""
    if bend_deg == 0:
        distance = -origin[2] / np.where(np.abs(rays[..., 2]) < 1e-9, 1e-9, rays[..., 2])
        met = origin + distance[..., None] * rays
        return met[..., :2], distance > 0
    radius = 1 / np.radians(bend_deg)
    behind = origin[2] - radius  # the cylinder's axis lies behind the print's middle
    a = rays[..., 0] ** 2 + rays[..., 2] ** 2
    b = 2 * (origin[0] * rays[..., 0] + behind * rays[..., 2])
    c = origin[0] ** 2 + behind**2 - radius**2
    root = b * b - 4 * a * c
    distance = (-b - np.sqrt(np.maximum(root, 0))) / (2 * a)
    angle = np.arctan2(origin[0] + distance * rays[..., 0], -(behind + distance * rays[..., 2]))
    met = np.stack([angle * radius, origin[1] + distance * rays[..., 1]], axis=-1)
    return met, (root > 0) & (distance > 0)


def _rotation(pose: PrintPose) -> Reals:
    yaw, pitch, roll = np.radians([-pose.yaw_deg, -pose.pitch_deg, pose.roll_deg])
    turn = np.array([(np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0), (-np.sin(yaw), 0, np.cos(yaw))])
    lift = np.array([(1, 0, 0), (0, np.cos(pitch), -np.sin(pitch)), (0, np.sin(pitch), np.cos(pitch))])
    return np.asarray(_turn_in_plane(np.degrees(roll)) @ lift @ turn, np.float64)


def _turn_in_plane(angle_deg: float) -> Reals:
    angle = np.radians(angle_deg)
    return np.array([(np.cos(angle), -np.sin(angle), 0), (np.sin(angle), np.cos(angle), 0), (0, 0, 1)])


def _room() -> Rgb:
    """Something to see behind the print: soft shapes, always the same."""
    coarse = np.random.default_rng(0).integers(110, 150, (9, 7, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, FRAME_SIZE_PX, interpolation=cv2.INTER_CUBIC), np.uint8)


ROOM: Final = _room()
