"""How everybody stands just now: there, late, missing, gone, or not expected, by the rules of the months."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.attendance.approved import NOTHING_APPROVED, Approved
from service.attendance.day import Punch, local_date
from service.attendance.judging import Expected, judge
from service.attendance.punch_days import PunchDays
from service.attendance.schedule import Rules
from service.attendance.standing import Standing, shift_at, standing
from service.attendance_days import ONE_DAY, Member, Planner, members, recorded_days, stored_plans
from service.collection_pause import collection_paused
from service.counted_punches import counted_punches
from service.db.tables import Unit
from service.machine_times import add_machine_times, machine_times
from service.units import tree_order
from service.working_rules import ensure_rules, load_rules
from service.working_time import ApprovedRequests, WorkingTime

# However many look at the page, the staff is counted no more often than this in one process.
FRESH_FOR: Final = timedelta(seconds=2)
# The day of the calendar, with the one before and the one after: index of the first.
TODAY: Final = 1


class UnitLine(NamedTuple):
    """A unit of the tree; those below it follow it, with a greater `depth`."""

    id: int
    code: str
    name: str
    depth: int


class Someone(NamedTuple):
    """unit_id : whose attendance the day belongs to. home_id : in which they are now."""

    employee_id: int
    unit_id: int | None
    home_id: int | None
    zone: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Board:
    """All who work here at the moment `as_of`, in the order of their ids, and the whole tree of units."""

    as_of: datetime
    units: tuple[UnitLine, ...]
    people: tuple[Someone, ...]


class StaffToday:
    """Safe for use by many threads."""

    def __init__(self, working_time: WorkingTime, approved_of: ApprovedRequests) -> None:
        self._time = working_time
        self._approved_of = approved_of
        self._turn = threading.Lock()
        self._kept: Board | None = None

    def board(self) -> Board:
        """True at the moment that it names, at most FRESH_FOR ago."""
        with self._turn:  # one counts, and the others who waited take the same
            now = self._time.clock()
            kept = self._kept
            if kept is None or not timedelta(0) <= now - kept.as_of < FRESH_FOR:
                kept = self._kept = self._count(now)
            return kept

    def _count(self, now: datetime) -> Board:
        ensure_rules(self._time.db, now)
        with collection_paused(), self._time.db.read() as session:
            rows = session.scalars(select(Unit).order_by(func.lower(Unit.name), Unit.code)).all()
            units = tuple(UnitLine(row.id, row.code, row.name, depth) for row, depth in tree_order(rows))
            staff = members(session, self._time.zones_of, self._time.zone)
            ids, today = [member.id for member in staff], now.date()
            approved = self._approved_of(session, ids, today - 2 * ONE_DAY, today + 2 * ONE_DAY)
            return Board(now, units, _people(session, load_rules(session), staff, approved, now))


class _Shift(NamedTuple):
    """What all share who have the same days. nothing : how they stand without check-in and approval."""

    expected: Expected
    punch_days: PunchDays
    since: datetime
    nothing: Standing
    # Kept, so that no other object gets the identity of one of them.
    days: tuple[Expected, ...]


def _people(
    session: Session, rules: Rules, staff: Sequence[Member], approved: Mapping[int, Approved], now: datetime
) -> tuple[Someone, ...]:
    here = [member for member in staff if member.active]
    shifts = _Shifts(rules, now)
    # A day that is past stays what was expected when it was recorded, as in the months.
    shift_of = [shifts.of(member) for member in here]
    since = min((shift.since for shift in shift_of), default=now)
    recorded = shifts.recorded_yesterday(session, here, shift_of, since)
    if recorded:
        shift_of = [
            shifts.after(recorded.get(member.id), shift, member.zone)
            for member, shift in zip(here, shift_of, strict=True)
        ]
        since = min(shift.since for shift in shift_of)
    punches = counted_punches(session, since)
    add_machine_times(punches, machine_times(session, since, now + ONE_DAY))
    found = []
    for member, shift in zip(here, shift_of, strict=True):
        if shift.expected.planned.kind == "outside":
            continue
        unit_id = member.unit_on(shift.expected.planned.date)
        how = _standing(shift, punches.get(member.id, ()), approved.get(member.id), now)
        found.append(Someone(member.id, unit_id, member.unit_id, member.zone.key, how))
    return tuple(found)


class _Shifts:
    """Which shift each is in, found but once for all whose days are the same."""

    def __init__(self, rules: Rules, now: datetime) -> None:
        self._planner = Planner(rules)
        self._now = now
        self._days: dict[ZoneInfo, tuple[date, ...]] = {}
        self._shared: dict[tuple[str, int, int, int], _Shift] = {}

    def days_of(self, zone: ZoneInfo) -> tuple[date, ...]:
        if zone not in self._days:
            today = local_date(self._now, zone)
            self._days[zone] = (today - ONE_DAY, today, today + ONE_DAY)
        return self._days[zone]

    def of(self, member: Member) -> _Shift:
        before, today, after = self.days_of(member.zone)
        plan = self._planner.plan
        return self._of((plan(member, before), plan(member, today), plan(member, after)), member.zone)

    def after(self, yesterday: Expected | None, shift: _Shift, zone: ZoneInfo) -> _Shift:
        """The same with `yesterday` as it was recorded, if it was."""
        return shift if yesterday is None else self._of((yesterday, *shift.days[1:]), zone)

    def _of(self, days: tuple[Expected, ...], zone: ZoneInfo) -> _Shift:
        key = (zone.key, id(days[0]), id(days[1]), id(days[2]))
        if key not in self._shared:
            self._shared[key] = self._shift(days, zone)
        return self._shared[key]

    def recorded_yesterday(
        self, session: Session, staff: Sequence[Member], shift_of: Sequence[_Shift], since: datetime
    ) -> dict[int, Expected]:
        """By employee id; read only where the hours of yesterday reach into what is asked about."""
        yesterdays = {self.days_of(zone)[0] for zone in {member.zone for member in staff}}
        if not yesterdays:
            return {}
        first, last = min(yesterdays), max(yesterdays)
        stored = {one: self._planner.ready(plan) for one, plan in stored_plans(session, first, last).items()}
        planned = {id(shift): shift.days[0] for shift in shift_of}
        if not any(
            day.frame is not None and day.frame.closes_at >= since
            for day in (*stored.values(), *planned.values())
        ):
            return {}
        zone_of = {member.id: member.zone for member in staff}
        return {
            employee_id: stored[plan_id]
            for employee_id, plan_ids in recorded_days(session, first, last).items()
            if employee_id in zone_of
            for plan_id in plan_ids
            if stored[plan_id].planned.date == self.days_of(zone_of[employee_id])[0]
        }

    def _shift(self, days: tuple[Expected, ...], zone: ZoneInfo) -> _Shift:
        expected = shift_at(days, TODAY, self._now)
        frame = expected.frame
        since = datetime.combine(expected.planned.date, time.min, zone) if frame is None else frame.opens_at
        frames = {day.planned.date: day.frame for day in days if day.frame is not None}
        nothing = standing(expected, judge(expected, (), now=self._now), (), self._now)
        return _Shift(expected, PunchDays(frames, zone), since, nothing, days)


def _standing(shift: _Shift, punches: Sequence[Punch], approved: Approved | None, now: datetime) -> Standing:
    if not punches and approved is None:
        return shift.nothing
    expected, requests = shift.expected, approved or NOTHING_APPROVED
    day = expected.planned.date
    mine = shift.punch_days.sort(punches).get(day, ())
    judged = judge(
        expected,
        mine,
        absence=requests.absence_on(day),
        correction=requests.correction_on(day),
        presences=requests.presences,
        now=now,
    )
    return standing(expected, judged, mine, now)
