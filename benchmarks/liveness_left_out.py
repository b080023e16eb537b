"""Genuine turns judged by what other people's turns taught: depth and threshold without the person themself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.liveness_attempts import CHALLENGES, Judge, Outcome, random_attempt
from benchmarks.liveness_frames import Pool, Reader, Turned
from benchmarks.liveness_rates import Rate, rate_of
from benchmarks.mean_face import MOST_PAN_DEG, MOST_TILT_DEG, HeadTurn, mean_depth, symmetric
from models.landmarks import in_eye_units
from models.liveness.frame import FrameReading
from models.liveness.geometry import Reals
from models.liveness.limits import DEFAULT_LIMITS

SEED = 2
THRESHOLD_BPCER = 0.01


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Geometry alone, leave-one-person-out.

    shipped : BPCER at the shipped limits, the mean face's depth being that of the other people.
    own : BPCER when `min_evidence` too is set on the other people, to refuse one of a hundred of theirs.
    thresholds : the lowest and the highest of those.
    lowest_evidence : the lowest of any genuine attempt.
    """

    shipped: Rate
    own: Rate
    thresholds: tuple[float, float]
    lowest_evidence: float


def left_out(
    series: Mapping[str, Turned], pools: Mapping[str, Pool], reader: Reader, attempts: int
) -> LeftOut:
    turns = [turn for name, shots in series.items() for turn in _turns(name, shots)]
    people = sorted({pool.person for pool in pools.values()})
    names: list[str] = []
    shipped: list[bool] = []
    refused_own: list[bool] = []
    thresholds: list[float] = []
    lowest: list[float] = []
    for person in people:
        depth = _depth([turn for turn in turns if not turn[0].startswith(person)])
        outcomes = _outcomes(pools, Judge(reader, depth), attempts)
        others = np.array([o.evidence for o in outcomes if o.person != person])
        threshold = float(np.nanquantile(others, THRESHOLD_BPCER))
        own = [o for o in outcomes if o.person == person]
        thresholds.append(threshold)
        lowest += [o.evidence for o in own]
        names += [person] * len(own)
        shipped += [not o.geometry for o in own]
        # Steps that were not done are refused at any threshold.
        undone = [not o.geometry and o.evidence >= DEFAULT_LIMITS.min_evidence for o in own]
        refused_own += [bad or not o.evidence >= threshold for o, bad in zip(own, undone, strict=True)]
    return LeftOut(
        shipped=rate_of(shipped, names),
        own=rate_of(refused_own, names),
        thresholds=(min(thresholds), max(thresholds)),
        lowest_evidence=float(np.nanmin(lowest)),
    )


def _outcomes(pools: Mapping[str, Pool], judge: Judge, attempts: int) -> list[Outcome]:
    rng = np.random.default_rng(SEED)
    outcomes = []
    for pool in pools.values():
        for at in rng.integers(len(CHALLENGES), size=attempts):
            attempt = random_attempt(pool, CHALLENGES[int(at)], rng)
            if attempt:
                outcomes.append(judge.geometry(pool.person, attempt))
    return outcomes


def _turns(name: str, shots: Turned) -> list[HeadTurn]:
    return [
        (name, tilt, pan, in_eye_units(shot.reading.points).astype(np.float64))
        for (tilt, pan), shot in shots.items()
        if isinstance(shot.reading, FrameReading)
    ]


def _depth(turns: list[HeadTurn]) -> Reals:
    """As `benchmarks.mean_face` makes it."""
    frontal = {name: points for name, tilt, pan, points in turns if tilt == pan == 0}
    mean = np.mean([symmetric(points) for points in frontal.values()], axis=0)
    moved = [
        turn
        for turn in turns
        if turn[1:3] != (0, 0) and abs(turn[1]) <= MOST_TILT_DEG and abs(turn[2]) <= MOST_PAN_DEG
    ]
    return mean_depth(moved, frontal, mean)
