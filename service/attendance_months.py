"""Months of attendance, of one employee or of thousands at once: few queries, then the pure rules."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.approved import NOTHING_APPROVED, Approved
from service.attendance.day import NOT_COUNTED, Punch
from service.attendance.deductions import Deduction, deductions_of
from service.attendance.judging import Expected, JudgedDay, judge
from service.attendance.punch_days import by_day
from service.attendance.recap import Summary, summarise_month
from service.attendance.schedule import Rules
from service.attendance_days import ONE_DAY, Member, Planner, recorded_days, stored_plans
from service.db.tables import Checkin, CheckinKind, CheckinStatus
from service.machine_times import MachineTime, machine_of, machine_times

# More ids than this in one statement, and reading everybody's is quicker.
MOST_IDS = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """A check-in that is not decided yet, and why."""

    at: datetime
    kind: CheckinKind
    status: CheckinStatus
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthDay:
    """`first_in_source`, `last_out_source`: name of the fingerprint machine that the time came from, else None."""

    judged: JudgedDay
    deductions: tuple[Deduction, ...]
    waiting: tuple[Waiting, ...]
    first_in_source: str | None = None
    last_out_source: str | None = None


@dataclass(frozen=True, slots=True)
class Month:
    days: tuple[MonthDay, ...]
    summary: Summary


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
    span = _Span(first, last)
    padded = span.padded
    ids = None if everybody or len(staff) > MOST_IDS else [member.id for member in staff]
    planner = Planner(rules)
    stored = stored_plans(session, padded[0], padded[-1])
    ready = {plan_id: planner.ready(plan) for plan_id, plan in stored.items()}
    recorded = recorded_days(session, padded[0], padded[-1], ids)
    punches = _punches(session, span, staff, ids)
    from_machines = machine_times(session, *_bounds(span, staff), ids) if staff else {}
    for employee_id, times in from_machines.items():
        punches.setdefault(employee_id, []).extend(one.punch for one in times)
    waiting = _waiting(session, span, staff, ids) if with_waiting else {}
    pricing = _Pricing(rules, span.last)
    found: dict[int, Month] = {}
    for member in staff:
        mine = {ready[plan_id].planned.date: ready[plan_id] for plan_id in recorded.get(member.id, ())}
        plans = {day: mine.get(day) or planner.plan(member, day) for day in padded}
        requests = approved.get(member.id, NOTHING_APPROVED)
        days = _judged(member, span, plans, punches.get(member.id, ()), requests, now)
        times = from_machines.get(member.id, [])
        found[member.id] = _month(pricing, days, waiting.get(member.id, ()), member, times)
    return found


def _judged(
    member: Member,
    span: _Span,
    plans: Mapping[date, Expected],
    punches: Sequence[Punch],
    approved: Approved,
    now: datetime,
) -> list[JudgedDay]:
    frames = {day: plan.frame for day, plan in plans.items() if plan.frame is not None}
    mine = by_day(frames, punches, member.zone)
    return [
        judge(
            plan,
            mine.get(day, ()),
            absence=approved.absence_on(day) if approved.absences else None,
            correction=approved.correction_on(day) if approved.corrections else None,
            presences=approved.presences,
            now=now,
        )
        for day, plan in plans.items()
        if span.first <= day <= span.last
    ]


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


def _month(
    pricing: _Pricing,
    days: Sequence[JudgedDay],
    waiting: Sequence[Waiting],
    member: Member,
    times: Sequence[MachineTime],
) -> Month:
    costs = [pricing.of(day) for day in days]
    waiting_on: dict[date, list[Waiting]] = defaultdict(list)
    for one in waiting:
        waiting_on[_day_of(one, days, member)].append(one)
    shown = tuple(
        MonthDay(
            day,
            cost,
            tuple(waiting_on.get(day.date, ())),
            machine_of(times, day.first_in) if times else None,
            machine_of(times, day.last_out) if times else None,
        )
        for day, cost in zip(days, costs, strict=True)
    )
    return Month(shown, summarise_month(days, chain.from_iterable(costs), pricing.cap))


def _day_of(waiting: Waiting, days: Sequence[JudgedDay], member: Member) -> date:
    """The day that shows the check-in; a night shift's is on the date it began."""
    shown = (day.date for day in days if waiting.at in {day.first_in, day.last_out})
    return next(shown, waiting.at.astimezone(member.zone).date())


def _bounds(span: _Span, staff: Sequence[Member]) -> tuple[datetime, datetime]:
    """Wide enough for every zone that somebody is in."""
    days = span.padded
    zones = {member.zone for member in staff}
    begins = min(datetime.combine(days[0], time.min, zone) for zone in zones)
    ends = max(datetime.combine(days[-1] + ONE_DAY, time.min, zone) for zone in zones)
    return begins, ends


def _punches(
    session: Session, span: _Span, staff: Sequence[Member], ids: Collection[int] | None
) -> dict[int, list[Punch]]:
    if not staff:
        return {}
    begins, ends = _bounds(span, staff)
    chosen = select(Checkin.employee_id, Checkin.counted_at, Checkin.kind, Checkin.status).where(
        Checkin.counted_at >= begins, Checkin.counted_at < ends, Checkin.status.not_in(NOT_COUNTED)
    )
    if ids is not None:
        chosen = chosen.where(Checkin.employee_id.in_(ids))
    found: dict[int, list[Punch]] = defaultdict(list)
    for employee_id, counted_at, kind, status in session.connection().execute(chosen).all():
        assert counted_at is not None  # it is compared
        found[employee_id].append(Punch(counted_at, kind, status))
    return found


def _waiting(
    session: Session, span: _Span, staff: Sequence[Member], ids: Collection[int] | None
) -> dict[int, list[Waiting]]:
    if not staff:
        return {}
    begins, ends = _bounds(span, staff)
    chosen = (
        select(Checkin.employee_id, Checkin.counted_at, Checkin.kind, Checkin.status, Checkin.reasons)
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
    for employee_id, counted_at, kind, status, reasons in session.execute(chosen):
        assert counted_at is not None  # it is compared
        found[employee_id].append(Waiting(counted_at, kind, status, tuple(reasons)))
    return found
