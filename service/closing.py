"""Closing the month of a unit, or of a unit with all below it, and unlocking it.

Each unit is closed by itself, in one transaction with its figures, so that what is interrupted goes on where it
was. What is closed stays in the history: an unlocking is one more fact beside it, and closing again makes new
figures beside the old ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service import closed_figures, closing_checklist
from service.attendance.day import local_date
from service.attendance.recap import month_bounds
from service.attendance_months import Month
from service.audit_notes import note
from service.closed_months import in_force
from service.closing_checklist import LineKind, Matter, Span, blocking, matters_of_days, open_matters
from service.closing_devices import waiting_devices
from service.closing_errors import (
    AlreadyClosed,
    CloseAnywayNotAllowed,
    MonthNotClosed,
    MonthNotOver,
    MonthNotReady,
    UnlockNotAllowed,
)
from service.day_changes import month_changed
from service.db.closing_tables import ClosedFigures, ClosedMonth
from service.db.tables import Account, Unit
from service.errors import Json
from service.reach import Reach, reach_of, unit_and_below
from service.units import unit_row
from service.working_time import WorkingTime
from service.written_words import tidy

# Of so many people at a time: others who write wait for about a second then.
PEOPLE_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """unit : a code. below : with all below it. reason : to close over what is open; None: only what is ready."""

    unit: str
    month: date
    below: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ClosingReport:
    """Codes of units: those closed now, those that were before, and those left open with what keeps them so."""

    closed: tuple[str, ...]
    before: tuple[str, ...]
    open: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Closing:
    """Who closes, when, and over what."""

    working_time: WorkingTime
    first: date
    last: date
    by: int
    reason: str | None
    now: datetime


def may_close_anyway(account: Account) -> bool:
    """Over what is open."""
    return account.role == "admin" or (account.role == "hr" and reach_of(account).everybody)


def may_unlock(session: Session, account: Account, unit_id: int) -> bool:
    """Whoever reaches everybody, or a unit strictly above."""
    reach = reach_of(account)
    if reach.everybody or reach.unit_id is None:
        return reach.everybody
    return unit_id != reach.unit_id and _is_within(session, unit_id, reach)


def check_rights(account: Account, wanted: Wanted) -> None:
    """Raises CloseAnywayNotAllowed and WordsRefused."""
    if wanted.reason is not None:
        tidy(wanted.reason, "reason")
        if not may_close_anyway(account):
            raise CloseAnywayNotAllowed


def close_month(
    working_time: WorkingTime,
    account: Account,
    wanted: Wanted,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> ClosingReport:
    """Close what is ready, or, with a reason, what is over. Of several units those that are not ready stay open.

    progress : is told units done, and of how many.

    Raises
    ------
    UnknownUnit : also for one outside the reach.
    CloseAnywayNotAllowed, WordsRefused
    MonthNotOver : for somebody in these units the month goes on.
    AlreadyClosed, MonthNotReady : of one unit alone.
    """
    first, last = month_bounds(wanted.month)
    reason = None if wanted.reason is None else tidy(wanted.reason, "reason")
    check_rights(account, wanted)
    working_time.record()
    closing = _Closing(working_time, first, last, account.id, reason, working_time.clock())
    with working_time.db.read() as session:
        top = unit_row(session, wanted.unit, reach_of(account))
        ids = sorted(session.scalars(unit_and_below(top.id))) if wanted.below else [top.id]
        span = closing_checklist.span_of(working_time.staff(session), ids, first, last)
    if not _is_over(closing, span):
        raise MonthNotOver(top.code, top.name, first)
    closed: list[str] = []
    before: list[str] = []
    still_open: dict[str, Mapping[str, int]] = {}
    done = 0
    for batch in _batches(span):
        with working_time.db.write() as session:
            report = _close_batch(session, closing, batch)
        closed += report.closed
        before += report.before
        still_open |= report.open
        done += len(batch)
        progress(done, len(ids))
    if not wanted.below and before:
        raise AlreadyClosed(top.code, top.name, first)
    if not wanted.below and still_open:
        counts = dict.fromkeys(closing_checklist.BLOCKING, 0) | dict(still_open[top.code])
        raise MonthNotReady(top.code, top.name, first, counts)
    return ClosingReport(tuple(closed), tuple(before), still_open)


def unlock_month(
    working_time: WorkingTime, account: Account, *, unit: str, month: date, below: bool, words: str
) -> tuple[str, ...]:
    """Open what is closed of a unit, or of it and all below it, for a reason. Gives the codes.

    Raises
    ------
    UnknownUnit : also for one outside the reach.
    UnlockNotAllowed, WordsRefused
    MonthNotClosed : maybe somebody else has unlocked it a moment ago.
    """
    reason, now = tidy(words, "reason"), working_time.clock()
    first, _ = month_bounds(month)
    with working_time.db.write() as session:
        top = unit_row(session, unit, reach_of(account))
        if not may_unlock(session, account, top.id):
            raise UnlockNotAllowed
        ids = list(session.scalars(unit_and_below(top.id))) if below else [top.id]
        _hold(session, ids)
        rows = in_force(session, first, ids)
        if not rows:
            raise MonthNotClosed(top.code, top.name, first)
        for unit_id, row in sorted(rows.items()):
            row.unlocked_at, row.unlocked_by, row.unlock_reason = now, account.id, reason
            subject = f"closing:{row.id}"
            facts: dict[str, Json] = {"unit": unit_id, "month": f"{first:%Y-%m}"}
            note(session, "month_unlocked", subject, by=account.id, at=now, **facts)
            _tell(session, "month.unlocked", row, now)
        return tuple(row.unit_code for _, row in sorted(rows.items()))


def lines_of(
    session: Session, working_time: WorkingTime, span: Span, months: Mapping[int, Month], now: datetime
) -> closing_checklist.Matters:
    """All lines of the checklist, by unit. months : of everybody in the span."""
    return closing_checklist.together(
        open_matters(session, span),
        waiting_devices(session, working_time, span, now),
        matters_of_days(span, months),
    )


def _close_batch(session: Session, closing: _Closing, unit_ids: Sequence[int]) -> ClosingReport:
    units = _hold(session, unit_ids)
    there = in_force(session, closing.first, unit_ids)
    before = tuple(units[one].code for one in unit_ids if one in there)
    left = [one for one in unit_ids if one in units and one not in there]
    working_time = closing.working_time
    span = closing_checklist.span_of(working_time.staff(session), left, closing.first, closing.last)
    months = working_time.months_within(session, list(span.staff.values()), closing.first, closing.last)
    matters = lines_of(session, working_time, span, months, closing.now)
    closed: list[str] = []
    still_open: dict[str, Mapping[str, int]] = {}
    for unit_id in left:
        lines = matters.get(unit_id, {})
        kept_open = dict(blocking(lines)) if closing.reason is None else {}
        if lines.get("not_over"):
            kept_open["not_over"] = len(lines["not_over"])
        if kept_open:
            still_open[units[unit_id].code] = kept_open
        else:
            _close(session, closing, units[unit_id], lines, _figures(span, unit_id, months))
            closed.append(units[unit_id].code)
    return ClosingReport(tuple(closed), before, still_open)


def _close(
    session: Session,
    closing: _Closing,
    unit: Unit,
    lines: Mapping[LineKind, Sequence[Matter]],
    figures: Sequence[Mapping[str, object]],
) -> None:
    over = blocking(lines)
    row = ClosedMonth(
        unit_id=unit.id,
        unit_code=unit.code,
        unit_name=unit.name,
        month=closing.first,
        closed_at=closing.now,
        closed_by=closing.by,
        reason=closing.reason if over else None,
        checklist=closing_checklist.written(lines),
        people=len(figures),
    )
    session.add(row)
    session.flush()
    if figures:
        session.execute(insert(ClosedFigures), [{"closed_id": row.id, **one} for one in figures])
    facts: dict[str, Json] = {
        "unit": unit.id,
        "month": f"{closing.first:%Y-%m}",
        "people": len(figures),
        "anyway": bool(over),
    }
    note(session, "month_closed", f"closing:{row.id}", by=closing.by, at=closing.now, **facts)
    _tell(session, "month.closed", row, closing.now)


def _tell(
    session: Session, event: Literal["month.closed", "month.unlocked"], row: ClosedMonth, now: datetime
) -> None:
    """Other programs."""
    told = {"unit": row.unit_code, "month": f"{row.month:%Y-%m}", "people": row.people}
    month_changed(session, event, row.unit_id, told, at=now)


def _figures(span: Span, unit_id: int, months: Mapping[int, Month]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for member in span.of_units[unit_id]:
        month = months[member.id]
        days = closed_figures.days_by_unit(month)[unit_id]
        figures = closed_figures.figures_in(days, month.summary.deductions.cap)
        if figures is not None:
            found.append({"employee_id": member.id, "figures": closed_figures.written(figures)})
    return found


def _is_over(closing: _Closing, span: Span) -> bool:
    """The last day is past by the clock of everybody in these units."""
    zones = {member.zone for member in span.staff.values()} | {closing.working_time.zone}
    return all(local_date(closing.now, zone) > closing.last for zone in zones)


def _batches(span: Span) -> Iterator[list[int]]:
    """Unit ids, of about so many people as are closed at once."""
    batch: list[int] = []
    people = 0
    for unit_id, staff in span.of_units.items():
        if batch and people + len(staff) > PEOPLE_AT_ONCE:
            yield batch
            batch, people = [], 0
        batch.append(unit_id)
        people += len(staff)
    if batch:
        yield batch


def _hold(session: Session, unit_ids: Sequence[int]) -> dict[int, Unit]:
    """By id. Until the transaction ends nobody changes days of these units, nor closes or unlocks them."""
    held = select(Unit).where(Unit.id.in_(unit_ids)).order_by(Unit.id).with_for_update(key_share=True)
    return {row.id: row for row in session.scalars(held)}


def _is_within(session: Session, unit_id: int, reach: Reach) -> bool:
    return session.scalar(select(Unit.id).where(Unit.id == unit_id, reach.units)) is not None
