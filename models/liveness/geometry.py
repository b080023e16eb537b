"""Is a turned face solid? Head turns told from tilted, moved and bent photos by 68 points.

Seen from afar, the points of a turned head are those of the same head from the front, mapped affinely in the
plane, plus their depth times the sine of the turn. A tilted photo needs no depth at all. A photo bent to a
cylinder needs the squares of the coordinates, and no face's depth beside them: nose, brows and chin stand out
of any such surface. So the turned points are fitted by least squares with and without the depth of a mean face,
and what counts is how much better the depth explains them.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.landmarks import Float32, eye_openness, in_eye_units
from models.mean_face import MEAN_FACE

Reals: TypeAlias = NDArray[np.floating[Any]]

MEAN_DEPTH: Final[Reals] = MEAN_FACE[:, 2].astype(np.float64)
ALL_POINTS: Final = np.arange(68)
# Brows, eyes, nose and mouth: points of the skin itself. Those of the jaw slide along it when the head turns.
INNER_POINTS: Final = np.arange(17, 68)
BESIDE_THE_EYES: Final = np.array([*range(17, 36), *(36, 39, 42, 45)])  # brows, nose, eye corners
# A residual of nothing would be infinite evidence; landmarks are never surer than this, in eye distances.
LEAST_RESIDUAL: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Turn:
    """How a face turned between two pictures, and how sure it is that it is solid.

    left : sine of the turn to the subject's own left, negative to the right; beyond 40 degrees somewhat more,
        because the eyes, by whose distance it is measured, come closer together. About zero for a flat photo.
    up : sine of the turn upwards; negative downwards.
    planar_residual, solid_residual : root mean square of what the fit without, and with, the depth leaves, in
        distances of the outer eye corners.
    evidence : the sum over three fits (all points on a plane, the inner points on a plane, the inner points on
        any surface of the second degree) of ln of the squared residual without by that with the mean face's
        depth. Never negative; about 1 for flat photos, 2-4 for bent ones, 5-8 for heads turned by 30 degrees.
    """

    left: float
    up: float
    planar_residual: float
    solid_residual: float
    evidence: float


class FrontalFace:
    """A face seen from the front, from which turns are measured."""

    def __init__(self, frontal: Float32, depth: Reals = MEAN_DEPTH) -> None:
        """
        Parameters
        ----------
        frontal : (68, 2) float32, pixels.
        depth : (68,), away from the camera, in distances of the outer eye corners.
        """
        self.points = frontal
        before = in_eye_units(frontal).astype(np.float64)
        self._whole = _Surface.under(before, depth, ALL_POINTS, bent=False)
        self._inner = _Surface.under(before, depth, INNER_POINTS, bent=False)
        self._inner_bent = _Surface.under(before, depth, INNER_POINTS, bent=True)

    def turn_to(self, turned: Float32) -> Turn:
        """The turn to another picture, (68, 2) float32, pixels; its scale, place and lean are its own."""
        after = in_eye_units(turned).astype(np.float64)
        whole, inner, inner_bent = (
            surface.fit(after) for surface in (self._whole, self._inner, self._inner_bent)
        )
        return Turn(
            left=-float(whole.coefficient[0]),
            up=float(whole.coefficient[1]),
            planar_residual=whole.without,
            solid_residual=whole.with_depth,
            evidence=whole.gain + inner.gain + inner_bent.gain,
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    coefficient: Reals
    without: float
    with_depth: float

    @property
    def gain(self) -> float:
        return 2 * float(np.log(max(self.without, LEAST_RESIDUAL) / max(self.with_depth, LEAST_RESIDUAL)))


@dataclass(frozen=True, slots=True)
class _Surface:
    """The plane, or the surface of the second degree, under some points.

    axes : (n, 3 or 6), orthonormal: what such a surface can say. beyond : (n,), the depth freed of that, which
    leaves its coefficient and both residuals to one projection.
    """

    chosen: NDArray[np.intp]
    axes: Reals
    beyond: Reals

    @classmethod
    def under(cls, points: Reals, depth: Reals, chosen: NDArray[np.intp], *, bent: bool) -> "_Surface":
        x, y = points[chosen].T
        surface = [x, y, np.ones(len(x))]
        if bent:
            surface += [x * x, x * y, y * y]
        axes, _ = np.linalg.qr(np.column_stack(surface))
        return cls(chosen, axes, depth[chosen] - axes @ (axes.T @ depth[chosen]))

    def fit(self, turned: Reals) -> _Fit:
        rest = turned[self.chosen] - self.axes @ (self.axes.T @ turned[self.chosen])
        coefficient = self.beyond @ rest / max(float(self.beyond @ self.beyond), LEAST_RESIDUAL**2)
        return _Fit(coefficient, _spread(rest), _spread(rest - np.outer(self.beyond, coefficient)))


def _spread(rest: Reals) -> float:
    return float(np.sqrt(np.vdot(rest, rest) / len(rest)))


def openness_against(open_eyed: Float32, points: Float32) -> float:
    """How far the eyes are open, as a share of what they are in another picture of the same person.

    The points are first mapped affinely onto the other picture's by brows, nose and eye corners, so that a face
    that is tilted, or a photo that is, does not pass for closed eyes.

    Parameters
    ----------
    open_eyed, points : (68, 2) float32, pixels.
    """
    basis = np.column_stack([points, np.ones(68)]).astype(np.float64)
    affine = np.linalg.lstsq(basis[BESIDE_THE_EYES], open_eyed[BESIDE_THE_EYES], rcond=None)[0]
    mapped = np.asarray(basis @ affine, np.float32)
    return float(np.mean(eye_openness(mapped)) / max(float(np.mean(eye_openness(open_eyed))), 0.05))
