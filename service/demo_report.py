"""What a demonstration has shown: decisions counted, and the error rates that follow."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.calibration import Proportion, proportion
from service.bulk_enrolment import BulkReport
from service.db.tables import CheckinStatus

# Title, columns, rows.
Table = tuple[str, tuple[str, ...], list[tuple[object, ...]]]

STATUSES: tuple[CheckinStatus, ...] = ("accepted", "review", "retake", "received", "rejected")
KINDS = {
    "nearest": "as the most similar other",
    "random": "as another at random",
    "stranger": "by people not enrolled",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One check-in.

    verdict : the policy's on the comparison alone, whatever else was decided; None without a comparison.
    similarity : to whom the check-in claims to be.
    nearest_other, nearest_similarity : who else on the staff is most similar, by employee id.
    """

    kind: Literal["genuine", "nearest", "random", "stranger"]
    probe_of: str
    status: CheckinStatus
    reasons: tuple[str, ...]
    verdict: str | None
    similarity: float | None
    nearest_other: int | None
    nearest_similarity: float | None

    @property
    def compared(self) -> bool:
        """Otherwise the photo shows no face, or several, and is to be taken again."""
        return self.verdict is not None

    @property
    def matched(self) -> bool:
        return self.verdict == "match"


@dataclass(frozen=True, slots=True)
class DemoReport:
    """`people`: how many were to be enrolled."""

    people: int
    enrolments: BulkReport
    attempts: tuple[Attempt, ...]
    threshold: float  # for a template of one photo
    seconds: float

    @property
    def genuine(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.kind == "genuine"]

    @property
    def impostors(self) -> list[Attempt]:
        return [attempt for attempt in self.attempts if attempt.kind != "genuine"]

    @property
    def fnmr(self) -> Proportion:
        """Genuine comparisons that are no match."""
        compared = [attempt for attempt in self.genuine if attempt.compared]
        return proportion(sum(not attempt.matched for attempt in compared), len(compared))

    @property
    def fmr(self) -> Proportion:
        """Impostor comparisons that are a match, over all kinds."""
        compared = [attempt for attempt in self.impostors if attempt.compared]
        return proportion(sum(attempt.matched for attempt in compared), len(compared))

    @property
    def fpir(self) -> Proportion:
        """People not enrolled who reach the threshold with anybody: what a search over the whole staff finds."""
        searched = [one for one in self.impostors if one.kind == "stranger" and one.compared]
        best = [max(attempt.similarity or -1, attempt.nearest_similarity or -1) for attempt in searched]
        return proportion(sum(similarity >= self.threshold for similarity in best), len(best))

    def as_json(self) -> dict[str, Any]:
        by_kind = {kind: [attempt for attempt in self.impostors if attempt.kind == kind] for kind in KINDS}
        return {
            "people": self.people,
            "enrolled": len(self.enrolments.enrolled),
            "refused": [asdict(person) for person in self.enrolments.refused],
            "genuine": _counted(self.genuine),
            "impostor": {
                **_counted(self.impostors),
                "kinds": {
                    kind: {"n": len(made), "matched": sum(one.matched for one in made)}
                    for kind, made in by_kind.items()
                },
            },
            "fnmr": _rate(self.fnmr),
            "fmr": _rate(self.fmr),
            "fpir": _rate(self.fpir),
            "intervals": {
                name: [round(rate.low, 5), round(rate.high, 5)]
                for name, rate in (("fnmr", self.fnmr), ("fmr", self.fmr), ("fpir", self.fpir))
            },
            "seconds": round(self.seconds, 1),
            "threshold": self.threshold,
        }

    def tables(self) -> list[Table]:
        """Titles, columns and rows, for people."""
        decisions: list[tuple[object, ...]] = [("as themselves", *_row(self.genuine))]
        for kind, words in KINDS.items():
            made = [attempt for attempt in self.impostors if attempt.kind == kind]
            if made:
                decisions.append((words, *_row(made)))
        columns = ("Check-ins", "Number", "Compared", "Matched", "Accepted", "Review", "Retake", "Waiting")
        told: list[Table] = [("Decisions", columns, decisions)]
        reasons = Counter(reason for attempt in self.genuine for reason in attempt.reasons)
        if reasons:
            told.append(("Reasons, as themselves", ("Reason", "Number"), list(reasons.most_common())))
        return told

    def summary(self) -> str:
        refused = Counter(reason for person in self.enrolments.refused for reason in person.reasons)
        why = (
            f" ({', '.join(f'{count} {reason}' for reason, count in refused.most_common())})"
            if refused
            else ""
        )
        return "\n".join(
            (
                f"{len(self.enrolments.enrolled)} of {self.people} people enrolled, "
                f"{len(self.enrolments.refused)} refused{why}.",
                f"FNMR {_words(self.fnmr)}; FMR {_words(self.fmr)}; FPIR {_words(self.fpir)}.",
                f"Threshold {self.threshold:.3f}. {self.seconds:.1f} s.",
            )
        )


def _counted(attempts: Sequence[Attempt]) -> dict[str, Any]:
    statuses = Counter(attempt.status for attempt in attempts)
    return {
        "n": len(attempts),
        "compared": sum(attempt.compared for attempt in attempts),
        "matched": sum(attempt.matched for attempt in attempts),
        **{status: statuses[status] for status in STATUSES},
        "reasons": dict(Counter(reason for attempt in attempts for reason in attempt.reasons)),
    }


def _row(attempts: Sequence[Attempt]) -> tuple[int, ...]:
    counted = _counted(attempts)
    return (counted["n"], counted["compared"], counted["matched"], *(counted[status] for status in STATUSES))


def _rate(rate: Proportion) -> float | None:
    return round(rate.value, 5) if rate.trials else None


def _words(rate: Proportion) -> str:
    if not rate.trials:
        return "not tried"
    return f"{rate.count} of {rate.trials} (95 %: {100 * rate.low:.2f} to {100 * rate.high:.2f} %)"
