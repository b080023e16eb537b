"""The app's icons in the sizes that phones ask for, drawn as icon.svg is: `python -m service.web.icon_drawing`."""

import itertools
import struct
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

FOLDER: Final = Path(__file__).parent / "static"
SIZES: Final = (192, 512)
BRAND: Final = np.array([13.0, 107.0, 88.0])
# Of the drawing's own 32 units.
UNITS: Final = 32.0
CORNER: Final = 7.0
FRAME_WIDTH, FRAME_OPACITY, FRAME_RADIUS = 2.0, 0.75, 3.0
TICK_WIDTH: Final = 3.0
TICK: Final = np.array([[10.5, 16.5], [14.5, 20.5], [22.0, 11.5]])
# A phone may cut a maskable icon to a circle of 80 % of its width (W3C, web app manifest, safe zone).
SAFE_SHARE: Final = 0.8

Plane = NDArray[np.float64]


def icon(size: int, *, maskable: bool) -> bytes:
    """PNG, size x size, RGBA. Maskable: to the edges, with the drawing inside the safe zone."""
    scale = SAFE_SHARE if maskable else 1.0
    axis = (np.arange(size, dtype=np.float64) + 0.5) / size * UNITS
    x, y = np.meshgrid((axis - UNITS / 2) / scale + UNITS / 2, (axis - UNITS / 2) / scale + UNITS / 2)
    pixel = UNITS / size / scale
    frame = FRAME_OPACITY * _cover(_frame_distance(x, y) - FRAME_WIDTH / 2, pixel)
    tick = _cover(_line_distance(x, y) - TICK_WIDTH / 2, pixel)
    white = np.maximum(frame, tick)[..., None]
    rgb = white * 255 + (1 - white) * BRAND
    half = UNITS / 2
    whole = np.ones_like(x) if maskable else _cover(_box_distance(x - half, y - half, half, CORNER), pixel)
    return _png(np.dstack([rgb, whole * 255]).round().astype(np.uint8))


def _cover(distance: Plane, pixel: float) -> Plane:
    """How much of each pixel is inside, 0..1, by the signed distance of its middle to the edge."""
    return np.clip(0.5 - distance / pixel, 0.0, 1.0)


def _box_distance(x: Plane, y: Plane, half: float, radius: float) -> Plane:
    """To a square with round corners around the origin, negative inside."""
    dx, dy = np.abs(x) - half + radius, np.abs(y) - half + radius
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    return np.asarray(outside + np.minimum(np.maximum(dx, dy), 0) - radius, np.float64)


def _frame_distance(x: Plane, y: Plane) -> Plane:
    """To the four corners of a square from 6 to 26, each reaching 6 units along both sides."""
    half = UNITS / 2
    ax, ay = np.abs(x - half), np.abs(y - half)
    edge = np.abs(_box_distance(x - half, y - half, half - 6, FRAME_RADIUS))
    # Where a side is left open the distance is to its round end.
    end = np.minimum(np.hypot(ax - 4, ay - 10), np.hypot(ax - 10, ay - 4))
    return np.where(np.minimum(ax, ay) >= 4, edge, end)


def _line_distance(x: Plane, y: Plane) -> Plane:
    """To the tick, two straight lines with round ends."""
    nearest = np.full_like(x, np.inf)
    for (x0, y0), (x1, y1) in itertools.pairwise(TICK):
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return nearest


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """pixels: (H, W, 4) uint8, RGBA. PNG, 11.2: one IHDR, IDAT and IEND."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def icons() -> dict[str, bytes]:
    """All of them by file name."""
    return {
        f"{name}-{size}.png": icon(size, maskable=name == "maskable")
        for name in ("icon", "maskable")
        for size in SIZES
    }


if __name__ == "__main__":
    for name, content in icons().items():
        (FOLDER / name).write_bytes(content)
