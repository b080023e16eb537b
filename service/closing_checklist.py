"""What is open of a unit's month before it is closed, line by line.

`reviews`, `requests` and `devices` keep a month open, unless somebody who may do so closes it over them with a
reason. `not_over` keeps it open in any case. `missing` and `provisional` are only shown: a day without a check-in
may be just that, and what is provisional rests on a review that is a line of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.attendance.judging import JudgedDay
from service.attendance_days import ONE_DAY, Member
from service.attendance_months import Month
from service.closed_figures import days_by_unit
from service.db.request_tables import Absence, Correction
from service.db.tables import Checkin

LineKind = Literal["reviews", "requests", "devices", "missing", "provisional", "not_over"]
LINES: Final[tuple[LineKind, ...]] = (
    "reviews",
    "requests",
    "devices",
    "missing",
    "provisional",
    "not_over",
)
BLOCKING: Final[tuple[LineKind, ...]] = ("reviews", "requests", "devices")
# Of each line; the count is of all.
FEW: Final = 20
What = Literal[
    "review",
    "absence",
    "correction",
    "phone",
    "kiosk",
    "absent",
    "missing_in",
    "missing_out",
    "missing_both",
    "provisional",
    "not_over",
]


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that is open. `day`: its own, or the first of several; of a device the day of its last contact."""

    what: What
    day: date
    employee_id: int | None = None
    checkin_id: str | None = None
    kiosk_id: int | None = None


# By unit id and line.
Matters: TypeAlias = dict[int, dict[LineKind, list[Matter]]]


@dataclass(frozen=True, slots=True)
class Span:
    """A month, and the people who have days in some units, by unit id; of a member only those days count."""

    first: date
    last: date
    of_units: Mapping[int, Sequence[Member]]

    @property
    def staff(self) -> dict[int, Member]:
        """All of them, by id."""
        return {member.id: member for people in self.of_units.values() for member in people}

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Moments before and after the month by any clock on earth."""
        begins = datetime.combine(self.first - ONE_DAY, time.min, UTC)
        return begins, datetime.combine(self.last + 2 * ONE_DAY, time.min, UTC)

    def unit_of(self, member: Member, day: date) -> int | None:
        """The unit among these that the day belongs to."""
        if not self.first <= day <= self.last:
            return None
        unit_id = member.unit_on(day)
        return unit_id if unit_id in self.of_units else None


def span_of(staff: Iterable[Member], unit_ids: Collection[int], first: date, last: date) -> Span:
    """Of those who have any day of the month in one of the units."""
    of_units: dict[int, list[Member]] = {unit_id: [] for unit_id in unit_ids}
    days = [first + ONE_DAY * number for number in range((last - first).days + 1)]
    for member in staff:
        for unit_id in {member.unit_on(day) for day in days}:
            if unit_id in of_units:
                of_units[unit_id].append(member)
    return Span(first, last, of_units)


def open_matters(session: Session, span: Span) -> Matters:
    """Reviews and requests that are open, in four queries whatever the number of units."""
    found = _nothing(span)
    staff = span.staff
    for employee_id, checkin_id, at in _reviews(session, span):
        member = staff.get(employee_id)
        if member is not None:
            day = local_date(at, member.zone)
            _add(found, span.unit_of(member, day), "reviews", Matter("review", day, employee_id, checkin_id))
    absences = select(Absence.employee_id, Absence.first, Absence.last).where(
        Absence.state == "asked", Absence.first <= span.last, Absence.last >= span.first
    )
    for employee_id, first, last in session.execute(absences.order_by(Absence.first, Absence.id)):
        member = staff.get(employee_id)
        if member is not None:
            days = _days(max(first, span.first), min(last, span.last))
            for unit_id in {span.unit_of(member, day) for day in days}:
                _add(found, unit_id, "requests", Matter("absence", first, employee_id))
    corrections = select(Correction.employee_id, Correction.day).where(
        Correction.state == "asked", Correction.day.between(span.first, span.last)
    )
    for employee_id, day in session.execute(corrections.order_by(Correction.day, Correction.id)):
        member = staff.get(employee_id)
        if member is not None:
            _add(found, span.unit_of(member, day), "requests", Matter("correction", day, employee_id))
    return found


def matters_of_days(span: Span, months: Mapping[int, Month]) -> Matters:
    """What the judged days of these people show."""
    found = _nothing(span)
    for member in span.staff.values():
        for unit_id, days in days_by_unit(months[member.id]).items():
            for day in days:
                judged = day.judged
                if judged.provisional:
                    _add(found, unit_id, "provisional", Matter("provisional", judged.date, member.id))
                if not judged.over:
                    _add(found, unit_id, "not_over", Matter("not_over", judged.date, member.id))
                elif (what := missing_of(judged)) is not None:
                    _add(found, unit_id, "missing", Matter(what, judged.date, member.id))
    return found


def missing_of(day: JudgedDay) -> What | None:
    """What is missing of a day that is over."""
    if day.status == "absent":
        return "absent"
    if day.missing_in and day.missing_out:
        return "missing_both"
    if day.missing_in:
        return "missing_in"
    return "missing_out" if day.missing_out else None


def together(*several: Matters) -> Matters:
    """Of the same units."""
    found: Matters = {}
    for matters in several:
        for unit_id, lines in matters.items():
            mine = found.setdefault(unit_id, {})
            for kind, items in lines.items():
                mine[kind] = [*mine.get(kind, []), *items]
    return found


def blocking(lines: Mapping[LineKind, Sequence[Matter]]) -> dict[str, int]:
    """How many of each line that keeps a month open; empty where nothing does."""
    counts: dict[str, int] = {kind: len(lines.get(kind, ())) for kind in BLOCKING}
    return counts if any(counts.values()) else {}


def written(lines: Mapping[LineKind, Sequence[Matter]]) -> dict[str, Any]:
    """As it is kept with the closing: counts, and the first few of each, people and devices by their ids alone."""
    return {
        kind: {
            "count": len(items),
            "first": [
                {
                    name: value
                    for name, value in (
                        ("what", item.what),
                        ("day", item.day.isoformat()),
                        ("employee_id", item.employee_id),
                        ("checkin_id", item.checkin_id),
                        ("kiosk_id", item.kiosk_id),
                    )
                    if value is not None
                }
                for item in items[:FEW]
            ],
        }
        for kind, items in lines.items()
        if items
    }


def _reviews(session: Session, span: Span) -> list[tuple[int, str, datetime]]:
    at = func.coalesce(Checkin.counted_at, Checkin.captured_at)
    begins, ends = span.bounds
    rows = session.execute(
        select(Checkin.employee_id, Checkin.id, Checkin.counted_at, Checkin.captured_at)
        .where(Checkin.status.in_(("review", "received")), at >= begins, at < ends)
        .order_by(at, Checkin.id)
    )
    return [(row.employee_id, row.id, row.counted_at or row.captured_at) for row in rows]


def _nothing(span: Span) -> Matters:
    return {unit_id: defaultdict(list) for unit_id in span.of_units}


def _add(found: Matters, unit_id: int | None, kind: LineKind, matter: Matter) -> None:
    if unit_id is not None and unit_id in found:
        found[unit_id][kind].append(matter)


def _days(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]
