"""Makes models/mean_face.py: the mean face in three dimensions, from photos of turned heads.

    python -m benchmarks.mean_face > models/mean_face.py

The photos are those of the Pointing'04 head pose database (HADIR_POSES). Under an affine camera the points of a
turned head are a combination of the frontal points' x, of their y, of 1, and of their depth z. Depth is the
same for every turn, so it is what the best rank-one description of all residuals has in common: alternating
least squares finds it. It is made symmetric, freed of what x, y and 1 could say, and scaled by the turns of
30 degrees, at which its coefficient is to be sin(30 degrees).
"""

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models import image
from models.detector import Detector
from models.landmarks import MIRRORED, Landmarks, in_eye_units

Points = NDArray[np.float64]
HeadTurn = tuple[str, int, int, Points]  # person and series, tilt and pan in degrees, (68, 2)

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "poses"
# Beyond these the landmarks slip off the far side of the face.
MOST_PAN_DEG, MOST_TILT_DEG = 45, 30
SCALE_PAN_DEG = 30
ROUNDS = 60


def read_turns(folder: Path) -> list[HeadTurn]:
    """The points of every photo in which a face is found, in outer-eye-corner units."""
    detector, landmarks = Detector(), Landmarks()
    turns = []
    for photo in sorted(folder.glob("*/*.jpg")):
        tilt, pan = (int(number) for number in re.findall(r"(?:tilt|pan)([+-]\d+)", photo.name))
        rgb = image.decode(photo.read_bytes())
        if faces := detector.find(rgb):
            points = in_eye_units(landmarks.find(rgb, faces[0])).astype(np.float64)
            turns.append((photo.parent.name, tilt, pan, points))
    return turns


def symmetric(points: Points) -> Points:
    return np.asarray((points + points[MIRRORED] * [-1, 1]) / 2, np.float64)


def fit(frontal: Points, depth: Points, turned: Points) -> Points:
    """Coefficients (4, 2) of `turned` on the frontal x, y, 1 and the depth."""
    basis = np.column_stack([frontal, np.ones(68), depth])
    return np.asarray(np.linalg.lstsq(basis, turned, rcond=None)[0], np.float64)


def mean_depth(turns: list[HeadTurn], frontal: dict[str, Points], mean: Points) -> Points:
    """(68,) by alternating least squares; negative towards the camera."""
    plane = np.column_stack([mean, np.ones(68)])
    depth = np.zeros(68)
    depth[27:36] = -1.0  # a beginning: the nose stands out
    for _ in range(ROUNDS):
        weighted, weight = np.zeros(68), 0.0
        for name, _tilt, _pan, turned in turns:
            coefficients = fit(frontal[name], depth, turned)
            rest = turned - np.column_stack([frontal[name], np.ones(68)]) @ coefficients[:3]
            weighted += rest @ coefficients[3]
            weight += coefficients[3] @ coefficients[3]
        depth = weighted / weight
        depth = (depth + depth[MIRRORED]) / 2
        depth -= plane @ np.linalg.lstsq(plane, depth, rcond=None)[0]
        depth /= np.linalg.norm(depth)
    across = [
        abs(fit(frontal[name], depth, turned)[3, 0])
        for name, tilt, pan, turned in turns
        if tilt == 0 and abs(pan) == SCALE_PAN_DEG
    ]
    return np.asarray(depth * np.median(across) / np.sin(np.radians(SCALE_PAN_DEG)), np.float64)


def main() -> None:
    turns = read_turns(Path(os.environ.get("HADIR_POSES", DEFAULT_FOLDER)))
    frontal = {name: points for name, tilt, pan, points in turns if tilt == pan == 0}
    mean = np.mean([symmetric(points) for points in frontal.values()], axis=0)
    moved = [
        turn
        for turn in turns
        if turn[1:3] != (0, 0) and abs(turn[1]) <= MOST_TILT_DEG and abs(turn[2]) <= MOST_PAN_DEG
    ]
    depth = mean_depth(moved, frontal, mean)
    print(
        '"""The mean face in three dimensions. Made by `python -m benchmarks.mean_face`; not edited by hand."""'
    )
    print("\nimport numpy as np\n")
    print(
        "# The 68 points: x to the picture's right, y down, z away from the camera, in units of the distance"
    )
    print(
        "# between the outer eye corners, from the middle between them; z is free of any plane through the face."
    )
    print(f"# {len(frontal)} frontal and {len(moved)} turned photos of the Pointing'04 database.")
    print("MEAN_FACE = np.array(\n    [")
    for x, y, z in np.column_stack([mean, depth]):
        print(f"        ({x:.4f}, {y:.4f}, {z:.4f}),")
    print("    ],\n    np.float32,\n)")


if __name__ == "__main__":
    main()
