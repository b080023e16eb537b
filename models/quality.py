"""How fit a face photo is to be recognised, in numbers, and the reasons to refuse it that follow.

Everything about the face itself is measured on one chip of 112 px aligned on the detector's points, so that it
depends on the face and not on the size of the picture.

Light is judged by what is lost and not by how bright the skin is: the lightest parts of the face, and the
shares of it that are black or burnt out. Dark skin in good light has eye whites and highlights like any other:
of the London portraits the darkest face has a `brightness` of 95, three times the limit at check-in.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Face
from models.encoder import SFACE_POINTS, aligned_chip, similarity_transform
from models.landmarks import eye_openness, head_pose

Rgb: TypeAlias = NDArray[np.uint8]
Float32: TypeAlias = NDArray[np.float32]
Reals: TypeAlias = NDArray[np.floating[Any]]

CHIP_PX: Final = 112
# Rows and columns of that chip: brows to chin between the cheeks, and the parts looked at one by one.
INNER_FACE: Final = np.s_[30:104, 26:86]
EYES: Final = (np.s_[50:66, 28:49], np.s_[50:66, 63:84])
CHEEKS: Final = (np.s_[70:84, 30:42], np.s_[70:84, 70:82])
BARE_SKIN: Final = (
    np.s_[60:68, 26:44],
    np.s_[60:68, 68:86],
    np.s_[50:62, 51:61],
)  # under the eyes, nose bridge
LOWER_CHEEKS: Final = (np.s_[76:90, 30:40], np.s_[76:90, 72:82])
NOSE_TIP: Final = np.s_[67:76, 48:64]
MOUTH_TO_CHIN: Final = np.s_[76:112, 46:66]
# The visible part of a face: the ellipse from the forehead to the chin in the same chip.
OVAL_CENTRE: Final = (56.0, 62.0)
OVAL_RADII: Final = (34.0, 46.0)

BLACK: Final = 16
BURNT_OUT: Final = 245
# Of an average face on 80 head turns a side (Pointing'04): how far the nose tip stands out of the line through
# the middle of the eyes and of the mouth when seen from the side, and the distance of the eyes seen from the
# front, both in units of the distance from eyes to mouth.
NOSE_PROTRUSION: Final = 0.45
EYE_DISTANCE: Final = 1.02

PROBLEMS: Final = (
    "face_too_small",
    "blurred",
    "too_dark",
    "too_bright",
    "turned_away",
    "tilted",
    "cut_off",
    "covered",
)


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """What is still accepted. `benchmarks/quality.py` shows what each limit refuses."""

    min_eye_distance_px: float
    min_sharpness: float
    min_brightness: float
    max_shadow_share: float
    max_clipped_share: float
    max_yaw_deg: float
    max_pitch_deg: float
    max_roll_deg: float
    min_visible_share: float
    min_eye_lightness: float
    max_mouth_hidden: float


@dataclass(frozen=True, slots=True)
class Quality:
    """One face in numbers.

    eye_distance_px : between the eyes, in the picture as it is read.
    sharpness : 0 (nothing but blur) to about 0.5, in the direction that is blurred most: how much of the
        picture's change from pixel to pixel is lost by blurring it again (Crete et al., "The blur effect",
        2007).
    brightness : luma 0..255 that 5 % of the face exceed: highlights and eye whites, whatever the skin.
    contrast : the span of luma between the darkest and the lightest 5 % of the face.
    shadow_share, clipped_share : shares of the face that are black, and burnt out.
    yaw_deg, pitch_deg, roll_deg : head pose, zero when facing the camera; signs as in `landmarks.Pose`.
    visible_share : share of the face's oval inside the picture.
    eye_openness : eye aspect ratio of the eye that is open less.
    eye_lightness : how light the surroundings of the eyes are against the cheeks; about 0.9, behind dark
        glasses under 0.5.
    mouth_hidden : 0..1, how sure it is that a mask or a hand hides the mouth.
    detector_score : the detector's confidence, 0..1.
    """

    eye_distance_px: float
    sharpness: float
    brightness: float
    contrast: float
    shadow_share: float
    clipped_share: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    visible_share: float
    eye_openness: float
    eye_lightness: float
    mouth_hidden: float
    detector_score: float

    def problems(self, limits: QualityLimits) -> tuple[str, ...]:
        """Codes of all that keeps the photo from being used, always in this order; none when it is fit.

        "covered" is only said of a face that is well to be seen: what blur, darkness, glare or an edge hides
        looks much like what a hand does.
        """
        found = {
            "face_too_small": self.eye_distance_px < limits.min_eye_distance_px,
            "blurred": self.sharpness < limits.min_sharpness,
            "too_dark": self.brightness < limits.min_brightness
            or self.shadow_share > limits.max_shadow_share,
            "too_bright": self.clipped_share > limits.max_clipped_share,
            "tilted": abs(self.roll_deg) > limits.max_roll_deg,
            "cut_off": self.visible_share < limits.min_visible_share,
        }
        found["covered"] = not any(found.values()) and (
            self.eye_lightness < limits.min_eye_lightness or self.mouth_hidden > limits.max_mouth_hidden
        )
        found["turned_away"] = (
            abs(self.yaw_deg) > limits.max_yaw_deg or abs(self.pitch_deg) > limits.max_pitch_deg
        )
        return tuple(code for code in PROBLEMS if found[code])


def measure(rgb: Rgb, face: Face, points: Float32) -> Quality:
    """The quality of one face.

    Parameters
    ----------
    rgb : (H, W, 3) uint8, RGB.
    face : as found in `rgb`.
    points : (68, 2) float32, its landmarks, pixels of `rgb`.
    """
    chip = _chip(rgb, face)
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inner = luma[INNER_FACE]
    darkest, lightest = np.percentile(inner, (5, 95))
    pose = head_pose(points)
    return Quality(
        eye_distance_px=float(np.linalg.norm(face.points[1] - face.points[0])),
        sharpness=_sharpness(inner),
        brightness=float(lightest),
        contrast=float(lightest - darkest),
        shadow_share=float((inner <= BLACK).mean()),
        clipped_share=float((inner >= BURNT_OUT).mean()),
        yaw_deg=_yaw_deg(face.points),
        pitch_deg=pose.pitch_deg,
        roll_deg=pose.roll_deg,
        visible_share=_visible_share(rgb, face.points),
        eye_openness=min(eye_openness(points)),
        eye_lightness=_eye_lightness(luma),
        mouth_hidden=_mouth_hidden(chip, face.score),
        detector_score=face.score,
    )


def _chip(rgb: Rgb, face: Face) -> Rgb:
    # Of a large picture only what the chip shows is made smaller: a quarter of the time.
    inverse = similarity_transform(SFACE_POINTS, face.points)
    corners = (
        np.array([(0, 0), (CHIP_PX, 0), (0, CHIP_PX), (CHIP_PX, CHIP_PX)]) @ inverse[:, :2].T + inverse[:, 2]
    )
    height, width = rgb.shape[:2]
    left, top = (int(value) for value in np.clip(corners.min(axis=0) - 2, 0, (width - 1, height - 1)))
    right, bottom = (int(value) for value in np.maximum(corners.max(axis=0) + 3, (left + 1, top + 1)))
    shifted = face.points - np.array([left, top], np.float32)
    return aligned_chip(rgb[top:bottom, left:right], shifted, SFACE_POINTS, CHIP_PX)


def _sharpness(luma: Float32) -> float:
    # A little blur first, so that sensor noise and the blocks of JPEG do not pass for detail.
    smooth = np.asarray(cv2.GaussianBlur(luma, (0, 0), 0.7), np.float32)
    row, diagonal = np.full((1, 9), 1 / 9, np.float32), np.eye(7, dtype=np.float32) / 7
    shares = []
    for kernel, (dy, dx) in ((row, (0, 1)), (row.T, (1, 0)), (diagonal, (1, 1)), (diagonal[::-1], (1, -1))):
        change = _change(smooth, dy, dx)
        kept = _change(np.asarray(cv2.filter2D(smooth, -1, kernel), np.float32), dy, dx)
        shares.append(1 - kept / change if change > 0 else 0.0)
    return float(min(shares))


def _change(luma: Reals, dy: int, dx: int) -> float:
    """Sum of the absolute differences to the neighbour `dy` rows and `dx` columns away; the edges wrap."""
    return float(np.abs(luma - np.roll(luma, (dy, dx), (0, 1)))[1:, 1:-1].sum())


def _yaw_deg(five: Float32) -> float:
    """Yaw from the detector's points.

    They follow a turn further than the 68 do: correlation with the angle on Pointing'04 0.97 against 0.85, and
    the median at 60 degrees is 56 against 23.
    """
    left_eye, right_eye, nose = five[:3].astype(np.float64)
    apart = float(np.linalg.norm(right_eye - left_eye))
    across = (right_eye - left_eye) / max(apart, 1e-6)
    aside = float((nose - (left_eye + right_eye) / 2) @ across)
    return float(np.degrees(np.arctan2(aside / NOSE_PROTRUSION, apart / EYE_DISTANCE)))


def _visible_share(rgb: Rgb, five: Float32) -> float:
    # Not of the detector's box: that shrinks to what is to be seen when half a face is cut off.
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 24), np.linspace(-1, 1, 24)), axis=-1).reshape(-1, 2)
    oval = grid[(grid**2).sum(axis=1) <= 1] * OVAL_RADII + OVAL_CENTRE
    matrix = similarity_transform(SFACE_POINTS, five)
    x, y = matrix[:, :2] @ oval.T + matrix[:, 2:]
    return float(((x >= 0) & (x < rgb.shape[1]) & (y >= 0) & (y < rgb.shape[0])).mean())


def _eye_lightness(luma: Float32) -> float:
    cheeks = float(np.median([luma[part] for part in CHEEKS]))
    eyes = [float(np.percentile(luma[part], 60)) for part in EYES]
    return float(np.exp(np.mean([np.log((eye + 5) / (cheeks + 5)) for eye in eyes])))


def _mouth_hidden(chip: Rgb, score: float) -> float:
    """Three cues: the colour of nose and cheeks is not that of the skin under the eyes, the dark line between the
    lips is missing, and the detector is less sure. Beards keep the colour of the nose and the line; headscarves
    leave the places looked at free."""
    lab = cv2.cvtColor(chip, cv2.COLOR_RGB2LAB).astype(np.float32) * (100 / 255, 1, 1)
    skin = np.median(np.concatenate([lab[part].reshape(-1, 3) for part in BARE_SKIN]), axis=0)
    nose = _colour_distance(lab[NOSE_TIP], skin)
    cheeks = min(_colour_distance(lab[part], skin) for part in LOWER_CHEEKS)
    lips = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.5)[MOUTH_TO_CHIN].mean(axis=1)
    dips = (lips[:-10] + lips[10:]) / 2 - lips[5:-5]
    line = float(dips.max() / (skin[0] + 5))
    # Logistic regression: half of 3,658 faces of Labeled Faces in the Wild against half of 3,800 faces with drawn
    # masks and hands (benchmarks/degradations.py).
    logit = 90.2 - 15.4 * line + 0.605 * float(np.hypot(nose, cheeks)) - 98.4 * score
    return float(1 / (1 + np.exp(-logit)))


def _colour_distance(part: Reals, skin: Reals) -> float:
    """How far a part's chroma is from the bare skin's, in standard deviations of faces with nothing on."""
    colour = (np.median(part.reshape(-1, 3), axis=0) - skin)[1:] / (skin[0] + 20) * 50
    return float(np.hypot(*((colour - (1.0, 0.0)) / (1.9, 2.1))))


# Where the limits come from: `benchmarks/quality.py`. The shares are of people whom SFace recognises by the
# undamaged photo, at the shipped threshold, and no more by the damaged one.
# - Eye distance: 2 % at 16 px, 5 % at 12 px, 16 % at 8 px.
# - Sharpness: blur (standard deviation in eye distances) of 0.06: 5 %, 0.08: 11 %, 0.1: 30 %; a motion of 0.3:
#   20 %, 0.5: 88 %. One in a thousand photos of Labeled Faces in the Wild is under 0.23, five are under 0.25.
# - Brightness: a tenth of the light 2 %, a fiftieth (brightness about 30) 7 %, a two-hundredth 37 %. The darkest
#   face of the portraits has 95, of the webcam frames 54.
# - Shadows: gamma 4 (0.4 of the face black) 13 %, gamma 6 (0.7) 35 %; burnt-out: 5 times the light (0.44 of the
#   face) 10 %, 8 times (0.65) 28 %. Of 3,693 photos from the press one in a thousand has 0.23 and 0.14.
# - Yaw, on Pointing'04 against a frontal photo of the other sitting: 30 degrees 1 %, 45: 2 %, 60: 11 %. Pitch
#   reads about half of the real angle.
# - Roll: 15 degrees 3 %, 25 degrees 15 %, 35 degrees 39 %.
# - Visible share: 0.3 of the face cut off 5-13 %, 0.5 cut off 42-98 %.
# - Eyes and mouth: chosen by false alarms, about four in a thousand photos of Labeled Faces in the Wild.
CHECKIN_LIMITS: Final = QualityLimits(
    min_eye_distance_px=16,
    min_sharpness=0.22,
    min_brightness=32,
    max_shadow_share=0.4,
    max_clipped_share=0.5,
    max_yaw_deg=60,
    max_pitch_deg=40,
    max_roll_deg=25,
    min_visible_share=0.75,
    min_eye_lightness=0.5,
    max_mouth_hidden=0.9,
)
# A template serves for years and its photo can be taken again at once: stricter where that costs little.
ENROLMENT_LIMITS: Final = QualityLimits(
    min_eye_distance_px=30,
    min_sharpness=0.25,
    min_brightness=50,
    max_shadow_share=0.25,
    max_clipped_share=0.25,
    max_yaw_deg=40,
    max_pitch_deg=30,
    max_roll_deg=15,
    min_visible_share=0.95,
    min_eye_lightness=0.55,
    max_mouth_hidden=0.85,
)
