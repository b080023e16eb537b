"""The figures of one past month that everybody may see, by agency, computed from the days of all employees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.judging import DayStatus, JudgedDay
from service.attendance.recap import month_bounds
from service.connectivity import percentiles_by_group
from service.db.connectivity_tables import LinkReport
from service.db.site_tables import Site
from service.db.tables import Unit
from service.link_reports import hour_of
from service.suppression import LEAST_PEOPLE, Share, Withheld, withhold
from service.top_units import TopUnits, top_units
from service.working_time import WorkingTime

# Judged by their check-ins: of these it can be said whether somebody was late.
PRESENT: Final[frozenset[DayStatus]] = frozenset({"present", "wfh"})
NOT_ATTENDED: Final[frozenset[DayStatus]] = frozenset({"absent", "open"})


@dataclass(frozen=True, slots=True)
class Figures:
    """One row. Where it is `withheld` there is no number.

    unit_code, unit_name : None of the total.
    people : who had a working day. attended_days : of the working days, those that somebody was present on, or
        away for a reason that was approved. on_time_days : of the `present_days`.
    median_upload_ms : None also with fewer than LEAST_PEOPLE measured uploads.
    """

    unit_code: str | None
    unit_name: str | None
    withheld: bool
    people: int | None = None
    working_days: int | None = None
    attended_days: int | None = None
    present_days: int | None = None
    on_time_days: int | None = None
    median_upload_ms: int | None = None

    @property
    def attendance(self) -> float | None:
        """0..1; None where it is withheld, or where there was no day."""
        return _share(self.attended_days, self.working_days)

    @property
    def punctuality(self) -> float | None:
        return _share(self.on_time_days, self.present_days)


@dataclass(slots=True)
class _Tally:
    people: set[int] = field(default_factory=set)
    present_people: set[int] = field(default_factory=set)
    working_days: int = 0
    attended_days: int = 0
    present_days: int = 0
    on_time_days: int = 0

    def add(self, employee_id: int, day: JudgedDay) -> None:
        self.people.add(employee_id)
        self.working_days += 1
        self.attended_days += day.status not in NOT_ATTENDED
        if day.status in PRESENT:
            self.present_people.add(employee_id)
            self.present_days += 1
            self.on_time_days += day.late_step == 0

    @property
    def shares(self) -> tuple[Share, Share]:
        return (
            Share(self.attended_days, self.working_days, len(self.people)),
            Share(self.on_time_days, self.present_days, len(self.present_people)),
        )


def figures_of(work: WorkingTime, month: date) -> tuple[Figures, ...]:
    """The total first, then the agencies by name; none where nobody had a working day.

    month : any day of it. Units in which nobody had a working day are left out, and so is who is in no unit.
    """
    first, last = month_bounds(month)
    with work.db.read() as session:
        tops = top_units(session.scalars(select(Unit)).all())
        medians = _medians(session, work, first, last, tops)
    tallies = _tallies(work, first, last, tops)
    places = sorted(tallies)
    if not places:
        return ()
    hidden = withhold([tallies[place].shares for place in places])
    rows = [
        _figures(tops.rows[place], tallies[place], medians.get(place), withheld=number in hidden.rows)
        for number, place in enumerate(places)
    ]
    return (_total(tallies, medians, hidden), *rows)


def _tallies(work: WorkingTime, first: date, last: date, tops: TopUnits) -> dict[int, _Tally]:
    """By the place of the agency. A day is of the unit that its employee was in on it."""
    tallies: dict[int, _Tally] = {}
    for employee_id, month in work.months(first, last).items():
        for one in month.days:
            if one.judged.planned.kind == "work" and one.unit_id is not None and one.unit_id in tops.of:
                tallies.setdefault(tops.of[one.unit_id], _Tally()).add(employee_id, one.judged)
    return tallies


# The place in `_medians` of all agencies together.
_ALL: Final = -1


def _medians(
    session: Session, work: WorkingTime, first: date, last: date, tops: TopUnits
) -> Mapping[int, int]:
    """Milliseconds, by the place of the agency, and of all; none for fewer than LEAST_PEOPLE uploads."""
    begins = hour_of(datetime.combine(first, time.min, work.zone))
    ends = hour_of(datetime.combine(last + timedelta(days=1), time.min, work.zone))
    wanted = (
        select(Site.unit_id, LinkReport.time_ms)
        .join(Site, Site.id == LinkReport.site_id)
        .where(LinkReport.hour >= begins, LinkReport.hour < ends, LinkReport.time_ms.is_not(None))
    )
    # Past the session: of hundreds of thousands of rows it would make as many objects.
    rows = [(tops.of[unit], ms) for unit, ms in session.connection().execute(wanted) if unit in tops.of]
    if not rows:
        return {}
    table = np.array(rows, np.int64)
    (by_place,) = percentiles_by_group(table[:, 0], table[:, 1], len(tops.rows), (0.5,))
    (of_all,) = percentiles_by_group(np.zeros(len(table), np.int64), table[:, 1], 1, (0.5,))
    counts = np.bincount(table[:, 0], minlength=len(tops.rows))
    found = {int(place): int(by_place[place]) for place in np.flatnonzero(counts >= LEAST_PEOPLE)}
    return found | ({_ALL: int(of_all[0])} if len(table) >= LEAST_PEOPLE else {})


def _figures(unit: Unit, tally: _Tally, median_ms: int | None, *, withheld: bool) -> Figures:
    if withheld:
        return Figures(unit.code, unit.name, withheld=True)
    return Figures(
        unit.code,
        unit.name,
        withheld=False,
        people=len(tally.people),
        working_days=tally.working_days,
        attended_days=tally.attended_days,
        present_days=tally.present_days,
        on_time_days=tally.on_time_days,
        median_upload_ms=median_ms,
    )


def _total(tallies: Mapping[int, _Tally], medians: Mapping[int, int], hidden: Withheld) -> Figures:
    if hidden.total:
        return Figures(None, None, withheld=True)
    every = tallies.values()
    return Figures(
        None,
        None,
        withheld=False,
        people=len(set().union(*(one.people for one in every))),
        working_days=sum(one.working_days for one in every),
        attended_days=sum(one.attended_days for one in every),
        present_days=sum(one.present_days for one in every),
        on_time_days=sum(one.on_time_days for one in every),
        median_upload_ms=medians.get(_ALL),
    )


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else part / whole
