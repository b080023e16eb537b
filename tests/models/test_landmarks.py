import re
from pathlib import Path

import numpy as np
import pytest

from models import image
from models.detector import Detector
from models.landmarks import Landmarks, eye_openness, head_pose


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="module")
def landmarks() -> Landmarks:
    return Landmarks()


def test_68_points_lie_about_the_five(detector: Detector, landmarks: Landmarks, astronaut_png: bytes) -> None:
    rgb = image.decode(astronaut_png)
    face = detector.find(rgb)[0]
    points = landmarks.find(rgb, face)
    eyes = np.stack([points[36:42].mean(axis=0), points[42:48].mean(axis=0)])
    assert points.shape == (68, 2)
    assert np.abs(eyes - face.points[:2]).max() < 6
    assert np.abs(points[[48, 54]] - face.points[3:]).max() < 10


def test_head_turns_are_measured_with_their_sign(
    detector: Detector, landmarks: Landmarks, poses_dir: Path
) -> None:
    told, measured = [], []
    for photo in sorted(poses_dir.glob("*/tilt+00_pan*.jpg")):
        pan = int(re.findall(r"pan([+-]\d+)", photo.name)[0])
        rgb = image.decode(photo.read_bytes())
        faces = detector.find(rgb)
        if abs(pan) > 30 or not faces:
            continue
        told.append(pan)
        measured.append(head_pose(landmarks.find(rgb, faces[0])).yaw_deg)
    assert len(told) > 50
    assert np.corrcoef(told, measured)[0, 1] < -0.9  # the data set's pan grows to the picture's left


def test_points_stay_on_heads_turned_far_aside(
    detector: Detector, landmarks: Landmarks, poses_dir: Path
) -> None:
    noses = []
    for photo in sorted(poses_dir.glob("*/tilt+00_pan[+-]45.jpg")):
        rgb = image.decode(photo.read_bytes())
        points = landmarks.find(rgb, detector.find(rgb)[0])
        towards = -1 if "pan+45" in photo.name else 1
        eyes = points[[36, 45]]
        noses.append(towards * (points[30, 0] - eyes[:, 0].mean()) / (eyes[1, 0] - eyes[0, 0]))
    assert len(noses) == 32
    assert min(noses) > 0.15  # of the eyes' distance towards the side to which the head turns


def test_a_leaning_head_has_that_roll(detector: Detector, landmarks: Landmarks, astronaut_png: bytes) -> None:
    rgb = image.decode(astronaut_png)
    upright = landmarks.find(rgb, detector.find(rgb)[0])
    turn = np.radians(20)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    centre = np.array([256, 256], np.float32)
    leaning = np.asarray((upright - centre) @ rotation.T + centre, np.float32)
    difference = head_pose(leaning).roll_deg - head_pose(upright).roll_deg
    assert difference == pytest.approx(20, abs=3)


def test_open_and_shut_eyes_are_told_apart() -> None:
    points = np.zeros((68, 2), np.float32)
    eye = np.array([(0, 0), (10, -5), (20, -5), (30, 0), (20, 5), (10, 5)], np.float32)
    points[36:42] = eye
    points[42:48] = eye * [1, 0.2]
    left, right = eye_openness(points)
    assert left == pytest.approx(1 / 3)
    assert right == pytest.approx(1 / 15)


def test_points_that_fell_together_have_no_openness() -> None:
    assert eye_openness(np.zeros((68, 2), np.float32)) == (0.0, 0.0)
