"""Attempts at a challenge, and what becomes of them: by the geometry alone, and by all rules."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from benchmarks.liveness_frames import Pool, Reader, Shot
from models.engine import FaceReading
from models.liveness.active import judge
from models.liveness.challenge import ALL_SEQUENCES, Challenge, Step
from models.liveness.frame import FrameReading, TimedFrame
from models.liveness.geometry import MEAN_DEPTH, FrontalFace, Reals
from models.liveness.limits import DEFAULT_LIMITS
from models.liveness.steps import MeasuredFrame, evidence_of, is_on_the_way, judge_step, measure

# Stills show no blink: challenges that ask for one are left out, as if every attacker could blink.
CHALLENGES = [Challenge(steps) for steps in ALL_SEQUENCES if "blink" not in steps]
BETWEEN_FRAMES_MS = 600
BEST_TRIED = 12


@dataclass(frozen=True, slots=True)
class Attempt:
    challenge: Challenge
    selfie: Shot
    frames: Sequence[tuple[int, Shot]]  # the step that each is sent for


@dataclass(frozen=True, slots=True)
class Outcome:
    """evidence : mean of the weakest turn to each side, NaN where one is missing; reasons : of all rules, when
    the geometry holds."""

    person: str
    evidence: float
    geometry: bool
    live: bool
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class Judge:
    """Judges attempts; what pairs of pictures say is measured once."""

    reader: Reader
    depth: Reals = field(default_factory=lambda: MEAN_DEPTH)
    _measured: dict[tuple[Shot, Shot], MeasuredFrame | None] = field(default_factory=dict)
    _selfies: dict[Shot, tuple[FaceReading, FrameReading] | None] = field(default_factory=dict)

    _faces: dict[Shot, FrontalFace | None] = field(default_factory=dict)

    def selfie(self, shot: Shot) -> tuple[FaceReading, FrameReading] | None:
        if shot not in self._selfies:
            self._selfies[shot] = self.reader.selfie(shot)
        return self._selfies[shot]

    def _face(self, selfie: Shot) -> FrontalFace | None:
        if selfie not in self._faces:
            read = self.selfie(selfie)
            self._faces[selfie] = FrontalFace(read[1].points, self.depth) if read else None
        return self._faces[selfie]

    def measured(self, selfie: Shot, shot: Shot) -> MeasuredFrame | None:
        key = selfie, shot
        if key not in self._measured:
            before, after = self._face(selfie), shot.reading
            if before and isinstance(after, FrameReading):
                self._measured[key] = measure(0, 0, after, before)
            else:
                self._measured[key] = None
        return self._measured[key]

    def outcome(self, person: str, attempt: Attempt) -> Outcome:
        by_geometry = self.geometry(person, attempt)
        if not by_geometry.geometry:
            return by_geometry
        reasons = self.reasons(attempt)
        return replace(by_geometry, live=not reasons, reasons=reasons)

    def geometry(self, person: str, attempt: Attempt) -> Outcome:
        """Whether each step was done by a solid face, whoever it is and whenever."""
        results = []
        for index, step in enumerate(attempt.challenge.steps):
            shots = [shot for at, shot in attempt.frames if at == index]
            frames = [frame for shot in shots if (frame := self.measured(attempt.selfie, shot))]
            if frames:
                results.append(judge_step(step, frames, DEFAULT_LIMITS))
        evidence = evidence_of(results)
        holds = (
            len(results) == len(attempt.challenge.steps)
            and all(result.reason is None for result in results)
            and evidence is not None
            and evidence >= DEFAULT_LIMITS.min_evidence
        )
        return Outcome(person, np.nan if evidence is None else evidence, geometry=holds, live=False)

    def reasons(self, attempt: Attempt) -> tuple[str, ...]:
        """Of `models.liveness.active.judge`."""
        selfie = self.selfie(attempt.selfie)
        if selfie is None:
            return ("no_selfie",)
        timed = [
            TimedFrame(step, (at + 1) * BETWEEN_FRAMES_MS, shot.reading)
            for at, (step, shot) in enumerate(attempt.frames)
        ]
        return judge(attempt.challenge, *selfie, timed, self.reader.engine.describe_frames).reasons


def random_attempt(pool: Pool, challenge: Challenge, rng: np.random.Generator) -> Attempt | None:
    """One end for each step, one or two on the way before a turn, each picture once; None when there are too few
    ends."""
    ends = {step: list(rng.permutation(len(shots))) for step, shots in pool.ends.items()}
    ways = {step: list(rng.permutation(len(shots))) for step, shots in pool.on_the_way.items()}
    frames: list[tuple[int, Shot]] = []
    for index, step in enumerate(challenge.steps):
        if not ends[step]:
            return None
        between = [ways[step].pop() for _ in range(2) if ways.get(step)]
        frames += [(index, pool.on_the_way[step][int(at)]) for at in between]
        frames.append((index, pool.ends[step][int(ends[step].pop())]))
    return Attempt(challenge, pool.selfies[int(rng.integers(len(pool.selfies)))], frames)


def best_attempts(judge_: Judge, pool: Pool, challenge: Challenge) -> Iterator[Attempt]:
    """The likeliest attempts of somebody who knows how they will be judged, each selfie's best first."""
    for selfie in pool.selfies:
        choices = [_best_ends(judge_, selfie, pool, step) for step in challenge.steps]
        tried = 0
        for ends in product(*choices):
            if len(set(ends)) < len(ends):
                continue
            yield Attempt(challenge, selfie, list(_with_ways(judge_, selfie, pool, challenge, ends)))
            tried += 1
            if tried == BEST_TRIED:
                break


def _best_ends(judge_: Judge, selfie: Shot, pool: Pool, step: Step) -> list[Shot]:
    good = []
    for shot in pool.ends[step]:
        frame = judge_.measured(selfie, shot)
        if frame and judge_step(step, [frame], DEFAULT_LIMITS).reason is None:
            good.append((frame.turn.evidence, shot))
    return [shot for _, shot in sorted(good, key=lambda pair: -pair[0])]


def _with_ways(
    judge_: Judge, selfie: Shot, pool: Pool, challenge: Challenge, ends: Sequence[Shot]
) -> Iterator[tuple[int, Shot]]:
    sent: set[Shot] = set()
    for index, (step, end) in enumerate(zip(challenge.steps, ends, strict=True)):
        goal = judge_.measured(selfie, end)
        for shot in pool.on_the_way.get(step, ()):
            frame = judge_.measured(selfie, shot)
            if shot not in sent and frame and goal and is_on_the_way(frame, goal, DEFAULT_LIMITS):
                sent.add(shot)
                yield index, shot
                break
        yield index, end


def best_outcome(judge_: Judge, pool: Pool, challenge: Challenge) -> Outcome:
    """That of the attempt that got furthest."""
    furthest = Outcome(pool.person, np.nan, False, False)
    for attempt in best_attempts(judge_, pool, challenge):
        outcome = judge_.outcome(pool.person, attempt)
        if outcome.live:
            return outcome
        if outcome.geometry or not furthest.geometry:
            furthest = outcome
    return furthest


def best_of_sequence(judge_: Judge, person: str, shots: Sequence[Shot], challenge: Challenge) -> Outcome:
    """Any frame as the selfie, and the frames that follow each other in their own order, freely chosen."""
    furthest = Outcome(person, np.nan, False, False)
    for selfie in shots:
        for attempt in _in_order(judge_, selfie, shots, challenge):
            outcome = judge_.outcome(person, attempt)
            if outcome.live:
                return outcome
            if outcome.geometry or not furthest.geometry:
                furthest = outcome
    return furthest


def _in_order(judge_: Judge, selfie: Shot, shots: Sequence[Shot], challenge: Challenge) -> Iterable[Attempt]:
    """Each step takes the first frame that shows it; the frames passed over are sent too, as movement."""
    frames, index = [], 0
    for shot in shots:
        if index == len(challenge.steps):
            break
        frame = judge_.measured(selfie, shot)
        if shot is selfie or frame is None:
            continue
        frames.append((index, shot))
        if judge_step(challenge.steps[index], [frame], DEFAULT_LIMITS).reason is None:
            index += 1
    return [Attempt(challenge, selfie, frames)] if index == len(challenge.steps) else []
