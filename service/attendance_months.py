"""Months of attendance, of one employee or of thousands at once: few queries, then the pure rules."""

from collections import defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.approved import NOTHING_APPROVED, Approved
from service.attendance.day import Punch
from service.attendance.deductions import Deduction, deductions_of
from service.attendance.judging import Expected, JudgedDay, judge
from service.attendance.punch_days import Frame, PunchDays
from service.attendance.recap import Summary, summarise_month
from service.attendance.schedule import PlannedDay, Rules
from service.attendance_days import ONE_DAY, Member, Planner, recorded_days, stored_plans
from service.collection_pause import collection_paused
from service.counted_punches import counted_punches
from service.db.tables import Checkin, CheckinKind, CheckinStatus
from service.machine_times import MachineTime, add_machine_times, machine_of, machine_times

# More ids than this in one statement, and reading everybody's is quicker.
MOST_IDS = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A check-in that is not decided yet, and why."""

    checkin_id: str
    at: datetime
    kind: CheckinKind
    status: CheckinStatus
    reasons: tuple[str, ...]


class MonthDay(NamedTuple):
    """`unit_id`: of the unit that the day belongs to.

    first_in_source, last_out_source : name of the fingerprint machine that the time came from, else None.
    """

    judged: JudgedDay
    deductions: tuple[Deduction, ...]
    waiting: tuple[Waiting, ...]
    unit_id: int | None
    first_in_source: str | None = None
    last_out_source: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    days: tuple[MonthDay, ...]
    summary: Summary

    def part(self, unit_ids: Container[int | None]) -> "Month":
        """The days in these units alone, added up."""
        days = [day for day in self.days if day.unit_id in unit_ids]
        return _month(days, self.summary.deductions.cap)


@dataclass(frozen=True, slots=True)
class _Span:
    """The days asked for, and one more on either side: shifts go over midnight."""

    first: date
    last: date

    @property
    def padded(self) -> list[date]:
        begins = self.first - ONE_DAY
        return [begins + ONE_DAY * number for number in range((self.last - begins).days + 2)]


def months_of(
    session: Session,
    rules: Rules,
    staff: Sequence[Member],
    first: date,
    last: date,
    *,
    approved: Mapping[int, Approved],
    everybody: bool,
    with_waiting: bool,
    now: datetime,
) -> dict[int, Month]:
    """By employee id. everybody : `staff` is all there are, so that no query has to name them."""
    with collection_paused() if len(staff) > MOST_IDS else nullcontext():
        return _months_of(
            session,
            rules,
            staff,
            _Span(first, last),
            approved=approved,
            everybody=everybody,
            with_waiting=with_waiting,
            now=now,
        )


def _months_of(
    session: Session,
    rules: Rules,
    staff: Sequence[Member],
    span: _Span,
    *,
    approved: Mapping[int, Approved],
    everybody: bool,
    with_waiting: bool,
    now: datetime,
) -> dict[int, Month]:
    ids = None if everybody or len(staff) > MOST_IDS else [member.id for member in staff]
    padded = span.padded
    stored = stored_plans(session, padded[0], padded[-1])
    recorded = recorded_days(session, padded[0], padded[-1], ids)
    bounds = _bounds(span, staff) if staff else (now, now)
    punches, from_machines = counted_punches(session, *bounds, ids), machine_times(session, *bounds, ids)
    add_machine_times(punches, from_machines)
    waiting = _waiting(session, span, staff, ids) if with_waiting else {}
    pricing = _Pricing(rules, span.last)
    planned = _PlannedMonths(Planner(rules), stored, span, pricing, now)
    found: dict[int, Month] = {}
    for member in staff:
        month = planned.of(member, recorded.get(member.id, ()))
        by_day = _by_day(member, month, punches.get(member.id, ()))
        days = _days(month, by_day, approved.get(member.id, NOTHING_APPROVED), pricing, now)
        mine = waiting.get(member.id)
        if mine:
            days = _with_waiting(days, mine, member)
        times = from_machines.get(member.id)
        if times:
            days = _with_sources(days, times)
        found[member.id] = _month(days, pricing.cap)
    return found


@dataclass(frozen=True, slots=True)
class _PlannedMonth:
    """What all share who have the same days in the same units.

    nothing : what becomes of each of `days` without a check-in and without anything approved.
    plans : those that were planned just now; kept, so that no other object gets the identity of one of them.
    """

    days: tuple[Expected, ...]
    frames: Mapping[date, Frame]
    punch_days: PunchDays
    nothing: tuple[MonthDay, ...]
    plans: tuple[Expected, ...]


class _PlannedMonths:
    """Days as they were recorded and, where they are not, as they are planned now: made but once for all alike."""

    def __init__(
        self,
        planner: Planner,
        stored: Mapping[int, PlannedDay],
        span: _Span,
        pricing: "_Pricing",
        now: datetime,
    ) -> None:
        self._planner = planner
        self._ready = {plan_id: planner.ready(plan) for plan_id, plan in stored.items()}
        self._span = span
        self._padded = span.padded
        self._pricing = pricing
        self._now = now
        self._unrecorded: dict[tuple[int, ...], tuple[date, ...]] = {}
        self._shared: dict[tuple[object, ...], _PlannedMonth] = {}

    def of(self, member: Member, recorded: Collection[int]) -> _PlannedMonth:
        """recorded : ids of plans."""
        plan_ids = tuple(recorded)
        days = self._unrecorded.get(plan_ids)
        if days is None:
            there = {self._ready[plan_id].planned.date for plan_id in plan_ids}
            days = self._unrecorded[plan_ids] = tuple(day for day in self._padded if day not in there)
        plans = tuple([self._planner.plan(member, day) for day in days])
        key = (plan_ids, member.zone.key, member.unit_id, member.stays, *map(id, plans))
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = self._made(plan_ids, plans, member)
        return found

    def _made(self, plan_ids: tuple[int, ...], plans: tuple[Expected, ...], member: Member) -> _PlannedMonth:
        by_date = {one.planned.date: one for one in (*(self._ready[one] for one in plan_ids), *plans)}
        frames = {day: plan.frame for day, plan in by_date.items() if plan.frame is not None}
        days = tuple(by_date[day] for day in self._padded if self._span.first <= day <= self._span.last)
        bare = (judge(day, (), now=self._now) for day in days)
        nothing = tuple(MonthDay(day, self._pricing.of(day), (), member.unit_on(day.date)) for day in bare)
        return _PlannedMonth(days, frames, PunchDays(frames, member.zone), nothing, plans)


def _by_day(member: Member, month: _PlannedMonth, punches: Sequence[Punch]) -> Mapping[date, Sequence[Punch]]:
    """Each check-in in just one day, by the clock of where its employee worked then."""
    if not member.zones:
        return month.punch_days.sort(punches)
    found: dict[date, list[Punch]] = defaultdict(list)
    for zone in {member.zone, *member.zones.values()}:
        there = [punch for punch in punches if member.zone_at(punch.at) == zone]
        for day, mine in PunchDays(month.frames, zone).sort(there).items():
            found[day] += mine
    return found


def _days(
    month: _PlannedMonth,
    punches: Mapping[date, Sequence[Punch]],
    approved: Approved,
    pricing: "_Pricing",
    now: datetime,
) -> list[MonthDay]:
    absences, corrections, presences = approved.absences, approved.corrections, approved.presences
    something = bool(absences or corrections or presences)
    found = []
    for expected, nothing in zip(month.days, month.nothing, strict=True):
        day = expected.planned.date
        of_day = punches.get(day, ())
        if not of_day and not something:
            found.append(nothing)
            continue
        judged = judge(
            expected,
            of_day,
            absence=approved.absence_on(day) if absences else None,
            correction=approved.correction_on(day) if corrections else None,
            presences=presences,
            now=now,
        )
        found.append(MonthDay(judged, pricing.of(judged), (), nothing.unit_id))
    return found


class _Pricing:
    """What days cost, by the deductions that were recorded with them."""

    def __init__(self, rules: Rules, last: date) -> None:
        self._rules = rules
        self._tables = {table.id: table for table in rules.deductions}
        self.cap = rules.deductions_on(last).cap

    def of(self, day: JudgedDay) -> tuple[Deduction, ...]:
        known = day.planned.deductions_id
        table = self._rules.deductions_on(day.date) if known is None else self._tables[known]
        return deductions_of(day, table)


def _with_waiting(days: Sequence[MonthDay], waiting: Sequence[Waiting], member: Member) -> list[MonthDay]:
    judged = [day.judged for day in days]
    waiting_on: dict[date, list[Waiting]] = defaultdict(list)
    for one in waiting:
        waiting_on[_day_of(one, judged, member)].append(one)
    return [day._replace(waiting=tuple(waiting_on.get(day.judged.date, ()))) for day in days]


def _with_sources(days: Sequence[MonthDay], times: Sequence[MachineTime]) -> list[MonthDay]:
    return [
        day._replace(
            first_in_source=machine_of(times, day.judged.first_in),
            last_out_source=machine_of(times, day.judged.last_out),
        )
        for day in days
    ]


def _month(days: Sequence[MonthDay], cap: Decimal) -> Month:
    lines = chain.from_iterable([day.deductions for day in days])
    return Month(tuple(days), summarise_month([day.judged for day in days], lines, cap))


def _day_of(waiting: Waiting, days: Sequence[JudgedDay], member: Member) -> date:
    """The day that shows the check-in; a night shift's is on the date it began."""
    shown = (day.date for day in days if waiting.at in {day.first_in, day.last_out})
    return next(shown, waiting.at.astimezone(member.zone_at(waiting.at)).date())


def _bounds(span: _Span, staff: Sequence[Member]) -> tuple[datetime, datetime]:
    """Wide enough for every zone that somebody is in."""
    days = span.padded
    zones = {zone for member in staff for zone in (member.zone, *member.zones.values())}
    begins = min(datetime.combine(days[0], time.min, zone) for zone in zones)
    ends = max(datetime.combine(days[-1] + ONE_DAY, time.min, zone) for zone in zones)
    return begins, ends


def _waiting(
    session: Session, span: _Span, staff: Sequence[Member], ids: Collection[int] | None
) -> dict[int, list[Waiting]]:
    if not staff:
        return {}
    begins, ends = _bounds(span, staff)
    chosen = (
        select(
            Checkin.employee_id,
            Checkin.id,
            Checkin.counted_at,
            Checkin.kind,
            Checkin.status,
            Checkin.reasons,
        )
        .where(
            Checkin.counted_at >= begins,
            Checkin.counted_at < ends,
            Checkin.status.in_(("review", "received")),
        )
        .order_by(Checkin.counted_at)
    )
    if ids is not None:
        chosen = chosen.where(Checkin.employee_id.in_(ids))
    found: dict[int, list[Waiting]] = defaultdict(list)
    for employee_id, checkin_id, counted_at, kind, status, reasons in session.execute(chosen):
        assert counted_at is not None  # it is compared
        found[employee_id].append(Waiting(checkin_id, counted_at, kind, status, tuple(reasons)))
    return found
