"""Prints are seen as a camera sees them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.liveness_prints import FRAME_SIZE_PX, Print, PrintPose, mirrored, render

WIDTH, HEIGHT = FRAME_SIZE_PX
FACE_WIDTH_PX = 100.0
DOTS = {
    "left": (100, 250),
    "middle": (150, 250),
    "right": (200, 250),
    "above": (150, 180),
    "below": (150, 320),
}


def dotted() -> Print:
    """White with black dots, the face's middle at (150, 250)."""
    rgb = np.full((500, 300, 3), 255, np.uint8)
    for x, y in DOTS.values():
        rgb[y - 4 : y + 5, x - 4 : x + 5] = 0
    return Print(rgb, (150.0, 250.0), FACE_WIDTH_PX)


def dots_of(frame: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
    """Middles of the dark dots, from left to right."""
    _, _, _, middles = cv2.connectedComponentsWithStats((frame.max(axis=2) < 90).astype(np.uint8))
    return sorted(middles[1:], key=lambda middle: middle[0])


def across(pose: PrintPose) -> tuple[float, float]:
    """How far the left and the right dot are from the middle one, in pixels."""
    left, *middles, right = dots_of(render(dotted(), pose))
    middle = min(middles, key=lambda dot: abs(dot[1] - HEIGHT / 2))
    return float(middle[0] - left[0]), float(right[0] - middle[0])


def test_a_face_takes_half_the_frames_width_when_held_straight() -> None:
    left, right = across(PrintPose())
    assert left == pytest.approx(WIDTH / 4, abs=2)
    assert right == pytest.approx(WIDTH / 4, abs=2)


def test_a_print_turned_to_the_right_has_its_right_side_farther_away() -> None:
    left, right = across(PrintPose(yaw_deg=40))
    assert right < left < WIDTH / 4


def test_a_print_that_looks_up_has_its_chin_nearer() -> None:
    dots = sorted(dots_of(render(dotted(), PrintPose(pitch_deg=40))), key=lambda dot: dot[1])
    middle = np.mean([dot[1] for dot in dots[1:4]])
    assert middle - dots[0][1] < dots[-1][1] - middle


def test_a_bent_print_narrows_towards_its_sides() -> None:
    flat, bent = across(PrintPose()), across(PrintPose(bend_deg=120))
    assert bent[0] < 0.95 * flat[0]
    assert bent[0] == pytest.approx(bent[1], abs=2)


def test_a_bend_about_the_horizontal_keeps_the_width() -> None:
    flat, bent = across(PrintPose()), across(PrintPose(bend_deg=90, axis_deg=90))
    assert bent[0] == pytest.approx(flat[0], abs=2)


def test_a_slight_bend_is_nearly_flat() -> None:
    flat, bent = (render(dotted(), PrintPose(bend_deg=bend, yaw_deg=20)) for bend in (0.0, 0.5))
    assert np.abs(flat.astype(int) - bent).mean() < 2


def test_the_mirrored_print_has_its_face_in_the_same_place() -> None:
    plain, flipped = render(dotted(), PrintPose()), render(mirrored(dotted()), PrintPose())
    assert np.abs(plain.astype(int) - flipped).mean() < 3
