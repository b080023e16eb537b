"""What changes between two frames of one sitting, and what only between two photos."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.liveness.continuity import Change, Scene
from models.liveness.continuity import change_between as change_between_scenes
from models.liveness.frame import FrameReading
from models.liveness.limits import DEFAULT_LIMITS
from tests.models.liveness.made_up_heads import FLAT, HEAD, ROOM, frame_of, seen

Rgb = NDArray[np.uint8]
FRONTAL = seen(HEAD, seed=1)
SELFIE = frame_of(FRONTAL, seed=1)
TURNED = seen(HEAD, left_deg=30, seed=2)


def change_between(first: FrameReading, second: FrameReading) -> Change:
    return change_between_scenes(Scene.of(first), Scene.of(second))


def soft(room: Rgb) -> Rgb:
    """A room as a thumbnail shows it: no detail of single pixels."""
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 1), np.uint8)


def test_a_room_that_stays_is_no_change() -> None:
    change = change_between(SELFIE, frame_of(TURNED, seed=2))
    assert change.surroundings == pytest.approx(0, abs=1)


def test_a_room_that_shifts_as_a_whole_is_hardly_a_change() -> None:
    wide = soft(np.random.default_rng(5).integers(0, 255, (32, 30, 3)).astype(np.uint8))
    selfie = frame_of(FRONTAL, room=np.ascontiguousarray(wide[:, 2:26]))
    shifted = change_between(selfie, frame_of(FRONTAL, room=np.ascontiguousarray(wide[:, :24])))
    other = change_between(selfie, frame_of(FRONTAL, room=np.ascontiguousarray(wide[::-1, 2:26])))
    assert shifted.surroundings is not None
    assert other.surroundings is not None
    assert shifted.surroundings < 0.5 * other.surroundings


def test_another_exposure_is_not_another_room() -> None:
    darker = (ROOM * 0.8).astype(np.uint8)
    change = change_between(SELFIE, frame_of(TURNED, room=darker))
    assert change.surroundings is not None
    assert change.surroundings < 3


def test_another_room_is_a_change() -> None:
    dark, light = soft(ROOM) // 4, 255 - soft(ROOM) // 4
    change = change_between(frame_of(FRONTAL, room=dark), frame_of(TURNED, room=light))
    assert change.surroundings is not None
    assert change.surroundings > DEFAULT_LIMITS.max_surroundings


def held_photo(left_deg: float) -> tuple[NDArray[np.float32], Rgb]:
    """The points of a tilted photo, and the thumbnail of a photo that fills the frame and tilts with them."""
    points = seen(FLAT, left_deg=left_deg, seed=3)
    coarse = np.random.default_rng(6).integers(0, 255, (10, 8, 3)).astype(np.uint8)
    photo = cv2.resize(coarse, (24, 32), interpolation=cv2.INTER_LINEAR)
    basis = np.column_stack([seen(FLAT) * 0.075, np.ones(68)])
    affine = np.linalg.lstsq(basis, points * 0.075, rcond=None)[0].T
    moved = cv2.warpAffine(photo, affine, (24, 32), borderMode=cv2.BORDER_REPLICATE)
    return points, np.asarray(moved, np.uint8)


def test_a_photo_moves_its_surroundings_along_and_a_head_does_not() -> None:
    before, after = (frame_of(points, room=room) for points, room in (held_photo(0), held_photo(45)))
    photo = change_between(before, after)
    assert photo.still is not None
    assert photo.along_with_face is not None
    assert photo.still - photo.along_with_face > DEFAULT_LIMITS.max_following
    head = change_between(SELFIE, frame_of(TURNED))
    assert head.still is not None
    assert head.along_with_face is not None
    assert head.still < head.along_with_face


def test_frames_of_two_sizes_say_nothing_of_the_surroundings() -> None:
    wide = frame_of(TURNED, room=np.ascontiguousarray(ROOM.swapaxes(0, 1)))
    change = change_between(SELFIE, wide)
    assert change.surroundings is None
    assert change.still is None


def test_a_face_that_fills_the_frame_leaves_no_surroundings() -> None:
    near = np.asarray((FRONTAL - (160, 210)) * 2.5 + (160, 210), np.float32)
    change = change_between(frame_of(near), frame_of(near, seed=2))
    assert change.surroundings is None


@pytest.mark.parametrize("shift", [(-600, 0), (600, 0), (0, -700), (0, 700)])
def test_a_face_beyond_the_edge_is_measured_too(shift: tuple[int, int]) -> None:
    beyond = frame_of(np.asarray(FRONTAL + np.array(shift), np.float32), room=ROOM)
    assert np.isfinite(change_between(SELFIE, beyond).face_colour)


def test_light_size_and_place_are_ratios_and_a_distance() -> None:
    nearer = np.asarray((FRONTAL - (160, 210)) * 1.3 + (160, 210), np.float32)
    change = change_between(SELFIE, frame_of(nearer, brightness=60.0))
    assert change.light == pytest.approx(121 / 61)
    assert change.size == pytest.approx(1.3, abs=0.01)
    assert change.place < 0.3
