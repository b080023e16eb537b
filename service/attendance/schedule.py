"""Which hours somebody has on a day: dated patterns, whose they are, and the calendar. Pure."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from functools import cached_property
from typing import Final, Literal

from service.attendance.deduction_table import DeductionTable
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours, Windows
from service.attendance.shipped_patterns import Cycle

CalendarKind = Literal["national", "collective_leave", "local", "ceremony"]
PlanKind = Literal["work", "off", "national", "collective_leave", "local", "outside"]
HOLIDAYS: Final = ("national", "collective_leave", "local")


@dataclass(frozen=True, slots=True)
class PatternVersion:
    """What a pattern says from `valid_from` on, until its next version.

    cycle : hours of each day, None for a free one, again and again from `anchor` on.
    ramadan : the same in Ramadan; None where it makes no difference.
    works_on_holidays : as those do who keep a service open every day.
    """

    id: int
    pattern_id: int
    valid_from: date
    anchor: date
    cycle: Cycle
    ramadan: Cycle | None = None
    windows: Windows = CUSTOMARY_WINDOWS
    tolerance_min: int = 0
    works_on_holidays: bool = False

    def hours_on(self, day: date, *, in_ramadan: bool) -> Hours | None:
        cycle = self.ramadan if in_ramadan and self.ramadan is not None else self.cycle
        return cycle[(day - self.anchor).days % len(cycle)]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A pattern for one employee, or for a unit and all below it, from `first` to `last`; None is open-ended."""

    id: int
    pattern_id: int
    first: date
    last: date | None
    unit_id: int | None = None
    employee_id: int | None = None

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A holiday or a ceremony, for everybody or for a unit and all below it.

    starts, ends : of a ceremony. Where there is work that day, it moves the start forward; on a free day they are
        the hours.
    """

    date: date
    name: str
    kind: CalendarKind
    unit_id: int | None = None
    starts: time | None = None
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """What is expected of somebody on a day. Without `starts_at` and `ends_at` nothing is.

    name : of the holiday or the ceremony. version_id : the version of the pattern by which it is so.
    starts_at, ends_at : UTC, as check-ins are: times of one zone are compared ten times as fast.
    """

    date: date
    kind: PlanKind
    name: str | None = None
    version_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    deductions_id: int | None = None


@dataclass(frozen=True)
class Rules:
    """All rules in force. `parents`: each unit's unit above. `ramadan`: first and last days."""

    versions: Sequence[PatternVersion]
    default_pattern: int
    assignments: Sequence[Assignment] = ()
    calendar: Sequence[CalendarDay] = ()
    ramadan: Sequence[tuple[date, date]] = ()
    deductions: Sequence[DeductionTable] = ()
    parents: Mapping[int, int | None] = field(default_factory=dict)

    def plan(self, employee_id: int, unit_id: int | None, day: date, zone: tzinfo) -> PlannedDay:
        return self._plan_by(self._pattern_of(employee_id, unit_id, day), unit_id, day, zone)

    def plan_of_unit(self, unit_id: int | None, day: date, zone: tzinfo) -> PlannedDay:
        """For all employees of the unit who have no pattern of their own."""
        return self._plan_by(self._pattern_of_unit(unit_id, day), unit_id, day, zone)

    def has_own(self, employee_id: int) -> bool:
        """Whether any pattern was ever given to just this employee."""
        return employee_id in self._by_employee

    def version(self, version_id: int) -> PatternVersion:
        return self._by_id[version_id]

    def deductions_on(self, day: date) -> DeductionTable:
        """The latest that is in force; before the first one, the first."""
        tables = sorted(self.deductions, key=lambda table: table.valid_from)
        known = [table for table in tables if table.valid_from <= day]
        return known[-1] if known else tables[0]

    def _plan_by(self, pattern_id: int, unit_id: int | None, day: date, zone: tzinfo) -> PlannedDay:
        version = self._version_on(pattern_id, day)
        hours = version.hours_on(day, in_ramadan=self._in_ramadan(day))
        entries = self._entries(unit_id, day)
        holiday = next((entry for entry in entries if entry.kind in HOLIDAYS), None)
        ceremony = next((entry for entry in entries if entry.kind == "ceremony"), None)
        deductions_id = self.deductions_on(day).id if self.deductions else None
        if holiday is not None and not version.works_on_holidays:
            hours = None
        if ceremony is not None and ceremony.starts is not None:
            hours = _with_ceremony(hours, ceremony)
        if hours is None:
            kind, name = _free(holiday)
            return PlannedDay(day, kind, name, version.id, deductions_id=deductions_id)
        starts_at, ends_at = hours.on(day, zone)
        name = ceremony.name if ceremony is not None else None
        return PlannedDay(
            day, "work", name, version.id, starts_at.astimezone(UTC), ends_at.astimezone(UTC), deductions_id
        )

    def _pattern_of(self, employee_id: int, unit_id: int | None, day: date) -> int:
        own = _latest(self._by_employee.get(employee_id, ()), day)
        return own.pattern_id if own is not None else self._pattern_of_unit(unit_id, day)

    def _pattern_of_unit(self, unit_id: int | None, day: date) -> int:
        for above in self._line(unit_id):
            assigned = _latest(self._by_unit.get(above, ()), day)
            if assigned is not None:
                return assigned.pattern_id
        return self.default_pattern

    def _line(self, unit_id: int | None) -> list[int]:
        """A unit and all above it, the nearest first."""
        line: list[int] = []
        while unit_id is not None and unit_id not in line:
            line.append(unit_id)
            unit_id = self.parents.get(unit_id)
        return line

    def _version_on(self, pattern_id: int, day: date) -> PatternVersion:
        """The latest that is in force; before the first one, the first."""
        versions = self._by_pattern[pattern_id]
        at = bisect_right(versions, day, key=lambda version: version.valid_from)
        return versions[max(0, at - 1)]

    def _in_ramadan(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.ramadan)

    def _entries(self, unit_id: int | None, day: date) -> list[CalendarDay]:
        """Of the day, for the unit: national ones first, then those of the nearest unit."""
        entries = self._by_date.get(day, ())
        if not entries:
            return []
        line = self._line(unit_id)
        mine = [entry for entry in entries if entry.unit_id is None or entry.unit_id in line]
        return sorted(mine, key=lambda entry: -1 if entry.unit_id is None else line.index(entry.unit_id))

    @cached_property
    def _by_id(self) -> dict[int, PatternVersion]:
        return {version.id: version for version in self.versions}

    @cached_property
    def _by_pattern(self) -> dict[int, list[PatternVersion]]:
        grouped: dict[int, list[PatternVersion]] = {}
        for version in sorted(self.versions, key=lambda version: version.valid_from):
            grouped.setdefault(version.pattern_id, []).append(version)
        return grouped

    @cached_property
    def _by_employee(self) -> dict[int, list[Assignment]]:
        grouped: dict[int, list[Assignment]] = {}
        for assignment in self.assignments:
            if assignment.employee_id is not None:
                grouped.setdefault(assignment.employee_id, []).append(assignment)
        return grouped

    @cached_property
    def _by_unit(self) -> dict[int, list[Assignment]]:
        grouped: dict[int, list[Assignment]] = {}
        for assignment in self.assignments:
            if assignment.unit_id is not None:
                grouped.setdefault(assignment.unit_id, []).append(assignment)
        return grouped

    @cached_property
    def _by_date(self) -> dict[date, list[CalendarDay]]:
        grouped: dict[date, list[CalendarDay]] = {}
        for entry in self.calendar:
            grouped.setdefault(entry.date, []).append(entry)
        return grouped


def _latest(assignments: Sequence[Assignment], day: date) -> Assignment | None:
    """Of several that cover the day, the one that begins last; of those, the one entered last."""
    covering = [one for one in assignments if one.covers(day)]
    return max(covering, key=lambda one: (one.first, one.id), default=None)


def _with_ceremony(hours: Hours | None, ceremony: CalendarDay) -> Hours | None:
    assert ceremony.starts is not None
    if hours is not None:
        earliest = min(ceremony.starts, hours.apel_at or ceremony.starts)
        return Hours(hours.starts, hours.ends, hours.break_min, earliest)
    return None if ceremony.ends is None else Hours(ceremony.starts, ceremony.ends)


def _free(holiday: CalendarDay | None) -> tuple[PlanKind, str | None]:
    if holiday is None or holiday.kind == "ceremony":
        return "off", None
    return holiday.kind, holiday.name
