"""Cues of a print or a screen in one selfie.

They may raise a flag and are shown to the auditor; they never carry the decision. Measured: such cues separate
well inside one data set and hardly across data sets, because they follow the camera and the light as much as
the attack. What decides is the challenge over several frames.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detector import Face

Rgb: TypeAlias = NDArray[np.uint8]
Float32: TypeAlias = NDArray[np.float32]

SPECTRUM_PX: Final = 128
FACE_PX: Final = 96
AROUND_PX: Final = 128
# Cycles a pixel: below, the face itself; above, what the camera's own colour pattern and JPEG leave.
MOIRE_BAND: Final = (0.1, 0.45)
MOIRE_RINGS: Final = 11
# How much of a face's size is looked at on each side of it.
MARGIN: Final = 0.5

# Of each cue the value at which it is usual and that at which it becomes a flag, from `benchmarks/liveness.py`:
# medians of live people, and what about one in a hundred of them goes beyond in each of four data sets. The
# limits catch few attacks; where they lie depends on cameras, so they are no ground for a decision.
CUE_LIMITS: Final = {
    "moire_peak": (3.2, 4.7),
    "chroma_spread": (4.3, 2.2),
    "highlight_contrast": (0.6, 0.18),
    "surroundings_sharpness": (0.0, 0.75),
}
# MiniFASNet's own decision: the class of living faces outweighs the two others.
LEAST_LIVE_PROBABILITY: Final = 0.5

_RADIUS: Final = np.hypot(np.fft.fftfreq(SPECTRUM_PX)[:, None], np.fft.rfftfreq(SPECTRUM_PX))
_RINGS: Final = tuple(
    (low <= _RADIUS) & (high > _RADIUS)
    for low, high in np.lib.stride_tricks.sliding_window_view(np.linspace(*MOIRE_BAND, MOIRE_RINGS + 1), 2)
)
_WINDOW: Final = np.outer(np.hanning(SPECTRUM_PX), np.hanning(SPECTRUM_PX))


@dataclass(frozen=True, slots=True)
class PassiveLiveness:
    """The cues, without a verdict.

    moire_peak : natural logarithm of how far the strongest spatial frequency in the middle of the face stands
        out among those of the same fineness. A screen's grid and a print's raster stand out.
    chroma_spread : standard deviation of the face's chroma, 0..255 scale. Prints and screens have less.
    highlight_contrast : how far the lightest parts of the face stand out of its lighter half. Paper has no
        highlights of its own.
    surroundings_sharpness : natural logarithm of the detail around the face by the detail in it. A print held
        before the camera is as sharp as its surroundings on the paper; a room behind a person often is not.
    minifasnet : probability of a living face by the operator's network; None without one.
    """

    moire_peak: float
    chroma_spread: float
    highlight_contrast: float
    surroundings_sharpness: float
    minifasnet: float | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the cues that are beyond their limit: a hint to the auditor, never a verdict."""
        beyond = [name for name, share in self._shares().items() if share >= 1]
        if self.minifasnet is not None and self.minifasnet < LEAST_LIVE_PROBABILITY:
            beyond.append("minifasnet")
        return tuple(beyond)

    @property
    def score(self) -> float:
        """0..1: how far the cues are on the way from what is usual to their limits, on average."""
        return float(np.mean([min(max(share, 0.0), 1.0) for share in self._shares().values()]))

    def _shares(self) -> dict[str, float]:
        values = asdict(self)
        return {name: (values[name] - usual) / (limit - usual) for name, (usual, limit) in CUE_LIMITS.items()}


def measure(rgb: Rgb, face: Face) -> PassiveLiveness:
    """The cues of one face in `rgb`, (H, W, 3) uint8, RGB."""
    chroma = cv2.cvtColor(_inner_face(rgb, face), cv2.COLOR_RGB2YCrCb).reshape(-1, 3).astype(np.float32)
    middle, light, lightest = np.percentile(chroma[:, 0], (50, 85, 97))
    return PassiveLiveness(
        moire_peak=_moire_peak(rgb, face),
        chroma_spread=float(chroma[:, 1:].std(axis=0).mean()),
        highlight_contrast=float((lightest - light) / max(light - middle, 1.0)),
        surroundings_sharpness=_surroundings_sharpness(rgb, face),
    )


def _clipped(rgb: Rgb, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
    """Rows and columns of the part of a box that is in the picture: at least one of each."""
    height, width = rgb.shape[:2]
    x0, y0 = int(np.clip(left, 0, width - 1)), int(np.clip(top, 0, height - 1))
    return slice(y0, int(np.clip(bottom, y0 + 1, height))), slice(x0, int(np.clip(right, x0 + 1, width)))


def _inner_face(rgb: Rgb, face: Face) -> Rgb:
    x, y, width, height = (float(value) for value in face.box)
    inner = rgb[_clipped(rgb, x + width / 6, y + height / 6, x + width * 5 / 6, y + height * 5 / 6)]
    return np.asarray(cv2.resize(inner, (FACE_PX, FACE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _moire_peak(rgb: Rgb, face: Face) -> float:
    # At the picture's own scale, because any resizing removes the raster or makes another.
    x, y = (float(value) for value in face.points.mean(axis=0))
    half = SPECTRUM_PX / 2
    patch = rgb[_clipped(rgb, x - half, y - half, x + half, y + half)]
    grey = _square(cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY).astype(np.float32))
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * _WINDOW)) ** 2 + 1.0
    return float(np.log(max(power[ring].max() / np.median(power[ring]) for ring in _RINGS)))


def _square(grey: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    rows, columns = (min(side, SPECTRUM_PX) for side in grey.shape)
    square = np.full((SPECTRUM_PX, SPECTRUM_PX), grey.mean(), np.float32)
    square[:rows, :columns] = grey[:rows, :columns]
    return square


def _surroundings_sharpness(rgb: Rgb, face: Face) -> float:
    x, y, width, height = (float(value) for value in face.box)
    aside, above = MARGIN * width, MARGIN * height
    rows, columns = _clipped(rgb, x - aside, y - above, x + width + aside, y + height + above)
    shape = (AROUND_PX, AROUND_PX)
    region = rgb[rows, columns]
    step = max(1, min(region.shape[:2]) // (2 * AROUND_PX))  # finer detail is lost in the resizing anyway
    grey = cv2.cvtColor(np.ascontiguousarray(region[::step, ::step]), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, shape, interpolation=cv2.INTER_AREA).astype(np.float32)
    detail = np.abs(cv2.Laplacian(cv2.GaussianBlur(small, (0, 0), 0.7), cv2.CV_32F))
    inside = np.zeros(rgb.shape[:2], np.uint8)
    inside[_clipped(rgb, x, y, x + width, y + height)] = 1
    in_face = cv2.resize(inside[rows, columns], shape, interpolation=cv2.INTER_NEAREST) > 0
    if in_face.all() or not in_face.any():
        return 0.0
    return float(np.log((detail[~in_face].mean() + 0.1) / (detail[in_face].mean() + 0.1)))
