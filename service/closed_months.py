"""Months that are closed: which they are, what they refuse, the figures kept of them, and what came afterwards.

Whoever would change the attendance of a day asks `refuse_closed_days` in the transaction that changes it, before
it takes any other lock: a closing holds its units, and then waits for people.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from service import closed_figures
from service.attendance.day import local_date
from service.attendance.recap import Summary
from service.attendance_days import ONE_DAY, Member, members
from service.closing_errors import MonthClosed
from service.db.closing_tables import AfterClosing, AfterKind, ClosedFigures, ClosedMonth
from service.db.offline_tables import StoredItem
from service.db.tables import Account, Checkin, Employee, Unit
from service.request_rows import display_name
from service.workplaces import zones_of

# Why a check-in that is in no other doubt is under review.
ARRIVED_AFTER: Final = "arrived_after_closing"
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What somebody's days in a unit added up to when the unit's month was closed.

    unit : its code at that time. closed_by : a name, or the login of an account that is no employee's.
    """

    figures: Summary
    unit: str
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True)
class OwnClosedMonth:
    """`figures`: as they are kept, with every line of the deductions."""

    month: date
    unit_name: str
    closed_at: datetime
    unlocked_at: datetime | None
    figures: dict[str, Any]


def snapshots_of(
    session: Session, first_of_month: date, unit_ids: Collection[int] | None = None
) -> Mapping[tuple[int, int | None], Snapshot]:
    """By employee id and unit id, of the units whose month is closed now; unit_ids : None is all.

    Somebody who was in two of them has two. A unit that was removed since has no id, and is in what None gives.
    """
    chosen = (
        select(ClosedFigures.employee_id, ClosedFigures.figures, ClosedMonth.id)
        .join(ClosedMonth, ClosedMonth.id == ClosedFigures.closed_id)
        .where(ClosedMonth.month == first_of_month, ClosedMonth.unlocked_at.is_(None))
    )
    closings = _in_force(session, first_of_month, unit_ids)
    if unit_ids is not None:
        chosen = chosen.where(ClosedMonth.unit_id.in_(unit_ids))
    found: dict[tuple[int, int | None], Snapshot] = {}
    for employee_id, figures, closed_id in session.execute(chosen):
        row = closings[closed_id]
        found[employee_id, row.unit_id] = Snapshot(
            closed_figures.read(figures), row.unit_code, row.closed_at, display_name(row.closer)
        )
    return found


def in_force(
    session: Session, first_of_month: date, unit_ids: Collection[int] | None = None
) -> dict[int, ClosedMonth]:
    """By unit id: the closings of a month that were not unlocked, with who made them."""
    rows = _in_force(session, first_of_month, unit_ids).values()
    return {row.unit_id: row for row in rows if row.unit_id is not None}


def refuse_closed(session: Session, unit_ids: Iterable[int | None], first: date, last: date) -> None:
    """For units whose days from `first` to `last` are to change. Raises MonthClosed."""
    months = {day.replace(day=1) for day in _days(first, last)}
    _refuse(session, {(unit_id, month) for unit_id in unit_ids if unit_id is not None for month in months})


def refuse_closed_days(session: Session, employee_ids: Collection[int], first: date, last: date) -> None:
    """For people whose days from `first` to `last` are to change, each day by its unit. Raises MonthClosed."""
    staff = _members(session, employee_ids)
    _refuse(session, {pair for member in staff for pair in pairs_of(member, first, last)})


def pairs_of(member: Member, first: date, last: date) -> set[tuple[int, date]]:
    """Unit ids and first days of the months that the member's days from `first` to `last` belong to."""
    found = ((member.unit_on(day), day.replace(day=1)) for day in _days(first, last))
    return {(unit_id, month) for unit_id, month in found if unit_id is not None}


def closed_pairs(session: Session, first: date, last: date) -> set[tuple[int, date]]:
    """Unit ids and months, of all that is closed from the month of `first` to that of `last`."""
    rows = session.execute(
        select(ClosedMonth.unit_id, ClosedMonth.month).where(
            ClosedMonth.unlocked_at.is_(None),
            ClosedMonth.unit_id.is_not(None),
            ClosedMonth.month.between(first.replace(day=1), last),
        )
    )
    return {(row.unit_id, row.month) for row in rows if row.unit_id is not None}


def note_arrival(session: Session, row: Checkin, zone: tzinfo) -> None:
    """In the transaction that receives a check-in that had waited on a device: where its day is closed, it is kept
    for a person to decide on, and shown as having come afterwards.

    zone : of those whose site has none.
    """
    if row.meta.get("offline") is None:
        return
    session.flush()
    moments = {row.captured_at, row.counted_at or row.captured_at}
    if _note(session, row, moments, "arrival", row.received_at, zone):
        item = session.get_one(StoredItem, row.id)
        item.reasons = [*item.reasons, ARRIVED_AFTER]


def note_verdict(session: Session, row: Checkin, at: datetime, zone: tzinfo) -> bool:
    """In the transaction of a verdict: whether its check-in is of a closed month, whose figures stay."""
    return _note(session, row, {row.counted_at or row.captured_at}, "verdict", at, zone)


def own_closed_months(session: Session, employee_id: int) -> tuple[OwnClosedMonth, ...]:
    """All that is kept of somebody, the newest first."""
    rows = session.execute(
        select(ClosedMonth, ClosedFigures.figures)
        .join(ClosedFigures, ClosedFigures.closed_id == ClosedMonth.id)
        .where(ClosedFigures.employee_id == employee_id)
        .order_by(ClosedMonth.id.desc())
    )
    return tuple(
        OwnClosedMonth(row.month, row.unit_name, row.closed_at, row.unlocked_at, figures)
        for row, figures in rows
    )


def counts_after(session: Session, closed_ids: Collection[int]) -> dict[int, int]:
    """How many things came after each closing."""
    rows = session.execute(
        select(AfterClosing.closed_id, func.count())
        .where(AfterClosing.closed_id.in_(closed_ids))
        .group_by(AfterClosing.closed_id)
    )
    return {row[0]: row[1] for row in rows}


def _note(
    session: Session, row: Checkin, moments: Iterable[datetime], kind: AfterKind, at: datetime, zone: tzinfo
) -> bool:
    """Of every closing in force that a day of these moments belongs to. Whether there is any."""
    own = zones_of(session, [row.employee_id]).get(row.employee_id, zone)
    days = {local_date(moment, own) for moment in moments}
    pairs = {
        pair
        for one in _members(session, [row.employee_id])
        for day in days
        for pair in pairs_of(one, day, day)
    }
    closings = session.scalars(_of_pairs(pairs)).all() if pairs else []
    session.add_all(
        AfterClosing(closed_id=closing.id, checkin_id=row.id, kind=kind, at=at) for closing in closings
    )
    return bool(closings)


def _refuse(session: Session, pairs: Collection[tuple[int, date]]) -> None:
    if not pairs:
        return
    hold_units(session, {unit_id for unit_id, _ in pairs})
    closed = session.scalar(_of_pairs(pairs).order_by(ClosedMonth.month, ClosedMonth.id).limit(1))
    if closed is not None:
        raise MonthClosed(closed.unit_code, closed.unit_name, closed.month)


def hold_units(session: Session, unit_ids: Collection[int] | None = None) -> None:
    """A closing that is under way is waited for, so that it is seen then; None: of any unit."""
    held = select(Unit.id).order_by(Unit.id).with_for_update(read=True)
    session.execute(held if unit_ids is None else held.where(Unit.id.in_(unit_ids))).all()


def _of_pairs(pairs: Collection[tuple[int, date]]) -> Select[ClosedMonth]:
    return select(ClosedMonth).where(
        ClosedMonth.unlocked_at.is_(None),
        tuple_(ClosedMonth.unit_id, ClosedMonth.month).in_(sorted(pairs)),
    )


def _in_force(session: Session, month: date, unit_ids: Collection[int] | None) -> dict[int, ClosedMonth]:
    """By id."""
    chosen = (
        select(ClosedMonth)
        .where(ClosedMonth.month == month, ClosedMonth.unlocked_at.is_(None))
        .options(joinedload(ClosedMonth.closer).joinedload(Account.employee))
    )
    if unit_ids is not None:
        chosen = chosen.where(ClosedMonth.unit_id.in_(unit_ids))
    return {row.id: row for row in session.scalars(chosen)}


def _members(session: Session, employee_ids: Collection[int]) -> list[Member]:
    """Their units by day; their clocks are not looked at."""
    return members(session, lambda *_: {}, _UTC, Employee.id.in_(employee_ids))


def _days(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]
