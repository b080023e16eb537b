"""Who of many is before the camera: a search (1:N) that names somebody, or is not sure.

A search compares with everybody, so that its threshold grows with the number of people; and where the runner-up is
nearly as similar, which of the two it is stays open.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from models.calibration import SHIPPED_FMR, fmr_for_fpir

Key = TypeVar("Key")

# Of a thousand strangers before a kiosk one is taken for somebody, which a busy door sees in years.
WANTED_FPIR: Final = 1e-3
# By encoders: how much the threshold rises for a tenth of the FMR. From `python -m benchmarks.kiosk`, between an
# FMR of 1e-4 and of 1e-5, rounded up; what lies beyond is taken to go on so. The searches of that benchmark among
# 30 to 871 people then have an FPIR of 0.04 to 0.14 % (SFace and dlib).
_PER_DECADE: Final[Mapping[frozenset[str], float]] = MappingProxyType(
    {
        frozenset({"sface", "dlib"}): 0.035,
        frozenset({"sface"}): 0.056,
        frozenset({"dlib"}): 0.012,
    }
)
# By encoders: how much the best must lead the runner-up by. From the same benchmark: there it keeps two thirds of
# those who would be taken for somebody else from it, and sends less than one more in a hundred to the keypad.
_MARGINS: Final[Mapping[frozenset[str], float]] = MappingProxyType(
    {
        frozenset({"sface", "dlib"}): 0.08,
        frozenset({"sface"}): 0.13,
        frozenset({"dlib"}): 0.03,
    }
)


def search_threshold(
    verification: float, encoders: Collection[str], people: int, fpir: float = WANTED_FPIR
) -> float:
    """The similarity from which a search among so many people names somebody.

    verification : the threshold of one comparison, at an FMR of `SHIPPED_FMR`; never less than it is given.
    fpir : the wanted share of searches for strangers that name somebody.
    """
    decades = log10(SHIPPED_FMR / fmr_for_fpir(fpir, max(1, people)))
    return verification + max(0.0, decades) * _PER_DECADE[frozenset(encoders)]


def search_margin(encoders: Collection[str]) -> float:
    """By how much the best of a search must lead the runner-up."""
    return _MARGINS[frozenset(encoders)]


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Key]):
    """`threshold`: from which this person may be named."""

    key: Key
    similarity: float
    threshold: float


def named(candidates: Sequence[Candidate[Key]], margin: float) -> Candidate[Key] | None:
    """The most similar candidate, when it reaches its threshold and leads all others by the margin; else None.

    Whoever is more similar than the others and does not reach their own threshold still stands in their way.
    """
    if not candidates:
        return None
    best, *others = sorted(candidates, key=lambda one: -one.similarity)
    runner_up = others[0].similarity if others else float("-inf")
    sure = best.similarity >= best.threshold and best.similarity - runner_up >= margin
    return best if sure else None
