"""68 facial points, and what they say about head pose and eyes."""

from dataclasses import dataclass
from pathlib import Path

import dlib
import numpy as np
from numpy.typing import NDArray

from models.detector import Face
from models.mean_face import MEAN_FACE
from models.weights import DLIB_68_POINTS

Float32 = NDArray[np.float32]

# The point model was trained on the square boxes of dlib's own detector. On 497 photos of Labeled Faces in
# the Wild those have 0.996 of the side of the square with YuNet's area, 0.049 of a side lower.
BOX_SIDE = 0.996
BOX_LOWER = 0.049
# The detector's box of a turned head takes in the ear and the hair behind it, dlib's does not, and with such a
# box its points fall on the wrong half of the face: so the box follows the five points. Of 32 heads turned by
# 45 degrees (Pointing'04) the turn is then read in all, without it in 25; at 60 degrees in all, and in 24.
FOLLOWS_POINTS = 0.7
# Where the mean of the five points lies in the detector's box when the face is seen from the front, from the
# box's middle, in sides.
POINTS_IN_BOX = np.array([0.0, 0.068])

LEFT_EYE = slice(36, 42)
RIGHT_EYE = slice(42, 48)

# Index of each point's mirror image on the other half of the face.
MIRRORED = np.array(
    [
        *range(16, -1, -1),  # jaw
        *range(26, 16, -1),  # brows
        *range(27, 31),  # bridge of the nose
        *range(35, 30, -1),  # nostrils
        *(45, 44, 43, 42, 47, 46),  # eyes
        *(39, 38, 37, 36, 41, 40),
        *range(54, 47, -1),  # lips
        *range(59, 54, -1),
        *range(64, 59, -1),
        *range(67, 64, -1),
    ]
)
OUTER_EYE_CORNERS = (36, 45)

# The mean face's depth, fitted to each person's own frontal photo, is too deep for a fit without one: at this
# share of it turns of 15 and 30 degrees are measured as such.
POSE_DEPTH = np.array([1.0, 1.0, 0.83])


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose in degrees, zero when facing the camera.

    yaw_deg : positive when the nose points to the picture's right.
    pitch_deg : positive when the nose points up.
    roll_deg : positive when the head leans clockwise as seen in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


class Landmarks:
    """dlib's shape predictor (ensemble of regression trees, iBUG 300-W's 68 points)."""

    def __init__(self, weights_dir: Path | None = None) -> None:
        self._predictor = dlib.shape_predictor(str(DLIB_68_POINTS.locate(weights_dir)))

    def find(self, rgb: NDArray[np.uint8], face: Face) -> Float32:
        """(68, 2) float32: x, y in pixels of `rgb`, (H, W, 3) uint8."""
        shape = self._predictor(rgb, _predictor_box(face))
        return np.array([(point.x, point.y) for point in shape.parts()], np.float32)


def _predictor_box(face: Face) -> dlib.rectangle:
    x, y, width, height = (float(value) for value in face.box)
    detected = (width * height) ** 0.5
    middle = np.array([x + width / 2, y + height / 2])
    aside = face.points.mean(axis=0) - middle - POINTS_IN_BOX * detected
    side = BOX_SIDE * detected
    left, top = middle + FOLLOWS_POINTS * aside + (0, BOX_LOWER * side) - side / 2
    return dlib.rectangle(round(left), round(top), round(left + side), round(top + side))


def head_pose(points: Float32) -> Pose:
    """Head pose from the 68 points, by the rotation that brings the mean face nearest to them.

    The affine map from the mean face to the points (least squares) is taken for a scaled rotation seen from
    afar: the orthonormal matrix next to it is the rotation (by the polar decomposition). On the turned heads
    of Pointing'04 the yaw's standard deviation is 5-7 degrees up to 30 degrees; beyond 45 the points slip.

    Parameters
    ----------
    points : (68, 2) float32, pixels.
    """
    basis = np.column_stack([MEAN_FACE * POSE_DEPTH, np.ones(len(MEAN_FACE))])
    affine = np.linalg.lstsq(basis, points.astype(np.float64), rcond=None)[0][:3].T
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    across, down = left @ right
    away = np.cross(across, down)
    facing = -np.array([across[2], down[2], away[2]])
    return Pose(
        yaw_deg=float(np.degrees(np.arctan2(facing[0], -facing[2]))),
        pitch_deg=float(np.degrees(np.arcsin(np.clip(-facing[1], -1, 1)))),
        roll_deg=float(np.degrees(np.arctan2(down[0], across[0]))),
    )


def in_eye_units(points: Float32) -> Float32:
    """The points turned and scaled so that the outer eye corners lie at (-0.5, 0) and (0.5, 0).

    Parameters
    ----------
    points : (68, 2) float32, the corners apart.
    """
    left, right = points[list(OUTER_EYE_CORNERS)]
    (x, y), middle = right - left, (left + right) / 2
    to_level = np.array([(x, y), (-y, x)]) / (x * x + y * y)
    return np.asarray((points - middle) @ to_level.T, np.float32)


def eye_openness(points: Float32) -> tuple[float, float]:
    """Eye aspect ratio of the eye on the picture's left and of the other: lid distance by corner distance.

    Soukupova and Cech, "Real-Time Eye Blink Detection using Facial Landmarks" (2016): about 0.3 open, 0.1
    shut.

    Parameters
    ----------
    points : (68, 2) float32.
    """
    return _aspect_ratio(points[LEFT_EYE]), _aspect_ratio(points[RIGHT_EYE])


def _aspect_ratio(eye: Float32) -> float:
    lids = np.linalg.norm(eye[1] - eye[5]) + np.linalg.norm(eye[2] - eye[4])
    corners = np.linalg.norm(eye[0] - eye[3])
    return float(lids / (2 * corners)) if corners > 0 else 0.0
