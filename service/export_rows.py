"""The rows of an export: days or months of everybody whose days belong to a unit, a few people at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.attendance.recap import month_bounds, summarise_month
from service.attendance_days import Member, members
from service.attendance_months import MOST_IDS, Month, MonthDay
from service.closed_months import Snapshot, snapshots_of
from service.db.tables import Employee, Unit
from service.export_definitions import Definition
from service.export_fields import ExportRow
from service.reach import unit_and_below
from service.working_time import WorkingTime

PREVIEW_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """month : any day of it. unit_id : with everything below it; None is everybody."""

    month: date
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class Staff:
    """Who has a day in the unit, by name; and the code and name of every unit.

    closed : what was kept of units whose month is closed, by ids of employee and unit.
    """

    people: tuple[tuple[Member, Employee], ...]
    units: dict[int, tuple[str, str]]
    wanted_units: frozenset[int] | None
    closed: Mapping[tuple[int, int | None], Snapshot]

    def holds(self, unit_id: int | None) -> bool:
        return self.wanted_units is None or unit_id in self.wanted_units


def staff_of(work: WorkingTime, wanted: Wanted) -> Staff:
    """Everybody who belonged to the unit on some day of the month."""
    first, last = month_bounds(wanted.month)
    days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    with work.db.read() as session:
        units = {row.id: (row.code, row.name) for row in session.scalars(select(Unit))}
        inside = None if wanted.unit_id is None else _ids(session, wanted.unit_id)
        named = {row.id: row for row in session.scalars(select(Employee).where(Employee.erased_at.is_(None)))}
        staff = members(session, work.zones_of, work.zone)
        closed = snapshots_of(session, first, inside)
    people = [
        (member, named[member.id])
        for member in staff
        if member.id in named and (inside is None or any(member.unit_on(day) in inside for day in days))
    ]
    people.sort(key=lambda one: (one[1].name.casefold(), one[1].nip))
    return Staff(tuple(people), units, inside, closed)


def rows_of(
    work: WorkingTime,
    definition: Definition,
    wanted: Wanted,
    staff: Staff,
    *,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Iterator[tuple[ExportRow, ZoneInfo]]:
    """By name and then by day, each with the clock of its person. progress : of people."""
    first, last = month_bounds(wanted.month)
    total = len(staff.people)
    for begin in range(0, total, MOST_IDS):
        progress(begin, total)
        some = staff.people[begin : begin + MOST_IDS]
        months = work.months(first, last, Employee.id.in_([member.id for member, _ in some]))
        for member, person in some:
            if member.id in months:
                yield from _rows(work, definition, staff, member, person, months[member.id])
    progress(total, total)


def preview(work: WorkingTime, definition: Definition, wanted: Wanted) -> list[tuple[ExportRow, ZoneInfo]]:
    """The first PREVIEW_ROWS of them; only a few people are looked at."""
    staff = staff_of(work, wanted)
    few = replace(staff, people=staff.people[:PREVIEW_ROWS])
    return list(islice(rows_of(work, definition, wanted, few), PREVIEW_ROWS))


def _rows(
    work: WorkingTime, definition: Definition, staff: Staff, member: Member, person: Employee, month: Month
) -> Iterator[tuple[ExportRow, ZoneInfo]]:
    today = local_date(work.clock(), member.zone)
    mine = [
        day
        for day in month.days
        if day.judged.planned.kind != "outside" and day.judged.date <= today and staff.holds(day.unit_id)
    ]
    if not mine:
        return
    cap = month.summary.deductions.cap
    for days in _groups(definition, mine):
        unit_id = days[-1].unit_id
        unit = None if unit_id is None else staff.units.get(unit_id)
        lines = chain.from_iterable(day.deductions for day in days)
        kept = staff.closed.get((member.id, unit_id)) if definition.row == "month" else None
        yield (
            ExportRow(
                nip=person.nip,
                name=person.name,
                position=person.position,
                employment=person.employment,
                unit_code=unit[0] if unit else None,
                unit_name=unit[1] if unit else None,
                month=mine[0].judged.date.replace(day=1),
                day=days[0] if definition.row == "day" else None,
                days=tuple(days),
                summary=kept.figures if kept else summarise_month([day.judged for day in days], lines, cap),
            ),
            member.zone,
        )


def _groups(definition: Definition, days: Sequence[MonthDay]) -> Sequence[list[MonthDay]]:
    """The days of each row: one, or all of the month in one unit."""
    if definition.row == "day":
        return [
            [day] for day in days if day.judged.planned.kind == "work" or not definition.working_days_only
        ]
    of_units: dict[int | None, list[MonthDay]] = defaultdict(list)
    for day in days:
        of_units[day.unit_id].append(day)
    return list(of_units.values())


def _ids(session: Session, unit_id: int) -> frozenset[int]:
    return frozenset(session.scalars(unit_and_below(unit_id)))
