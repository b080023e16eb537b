"""The decision: all evidence of a check-in -> accepted, review or retake, with the reasons.

Pure: no database, HTTP, settings or clock. Every rule is here, and nothing else decides.

- A picture that can't be judged is a *retake*, unless its owner asks that a person look at it.
- *Accepted* needs a picture of good quality, a match with the claimed employee, nobody else on the staff who
  resembles it as much, evidence of liveness, and nothing odd about its time and origin.
- All else is *review*: the time counts provisionally, and an auditor decides. Nobody is ever refused.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Status = Literal["accepted", "review", "retake"]
MatchVerdict = Literal["match", "no_match", "other_person"]
LivenessVerdict = Literal["live", "failed", "missing"]

# A phone that keeps its own time is within seconds; half the shortest lateness step would still be fair.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Match:
    """The probe against the claimed employee, and against the rest of the staff.

    similarity : to the claimed employee's best template, -1..1.
    threshold : the least similarity that counts as the same person.
    rival : the greatest similarity to anybody else on the staff; None when there is nobody else.
    """

    similarity: float
    threshold: float
    rival: float | None

    @property
    def verdict(self) -> MatchVerdict:
        """An impostor from the staff resembles themselves more than the person they claim to be: whoever the
        threshold would let through is still caught by that."""
        if self.rival is not None and self.rival >= max(self.similarity, self.threshold):
            return "other_person"
        return "match" if self.similarity >= self.threshold else "no_match"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one check-in.

    picture_problems : codes of what keeps the picture from being judged.
    sent_anyway : its owner has tried, and asks that a person look at it as it is.
    match : None where the employee has no template, or there is no face to compare.
    liveness_reasons : codes of why it is not "live", where more is known than that.
    enrolled : the employee has a template made by the encoders in use.
    engine_failed : the picture could not be analysed for a cause of the service's own.
    repeated_image : the selfie came with an earlier check-in, or is an enrolment photo.
    repeated_frames : the same of any of the frames.
    clock_difference : claimed time minus time of arrival; None for an item sent later on purpose.
    position_reasons : codes of why the place needs a look.
    """

    picture_problems: tuple[str, ...]
    sent_anyway: bool
    enrolled: bool
    match: Match | None
    liveness: LivenessVerdict
    engine_failed: bool
    repeated_image: bool
    clock_difference: timedelta | None
    liveness_reasons: tuple[str, ...] = ()
    repeated_frames: bool = False
    position_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    status: Status
    reasons: tuple[str, ...]


def decide(evidence: Evidence) -> Decision:
    """The status and the reasons, the most serious first."""
    if evidence.picture_problems and not evidence.sent_anyway:
        return Decision("retake", evidence.picture_problems)
    reasons = (*_identity(evidence), *_liveness(evidence), *_circumstances(evidence))
    return Decision("review", reasons) if reasons else Decision("accepted", ())


def doubted(decision: Decision, reasons: tuple[str, ...]) -> Decision:
    """The decision, when the time of the check-in or where it comes from is in doubt for these reasons."""
    if not reasons or decision.status == "retake":
        return decision
    return Decision("review", (*decision.reasons, *reasons))


def _identity(evidence: Evidence) -> tuple[str, ...]:
    if evidence.engine_failed:
        return ("engine_failed",)
    if not evidence.enrolled:
        return ("not_enrolled",)
    if evidence.match is None:
        # The picture's problems say why there was nothing to compare; without one there is no match either.
        return () if evidence.picture_problems else ("no_match",)
    verdict = evidence.match.verdict
    return () if verdict == "match" else (verdict,)


def _liveness(evidence: Evidence) -> tuple[str, ...]:
    if evidence.engine_failed:
        return ()
    unnamed = {"live": (), "failed": ("liveness_failed",), "missing": ("no_liveness",)}
    return evidence.liveness_reasons or unnamed[evidence.liveness]


def _circumstances(evidence: Evidence) -> tuple[str, ...]:
    reasons: list[str] = []
    if evidence.repeated_image:
        reasons.append("repeated_image")
    if evidence.repeated_frames:
        reasons.append("repeated_frames")
    difference = evidence.clock_difference
    if difference is not None and abs(difference) > CLOCK_TOLERANCE:
        reasons.append("clock_off")
    reasons += evidence.position_reasons
    if evidence.picture_problems:
        reasons += ["sent_anyway", *evidence.picture_problems]
    return tuple(reasons)
