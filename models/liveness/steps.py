"""Was each step of a challenge done? The frames of one step against the selfie."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from models.liveness.challenge import Step
from models.liveness.frame import FrameReading
from models.liveness.geometry import FrontalFace, Turn, openness_against
from models.liveness.limits import ActiveLimits

StepReason: TypeAlias = Literal["turn_too_small", "flat_face", "wrong_order", "no_blink"]


@dataclass(frozen=True, slots=True)
class MeasuredFrame:
    """A frame with a face, and how that face is turned, and its eyes are open, against the selfie's."""

    step: int
    at_ms: int
    reading: FrameReading
    turn: Turn
    openness: float

    def towards(self, step: Step) -> float:
        """Sine of the turn in the direction that a step asks for; 0 for a blink."""
        return {"left": self.turn.left, "right": -self.turn.left, "up": self.turn.up, "blink": 0.0}[step]


@dataclass(frozen=True, slots=True)
class StepResult:
    """end : the frame that shows the step best. reason : why it was not done, if it was not."""

    step: Step
    end: MeasuredFrame
    reason: StepReason | None


def measure(step: int, at_ms: int, reading: FrameReading, selfie: FrontalFace) -> MeasuredFrame:
    return MeasuredFrame(
        step=step,
        at_ms=at_ms,
        reading=reading,
        turn=selfie.turn_to(reading.points),
        openness=openness_against(selfie.points, reading.points),
    )


def judge_step(step: Step, frames: Sequence[MeasuredFrame], limits: ActiveLimits) -> StepResult:
    """`frames`: those of this step, at least one."""
    if step == "blink":
        end = min(frames, key=lambda frame: frame.openness)
        return StepResult(step, end, None if end.openness <= limits.max_openness else "no_blink")
    turned = [frame for frame in frames if _is_turned(step, frame, limits)]
    if not turned:
        end = max(frames, key=lambda frame: frame.towards(step))
        return StepResult(
            step, end, "wrong_order" if _turned_elsewhere(step, end, limits) else "turn_too_small"
        )
    end = max(turned, key=lambda frame: frame.turn.evidence)
    least_evidence = limits.min_up_evidence if step == "up" else limits.min_turn_evidence
    return StepResult(step, end, None if end.turn.evidence >= least_evidence else "flat_face")


def _is_turned(step: Step, frame: MeasuredFrame, limits: ActiveLimits) -> bool:
    """Far enough, and not mainly in another direction."""
    if step == "up":
        return frame.turn.up >= limits.min_up and abs(frame.turn.left) <= limits.max_aside_up
    return frame.towards(step) >= max(limits.min_turn, abs(frame.turn.up))


def _turned_elsewhere(step: Step, frame: MeasuredFrame, limits: ActiveLimits) -> bool:
    directions: tuple[Step, ...] = ("left", "right")
    return any(frame.towards(other) >= limits.min_turn for other in directions if other != step)


def evidence_of(results: Sequence[StepResult]) -> float | None:
    """Mean of the weakest turn to each side; None when one side is missing."""
    sides = [
        [result.end.turn.evidence for result in results if result.step == side] for side in ("left", "right")
    ]
    return sum(min(side) for side in sides) / 2 if all(sides) else None


def is_on_the_way(frame: MeasuredFrame, end: MeasuredFrame, limits: ActiveLimits) -> bool:
    """Whether a frame shows the head between the front and the end of a turn."""
    turned = abs(frame.turn.left)
    return (
        limits.min_on_the_way <= turned <= limits.max_on_the_way * abs(end.turn.left)
        and frame.turn.evidence >= limits.min_on_the_way_evidence
    )
