"""What is expected of everybody on each day, planned by the rules, and recorded once the day is past."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.attendance.hours import CUSTOMARY_WINDOWS
from service.attendance.judging import Expected, expect
from service.attendance.schedule import PlannedDay, Rules
from service.attendance.stays import Stays
from service.db.schedule_tables import AttendanceDay, DayPlan, WorkPattern
from service.db.tables import Employee
from service.stays import Zones, stays_of, zones_of_stays

ONE_DAY: Final = timedelta(days=1)
# A service that was down for longer leaves the days before unrecorded: they go on following the rules.
RECORDED_BACK: Final = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Member:
    """An employee as the plan sees them.

    since : their first day, on the roster and at work, by the clock of their place.
    until : their last day of work; None where nobody has said.
    unit_id, zone : of now. stays : None for somebody who has never moved.
    zones : by unit, of somebody who has moved between zones.
    """

    id: int
    unit_id: int | None
    zone: ZoneInfo
    since: date
    until: date | None
    active: bool
    stays: Stays | None = None
    zones: Mapping[int | None, ZoneInfo] = field(default_factory=dict)

    def works_on(self, day: date) -> bool:
        return self.active and self.since <= day and (self.until is None or day <= self.until)

    def unit_on(self, day: date) -> int | None:
        """Id of the unit whose attendance the day belongs to."""
        return self.unit_id if self.stays is None else self.stays.unit_on(day)

    def zone_on(self, day: date) -> ZoneInfo:
        """By whose clock the day is counted."""
        return self.zones.get(self.unit_on(day), self.zone) if self.zones else self.zone

    def zone_at(self, at: datetime) -> ZoneInfo:
        return self.zone_on(local_date(at, self.zone)) if self.zones else self.zone


class Planner:
    """Plans days, each but once for all who share unit and zone."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._shared: dict[tuple[int | None, date, str], Expected] = {}
        self._outside: dict[date, Expected] = {}

    def plan(self, member: Member, day: date) -> Expected:
        if not member.works_on(day):
            if day not in self._outside:
                self._outside[day] = self.ready(PlannedDay(day, "outside"))
            return self._outside[day]
        unit_id, zone = member.unit_on(day), member.zone_on(day)
        if self._rules.has_own(member.id):
            return self.ready(self._rules.plan(member.id, unit_id, day, zone))
        key = (unit_id, day, zone.key)
        found = self._shared.get(key)
        if found is None:
            planned = self._rules.plan_of_unit(unit_id, day, zone)
            found = self._shared[key] = self.ready(planned)
        return found

    def ready(self, planned: PlannedDay) -> Expected:
        if planned.version_id is None:
            return expect(planned, CUSTOMARY_WINDOWS, 0)
        version = self._rules.version(planned.version_id)
        return expect(planned, version.windows, version.tolerance_min)


def members(
    session: Session, zones: Zones, default: ZoneInfo, wanted: ColumnElement[bool] | None = None
) -> list[Member]:
    """Those who are not erased; `wanted`: a condition on Employee."""
    chosen = select(
        Employee.id,
        Employee.unit_id,
        Employee.created_at,
        Employee.active,
        Employee.works_from,
        Employee.works_until,
    ).where(Employee.erased_at.is_(None))
    # By the connection: no entity is loaded, and rows of thousands come in half the time.
    rows = session.connection().execute(chosen if wanted is None else chosen.where(wanted)).all()
    ids = [row.id for row in rows]
    by_id = zones(session, ids)
    stays = stays_of(session, None if wanted is None else ids)
    of_stays = zones_of_stays(session, zones, default, stays)
    nowhere: Mapping[int | None, ZoneInfo] = {}
    found = []
    for row in rows:
        zone = by_id.get(row.id, default)
        added = local_date(row.created_at, zone)
        since = added if row.works_from is None else max(added, row.works_from)
        found.append(
            Member(
                row.id,
                row.unit_id,
                zone,
                since,
                row.works_until,
                row.active,
                stays.get(row.id),
                of_stays.get(row.id, nowhere),
            )
        )
    return found


def record_due(session: Session, rules: Rules, staff: Iterable[Member], now: datetime) -> int:
    """Record every day that is past and not recorded yet, by these rules. Gives how many.

    On PostgreSQL one process at a time: what another one has recorded is seen here.
    """
    session.execute(select(WorkPattern.id).where(WorkPattern.is_default).with_for_update())
    planner, latest = Planner(rules), _latest_days(session, (now - RECORDED_BACK).date())
    due = [
        (member.id, planner.plan(member, day).planned)
        for member in staff
        if member.active
        for day in _due_days(member, latest.get(member.id), now)
    ]
    ids = plan_ids(session, [planned for _, planned in due])
    if due:
        rows = [{"employee_id": one, "day": plan.date, "plan_id": ids[plan]} for one, plan in due]
        session.execute(insert(AttendanceDay), rows)
    return len(due)


def plan_ids(session: Session, wanted: Collection[PlannedDay]) -> dict[PlannedDay, int]:
    """The ids of their rows; those that are not there yet are added."""
    if not wanted:
        return {}
    days = [planned.date for planned in wanted]
    known = {plan: plan_id for plan_id, plan in stored_plans(session, min(days), max(days)).items()}
    for planned in wanted:
        if planned not in known:
            row = _row_of(planned)
            session.add(row)
            session.flush()
            known[planned] = row.id
    return known


def stored_plans(session: Session, first: date, last: date) -> dict[int, PlannedDay]:
    """By id, of the days from `first` to `last`."""
    rows = session.execute(
        select(
            DayPlan.id,
            DayPlan.day,
            DayPlan.kind,
            DayPlan.name,
            DayPlan.version_id,
            DayPlan.starts_at,
            DayPlan.ends_at,
            DayPlan.deductions_id,
        ).where(DayPlan.day >= first, DayPlan.day <= last)
    )
    return {row[0]: PlannedDay(*row[1:]) for row in rows}


def recorded_days(
    session: Session, first: date, last: date, employee_ids: Collection[int] | None = None
) -> dict[int, list[int]]:
    """Ids of plans by employee, in no order. employee_ids : None is everybody."""
    chosen = select(AttendanceDay.employee_id, AttendanceDay.plan_id).where(
        AttendanceDay.day >= first, AttendanceDay.day <= last
    )
    if employee_ids is not None:
        chosen = chosen.where(AttendanceDay.employee_id.in_(employee_ids))
    found: dict[int, list[int]] = defaultdict(list)
    for employee_id, plan_id in session.connection().execute(chosen).all():
        found[employee_id].append(plan_id)
    return found


def _row_of(planned: PlannedDay) -> DayPlan:
    return DayPlan(
        day=planned.date,
        kind=planned.kind,
        name=planned.name,
        version_id=planned.version_id,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        deductions_id=planned.deductions_id,
    )


def _latest_days(session: Session, since: date) -> dict[int, date]:
    latest = select(AttendanceDay.employee_id, func.max(AttendanceDay.day)).where(AttendanceDay.day >= since)
    return {row[0]: row[1] for row in session.execute(latest.group_by(AttendanceDay.employee_id))}


def _due_days(member: Member, latest: date | None, now: datetime) -> Iterable[date]:
    today = local_date(now, member.zone)
    first = max(member.since, today - RECORDED_BACK)
    if latest is not None:
        first = max(first, latest + ONE_DAY)
    return (first + ONE_DAY * number for number in range((today - first).days))
