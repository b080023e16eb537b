"""A real photo as the picture of Chromium's fake camera."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.image import decode

WIDTH_PX, HEIGHT_PX = 720, 960
FRAMES_PER_S = 10
# A hand never holds a phone still: the frame wanders by a few pixels, and no two frames are equal.
WANDER_PX = ((0, 0), (2, 0), (4, 2), (6, 2), (6, 4), (4, 6), (2, 4), (0, 2))

# ITU-R BT.601, studio range: what a Y4M file without a colour tag means.
TO_YUV = np.array([[65.738, 129.057, 25.064], [-37.945, -74.494, 112.439], [112.439, -94.154, -18.285]]) / 256
OFFSET = np.array([16.0, 128.0, 128.0])


def write_clip(photo: bytes, path: Path) -> None:
    """The middle of the photo, upright 3:4, as an endless clip (Chromium starts it anew at its end)."""
    rgb = _portrait(decode(photo))
    with path.open("wb") as clip:
        clip.write(f"YUV4MPEG2 W{WIDTH_PX} H{HEIGHT_PX} F{FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n".encode())
        for down, right in WANDER_PX:
            clip.write(b"FRAME\n")
            clip.write(_i420(rgb[down : down + HEIGHT_PX, right : right + WIDTH_PX]))


def _portrait(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to 3:4 and resized, a margin for the wandering on every side."""
    margin = max(max(step) for step in WANDER_PX)
    height, width = HEIGHT_PX + margin, WIDTH_PX + margin
    tall, wide = rgb.shape[:2]
    scale = min(tall / height, wide / width)
    rows = ((tall - height * scale) / 2 + np.arange(height) * scale).astype(int)
    columns = ((wide - width * scale) / 2 + np.arange(width) * scale).astype(int)
    return rgb[np.ix_(rows, columns)]


def _i420(rgb: NDArray[np.uint8]) -> bytes:
    yuv = rgb.astype(np.float64) @ TO_YUV.T + OFFSET
    planes = [yuv[..., 0], *(_halved(yuv[..., channel]) for channel in (1, 2))]
    return b"".join(np.clip(np.rint(plane), 0, 255).astype(np.uint8).tobytes() for plane in planes)


def _halved(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    height, width = plane.shape
    halved: NDArray[np.float64] = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return halved
