"""Months of attendance, of one employee or of thousands at once: few queries, then the pure rules."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.approved import NOTHING_APPROVED, Approved
from service.attendance.day import NOT_COUNTED, Punch
from service.attendance.deduction_table import DeductionTable
from service.attendance.deductions import Deduction, deductions_of
from service.attendance.hours import CUSTOMARY_WINDOWS, Windows
from service.attendance.judging import JudgedDay, frame_of, judge
from service.attendance.punch_days import Frame, by_day
from service.attendance.recap import Summary, summarise_month
from service.attendance.schedule import PlannedDay, Rules
from service.attendance_days import ONE_DAY, Member, Planner, recorded_days
from service.db.tables import Checkin, CheckinKind, CheckinStatus

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
    judged: JudgedDay
    deductions: tuple[Deduction, ...]
    waiting: tuple[Waiting, ...]


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
    recorded = recorded_days(session, padded[0], padded[-1], ids)
    punches = _punches(session, span, staff, ids)
    waiting = _waiting(session, span, staff, ids) if with_waiting else {}
    planner = Planner(rules)
    found: dict[int, Month] = {}
    for member in staff:
        plans = {}
        for day in padded:
            plans[day] = recorded.get((member.id, day)) or planner.plan(member, day)
        requests = approved.get(member.id, NOTHING_APPROVED)
        days = _judged(rules, member, span, plans, punches.get(member.id, ()), requests, now)
        found[member.id] = _month(rules, span, days, waiting.get(member.id, ()), member)
    return found


def _judged(
    rules: Rules,
    member: Member,
    span: _Span,
    plans: Mapping[date, PlannedDay],
    punches: Sequence[Punch],
    approved: Approved,
    now: datetime,
) -> list[JudgedDay]:
    frames: dict[date, Frame] = {}
    for day, plan in plans.items():
        frame = frame_of(plan, _windows(rules, plan))
        if frame is not None:
            frames[day] = frame
    mine = by_day(frames, punches, member.zone)
    return [
        judge(
            plan,
            _windows(rules, plan),
            0 if plan.version_id is None else rules.version(plan.version_id).tolerance_min,
            mine.get(day, ()),
            absence=approved.absence_on(day),
            correction=approved.correction_on(day),
            now=now,
        )
        for day, plan in plans.items()
        if span.first <= day <= span.last
    ]


def _month(
    rules: Rules, span: _Span, days: Sequence[JudgedDay], waiting: Sequence[Waiting], member: Member
) -> Month:
    tables = {table.id: table for table in rules.deductions}

    def table_of(plan: PlannedDay) -> DeductionTable:
        known = None if plan.deductions_id is None else tables.get(plan.deductions_id)
        return known or rules.deductions_on(plan.date)

    summary = summarise_month(days, table_of, rules.deductions_on(span.last))
    waiting_by_date: dict[date, list[Waiting]] = defaultdict(list)
    for one in waiting:
        waiting_by_date[_day_of(one, days, member)].append(one)
    return Month(
        tuple(
            MonthDay(day, deductions_of(day, table_of(day.planned)), tuple(waiting_by_date.get(day.date, ())))
            for day in days
        ),
        summary,
    )


def _day_of(waiting: Waiting, days: Sequence[JudgedDay], member: Member) -> date:
    """The day that shows the check-in; a night shift's is on the date it began."""
    shown = (day.date for day in days if waiting.at in {day.first_in, day.last_out})
    return next(shown, waiting.at.astimezone(member.zone).date())


def _windows(rules: Rules, plan: PlannedDay) -> Windows:
    return CUSTOMARY_WINDOWS if plan.version_id is None else rules.version(plan.version_id).windows


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
    for employee_id, counted_at, kind, status in session.execute(chosen):
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
