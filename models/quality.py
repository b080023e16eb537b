"""How fit a face photo is to be recognised, in numbers, and the reasons to refuse it that follow."""

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Face
from models.encoder import SFACE_POINTS, aligned_chip
from models.landmarks import eye_openness, head_pose

Rgb: TypeAlias = NDArray[np.uint8]
Grey: TypeAlias = NDArray[np.float32]

CHIP_PX: Final = 112


@dataclass(frozen=True, slots=True)
class Quality:
    """Plain numbers about one face."""

    eye_distance_px: float
    sharpness: float
    brightness: float
    contrast: float
    clipped_share: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    visible_share: float
    eye_openness: float
    detector_score: float
    covered: float

    def problems(self, limits: "QualityLimits") -> tuple[str, ...]:
        """Codes of everything that keeps the photo from being used, in a fixed order; empty when it is fit."""
        found = {
            "face_too_small": self.eye_distance_px < limits.min_eye_distance_px,
            "blurred": self.sharpness < limits.min_sharpness,
            "too_dark": self.brightness < limits.min_brightness,
            "too_bright": self.clipped_share > limits.max_clipped_share,
            "turned_away": abs(self.yaw_deg) > limits.max_yaw_deg
            or abs(self.pitch_deg) > limits.max_pitch_deg,
            "tilted": abs(self.roll_deg) > limits.max_roll_deg,
            "cut_off": self.visible_share < limits.min_visible_share,
            "covered": self.covered > limits.max_covered,
        }
        return tuple(code for code, is_found in found.items() if is_found)


@dataclass(frozen=True, slots=True)
class QualityLimits:
    min_eye_distance_px: float
    min_sharpness: float
    min_brightness: float
    max_clipped_share: float
    max_yaw_deg: float
    max_pitch_deg: float
    max_roll_deg: float
    min_visible_share: float
    max_covered: float


CHECKIN_LIMITS: Final = QualityLimits(20, 0.1, 40, 0.5, 45, 45, 45, 0.8, 1.0)
ENROLMENT_LIMITS: Final = QualityLimits(35, 0.2, 60, 0.3, 25, 25, 25, 0.95, 0.9)


def measure(rgb: Rgb, face: Face, points: NDArray[np.float32]) -> Quality:
    """First numbers; limits not calibrated yet."""
    chip = aligned_chip(rgb, face.points, SFACE_POINTS, CHIP_PX)
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = grey[30:100, 26:86]
    low, high = np.percentile(inner, (5, 95))
    pose = head_pose(points)
    blurred = cv2.GaussianBlur(inner, (0, 0), 2)
    x, y, width, height = (float(v) for v in face.box)
    seen_width = min(x + width, rgb.shape[1]) - max(x, 0)
    seen_height = min(y + height, rgb.shape[0]) - max(y, 0)
    return Quality(
        eye_distance_px=float(np.linalg.norm(face.points[1] - face.points[0])),
        sharpness=float(np.abs(inner - blurred).mean() / max(high - low, 1) * 10),
        brightness=float(high),
        contrast=float(high - low),
        clipped_share=float((inner >= 250).mean()),
        yaw_deg=pose.yaw_deg,
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
        visible_share=max(0.0, seen_width) * max(0.0, seen_height) / (width * height),
        eye_openness=min(eye_openness(points)),
        detector_score=face.score,
        covered=0.0,
    )
