"""The figures of a month: a row for each person and unit, and their totals. Pure."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from service.attendance.recap import Summary
from service.db.recap_tables import RecapStatus
from service.db.tables import EmploymentClass

STEPS: Final = tuple(f"{kind}{step}" for kind in ("TL", "PSW") for step in (1, 2, 3, 4))
COUNTS: Final = (
    "working_days",
    "late_days",
    "late_min",
    "early_days",
    "early_min",
    "missing_in",
    "missing_out",
    "provisional",
)


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit in the tree that a recap shows; `depth` 0 is at its top."""

    id: int
    code: str
    name: str
    depth: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What somebody's days in one unit come to. `unit`: None for people who are in none.

    closed : the figures are those that were kept when the month was closed.
    """

    employee_id: int
    nip: str
    name: str
    employment: EmploymentClass | None
    unit: UnitPlace | None
    summary: Summary
    closed: bool = False

    @property
    def unit_id(self) -> int | None:
        return self.unit.id if self.unit else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over `people` rows: days, minutes; `deductions` is the sum of percents, each under its cap."""

    people: int
    by_status: Mapping[str, int]
    codes: Mapping[str, int]
    counts: Mapping[str, int]
    deductions: Decimal

    @property
    def average_deduction(self) -> Decimal:
        """Percent of a person's allowance."""
        return self.deductions / self.people if self.people else Decimal(0)


@dataclass(frozen=True, slots=True)
class UnitTotals:
    """Of a unit itself, without what is below it; `unit` None: of the people who are in none."""

    unit: UnitPlace | None
    totals: Totals
    closed: bool


@dataclass(frozen=True, slots=True)
class Recap:
    """A month from `first` to `last`.

    unit : with everything below it; None is everybody.
    rows : by unit, in the order of the tree, then by name. units : those that have any row.
    """

    first: date
    last: date
    unit: UnitPlace | None
    status: RecapStatus
    computed_at: datetime
    rows: Sequence[PersonRow]
    units: Sequence[UnitTotals]
    totals: Totals


def total_of(rows: Iterable[PersonRow]) -> Totals:
    by_status: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    people, deductions = 0, Decimal(0)
    for row in rows:
        people += 1
        by_status.update(row.summary.by_status)
        codes.update(row.summary.codes)
        for name in COUNTS:
            counts[name] += getattr(row.summary, name)
        deductions += row.summary.deductions.total
    return Totals(people, dict(by_status), dict(codes), {name: counts[name] for name in COUNTS}, deductions)


def totals_by_unit(rows: Sequence[PersonRow]) -> tuple[UnitTotals, ...]:
    """In the order in which the units come in `rows`."""
    found: dict[UnitPlace | None, list[PersonRow]] = defaultdict(list)
    for row in rows:
        found[row.unit].append(row)
    return tuple(
        UnitTotals(unit, total_of(mine), all(row.closed for row in mine)) for unit, mine in found.items()
    )


def status_of(rows: Sequence[PersonRow], totals: Totals, *, over: bool) -> RecapStatus:
    """over : the month's last day is past."""
    if rows and all(row.closed for row in rows):
        return "closed"
    waits = totals.counts["provisional"] or totals.by_status.get("open", 0)
    return "complete" if over and not waits else "provisional"


def fingerprint(rows: Iterable[PersonRow]) -> str:
    """SHA-256, in hex, of all figures in one canonical form: the same figures give the same, in any order.

    Names are no figures: whoever marries changes no recap.
    """
    facts = sorted(([row.employee_id, row.unit_id or 0, _facts(row.summary)] for row in rows), key=_by_ids)
    return hashlib.sha256(json.dumps(facts, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def public_totals(totals: Totals) -> dict[str, Any]:
    """As they are kept of an issued recap, and shown to whoever has its code."""
    return {
        "by_status": {name: count for name, count in sorted(totals.by_status.items()) if count},
        "codes": {name: count for name, count in sorted(totals.codes.items()) if count},
        **totals.counts,
        "average_deduction": _plain(round(totals.average_deduction, 2)),
    }


def _by_ids(facts: list[Any]) -> tuple[int, int]:
    return facts[0], facts[1]


def _facts(summary: Summary) -> dict[str, Any]:
    return {
        "by_status": {name: count for name, count in summary.by_status.items() if count},
        "codes": {name: count for name, count in summary.codes.items() if count},
        **{name: getattr(summary, name) for name in COUNTS},
        "deductions": [_plain(summary.deductions.sum), _plain(summary.deductions.cap)],
    }


def _plain(number: Decimal) -> str:
    """Without needless zeros, which differ by where the number comes from."""
    return f"{number.normalize():f}"
