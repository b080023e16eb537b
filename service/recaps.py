"""The monthly recap: the figures of everybody in a unit and all below it, by person and by unit."""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.attendance.recap import Summary
from service.attendance_months import Month
from service.closed_months import in_force, snapshots_of
from service.db.move_tables import Stay
from service.db.tables import Employee, EmploymentClass, Unit
from service.errors import UnknownUnit
from service.reach import Reach
from service.recap_figures import PersonRow, Recap, UnitPlace, status_of, total_of, totals_by_unit
from service.units import list_units
from service.working_time import WorkingTime

_Key: TypeAlias = tuple[frozenset[int], bool, date]

# What took long is kept for whoever turns the page; a recap of one office is quick, and always of now.
SLOW: Final = timedelta(seconds=1)
KEPT: Final = timedelta(seconds=60)
MOST_KEPT: Final = 4
# From so many units on a recap is large: a process makes one of those at a time.
LARGE: Final = 50


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a recap is of. unit : with all below it; None is all of the reach.

    places : the units, in the order of the tree. everybody : also people who are in no unit.
    """

    unit: UnitPlace | None
    places: tuple[UnitPlace, ...]
    everybody: bool

    @property
    def unit_ids(self) -> frozenset[int]:
        return frozenset(place.id for place in self.places)

    @property
    def large(self) -> bool:
        return len(self.places) >= LARGE


@dataclass(frozen=True, slots=True)
class _Person:
    nip: str
    name: str
    employment: EmploymentClass | None


@dataclass(frozen=True, slots=True)
class _Kept:
    recap: Recap
    at: datetime


class Recaps:
    """Safe for use by many threads."""

    def __init__(self, time: WorkingTime) -> None:
        self._time = time
        self._db = time.db
        self._kept: dict[_Key, _Kept] = {}
        self._lock = threading.Lock()
        self._large = threading.Lock()

    def scope_of(self, reach: Reach, code: str | None = None) -> Scope:
        """A unit and all below it, or all within reach. Raises UnknownUnit, also for one outside the reach."""
        places = self.places(reach)
        if code is None:
            top = places[0] if reach.unit_id is not None and places else None
            return Scope(top, places, everybody=reach.everybody)
        start = next((index for index, place in enumerate(places) if place.code == code.strip()), None)
        if start is None:
            raise UnknownUnit
        end = start + 1
        while end < len(places) and places[end].depth > places[start].depth:
            end += 1
        return Scope(places[start], places[start:end], everybody=False)

    def places(self, reach: Reach) -> tuple[UnitPlace, ...]:
        """All units within reach, in the order of the tree."""
        with self._db.read() as session:
            ids = {code: unit_id for unit_id, code in session.execute(select(Unit.id, Unit.code))}
        nodes = list_units(self._db, reach)
        return tuple(
            UnitPlace(ids[one.code], one.code, one.name, one.depth) for one in nodes if one.code in ids
        )

    def recent(self, scope: Scope, first: date, last: date) -> Recap:
        """As `figures_of`, or, where that took long a moment ago, what it gave."""
        with self._turn(scope):
            key, now = (scope.unit_ids, scope.everybody, first), self._time.clock()
            with self._lock:
                kept = self._kept.get(key)
            if kept is not None and now - kept.at < KEPT:
                return kept.recap
            recap = self._figures_of(scope, first, last)
            if self._time.clock() - now >= SLOW:
                self._keep(key, _Kept(recap, now))
            return recap

    def figures_of(self, scope: Scope, first: date, last: date) -> Recap:
        """Of all who have a day in one of the units between `first` and `last`; of those who moved in each."""
        with self._turn(scope):
            return self._figures_of(scope, first, last)

    def _turn(self, scope: Scope) -> AbstractContextManager[object]:
        return self._large if scope.large else nullcontext()

    def _keep(self, key: _Key, one: _Kept) -> None:
        with self._lock:
            self._kept[key] = one
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]

    def _figures_of(self, scope: Scope, first: date, last: date) -> Recap:
        now = self._time.clock()
        rows = list(self._rows(scope, first, last))
        order = {place.id: number for number, place in enumerate(scope.places)}
        rows.sort(key=lambda row: (order.get(row.unit_id or 0, len(order)), row.name.casefold(), row.nip))
        totals = total_of(rows)
        over = local_date(now, self._time.zone) > last
        status = status_of(rows, totals, over=over)
        return Recap(first, last, scope.unit, status, now, rows, totals_by_unit(rows), totals)

    def _rows(self, scope: Scope, first: date, last: date) -> Iterator[PersonRow]:
        places = {place.id: place for place in scope.places}
        with self._time.reading() as session:
            closed = in_force(session, first, places) if places else {}
            open_units: set[int | None] = {one for one in places if one not in closed}
            if scope.everybody:
                open_units.add(None)
            yield from _kept(session, places, closed, first)
            yield from self._computed(
                session, places, open_units, first, last, everybody=scope.everybody and not closed
            )

    def _computed(
        self,
        session: Session,
        places: Mapping[int, UnitPlace],
        units: Collection[int | None],
        first: date,
        last: date,
        *,
        everybody: bool,
    ) -> Iterator[PersonRow]:
        wanted = None if everybody else with_days_in(units)
        staff, people = self._time.staff(session, wanted), _people(session, wanted)
        months = self._time.months_within(session, staff, first, last, everybody=everybody) if staff else {}
        for member in staff:
            person = people[member.id]
            for unit_id, summary in by_unit(months[member.id]):
                if unit_id in units and set(summary.by_status) != {"outside"}:
                    place = None if unit_id is None else places[unit_id]
                    yield PersonRow(member.id, person.nip, person.name, person.employment, place, summary)


def _kept(
    session: Session, places: Mapping[int, UnitPlace], closed: Collection[int], first: date
) -> Iterator[PersonRow]:
    """The figures of closed units, as they were when they were closed."""
    if not closed:
        return
    figures = snapshots_of(session, first, closed)
    people = _people(session, Employee.id.in_({employee_id for employee_id, _ in figures}))
    for (employee_id, unit_id), one in figures.items():
        if unit_id is not None:
            who, place = people[employee_id], places[unit_id]
            yield PersonRow(employee_id, who.nip, who.name, who.employment, place, one.figures, closed=True)


def _people(session: Session, wanted: ColumnElement[bool] | None) -> dict[int, _Person]:
    chosen = select(Employee.id, Employee.nip, Employee.name, Employee.employment)
    rows = session.connection().execute(chosen if wanted is None else chosen.where(wanted)).all()
    return {row[0]: _Person(*row[1:]) for row in rows}


def with_days_in(units: Collection[int | None]) -> ColumnElement[bool]:
    """A condition on employees, of those who can have a day in one of the units."""
    ids = [one for one in units if one is not None]
    there: ColumnElement[bool] = Employee.unit_id.in_(ids)
    been: ColumnElement[bool] = Stay.unit_id.in_(ids)
    if None in units:
        there, been = there | Employee.unit_id.is_(None), been | Stay.unit_id.is_(None)
    return there | Employee.id.in_(select(Stay.employee_id).where(been))


def by_unit(month: Month) -> Iterator[tuple[int | None, Summary]]:
    """The month's days, added up for each unit to which they belong."""
    units = dict.fromkeys(day.unit_id for day in month.days)
    for unit_id in units:
        yield unit_id, month.summary if len(units) == 1 else month.part({unit_id}).summary
