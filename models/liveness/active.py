"""A challenge over a few frames: what a phone is asked to see, and whether it saw a living person do it.

What carries the decision: a solid head that turns to both sides (`geometry`), in the order asked, of one person,
in one sitting (`continuity`). A screen that plays a turning head, and a head that is computed while the challenge
runs, have all of that: against them there are the random order, the short time, and the cues of `passive`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from models.engine import FaceReading
from models.liveness.challenge import Challenge, Step
from models.liveness.frame import FrameReading, TimedFrame
from models.liveness.geometry import FrontalFace
from models.liveness.identity import Describe, Identity, identity_of
from models.liveness.limits import DEFAULT_LIMITS, ActiveLimits
from models.liveness.sitting import changes_over, sitting_numbers, sitting_reasons
from models.liveness.steps import (
    MeasuredFrame,
    StepResult,
    evidence_of,
    is_on_the_way,
    judge_step,
    measure,
)

__all__ = ["ActiveLimits", "ActiveLiveness", "Challenge", "Step", "TimedFrame", "judge"]

Verdict: TypeAlias = Literal["live", "failed", "missing"]

# In the order in which they are named.
REASONS: Final = (
    "frames_missing",
    "wrong_order",
    "turn_too_small",
    "flat_face",
    "no_blink",
    "not_the_same_face",
    "repeated_frame",
    "not_continuous",
    "moves_with_surroundings",
    "selfie_not_frontal",
)


@dataclass(frozen=True, slots=True)
class ActiveLiveness:
    """What the frames of a challenge say.

    verdict : "live" without any reason; "missing" when all that is wrong is that frames are missing; else
        "failed".
    reasons : codes of `REASONS`, in that order, each once.
    numbers : what the reasons rest on, for the auditor, by name; of each step "0_left_sine", "0_left_evidence",
        "1_blink_openness", ..., then the whole's.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    numbers: dict[str, float]


def judge(
    challenge: Challenge,
    selfie: FaceReading,
    selfie_frame: FrameReading,
    frames: Sequence[TimedFrame],
    describe: Describe,
    limits: ActiveLimits = DEFAULT_LIMITS,
) -> ActiveLiveness:
    """Whether a living person did what the challenge asked.

    Parameters
    ----------
    selfie : the selfie of the check-in, taken just before the first step.
    selfie_frame : the same picture read as a frame, by `FaceEngine.read_sitting`.
    frames : in the order in which the phone says that it took them. Each step needs one frame or more of its
        end, one turn aside at least one on the way there.
    describe : called once at most, for the frames whose faces are compared.
    """
    face = FrontalFace(selfie_frame.points)
    measured = [
        measure(frame.step, frame.at_ms, frame.reading, face)
        for frame in frames
        if isinstance(frame.reading, FrameReading)
    ]
    results = _judge_steps(challenge, measured, limits)
    changes = changes_over(selfie_frame, measured)
    found: set[str] = {result.reason for result in results if result.reason}
    found |= _order_and_time(challenge, frames, limits)
    found |= _whole(results, selfie, limits)
    found |= sitting_reasons(measured, changes, limits)
    ways = _ways(results, measured, limits)
    if len(results) < len(challenge.steps):
        found.add("frames_missing")
    elif len(ways) < limits.min_ways:
        found.add("not_continuous")
    counted = [frame.reading for frame in (*(result.end for result in results), *ways[: limits.min_ways])]
    identity = identity_of(selfie_frame, counted, measured, describe, limits)
    found |= _identity_reasons(identity, limits)
    numbers = {
        **_step_numbers(results),
        **({} if identity.farthest is None else {"distance": identity.farthest}),
        **sitting_numbers(changes),
        "frames": float(len(frames)),
        "frames_without_face": float(len(frames) - len(measured)),
        "selfie_yaw_deg": selfie.quality.yaw_deg,
    }
    return ActiveLiveness(_verdict(found), tuple(code for code in REASONS if code in found), numbers)


def _verdict(found: set[str]) -> Verdict:
    if not found:
        return "live"
    return "missing" if found == {"frames_missing"} else "failed"


def _judge_steps(
    challenge: Challenge, measured: Sequence[MeasuredFrame], limits: ActiveLimits
) -> list[StepResult]:
    """Of each step with a face in one of its frames at least."""
    results = []
    for index, step in enumerate(challenge.steps):
        if own := [frame for frame in measured if frame.step == index]:
            results.append(judge_step(step, own, limits))
    return results


def _order_and_time(challenge: Challenge, frames: Sequence[TimedFrame], limits: ActiveLimits) -> set[str]:
    found = set()
    steps = [frame.step for frame in frames]
    times = [0, *(frame.at_ms for frame in frames)]
    if steps != sorted(steps) or any(step not in range(len(challenge.steps)) for step in steps):
        found.add("wrong_order")
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if any(gap < 0 for gap in gaps):
        found.add("wrong_order")
    if any(gap > limits.max_gap_ms for gap in gaps):
        found.add("not_continuous")
    return found


def _whole(results: Sequence[StepResult], selfie: FaceReading, limits: ActiveLimits) -> set[str]:
    found = set()
    if abs(selfie.quality.yaw_deg) > limits.max_selfie_yaw_deg:
        found.add("selfie_not_frontal")
    evidence = evidence_of(results)
    turned = all(result.reason is None for result in results if result.step in ("left", "right"))
    if evidence is not None and turned and evidence < limits.min_evidence:
        found.add("flat_face")
    return found


def _identity_reasons(identity: Identity, limits: ActiveLimits) -> set[str]:
    found = set()
    if identity.farthest is not None and identity.farthest > limits.max_distance:
        found.add("not_the_same_face")
    if identity.repeated:
        found.add("repeated_frame")
    return found


def _ways(
    results: Sequence[StepResult], measured: Sequence[MeasuredFrame], limits: ActiveLimits
) -> list[MeasuredFrame]:
    """Of each turn aside the frame that best shows the head on the way there, since the step before, if one
    does; the best of them first."""
    ways, since = [], -1
    for result in results:
        if result.step in ("left", "right"):
            before = [frame for frame in measured if since < frame.at_ms < result.end.at_ms]
            ways += sorted(
                (frame for frame in before if is_on_the_way(frame, result.end, limits)), key=_evidence
            )[-1:]
        since = result.end.at_ms
    return sorted(ways, key=_evidence, reverse=True)


def _evidence(frame: MeasuredFrame) -> float:
    return frame.turn.evidence


def _step_numbers(results: Sequence[StepResult]) -> dict[str, float]:
    numbers = {}
    for result in results:
        name = f"{result.end.step}_{result.step}"
        if result.step == "blink":
            numbers[f"{name}_openness"] = result.end.openness
        else:
            numbers[f"{name}_sine"] = result.end.towards(result.step)
            numbers[f"{name}_evidence"] = result.end.turn.evidence
    evidence = evidence_of(results)
    return numbers if evidence is None else {**numbers, "evidence": evidence}
