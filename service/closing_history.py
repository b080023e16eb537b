"""What became of a unit's month: every closing and unlocking, what came afterwards, and what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service import closed_figures, closing_checklist
from service.attendance.recap import Summary, month_bounds
from service.closing_views import QUICK_PEOPLE
from service.db.closing_tables import AfterClosing, AfterKind, ClosedFigures, ClosedMonth
from service.db.tables import Account, Checkin, CheckinStatus, Employee
from service.reach import Reach
from service.request_rows import display_name
from service.units import unit_row
from service.working_time import WorkingTime

# Of differences and of what came afterwards; the counts are of all.
MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class FiguresChange:
    """Of one person; None: had no figures then."""

    nip: str
    name: str
    before: Summary | None
    after: Summary | None


@dataclass(frozen=True, slots=True)
class Came:
    """A check-in that arrived, or was judged, while its month was closed."""

    kind: AfterKind
    at: datetime
    checkin_id: str
    nip: str
    name: str
    counted_at: datetime
    status: CheckinStatus


@dataclass(frozen=True, slots=True)
class ClosingInfo:
    """One closing.

    over : how many of each line were open, or shown, at the time.
    changes : how many people have other figures than in the closing before; None for the first.
    changed : the first of them.
    """

    closed_at: datetime
    closed_by: str
    reason: str | None
    people: int
    over: Mapping[str, int]
    unlocked_at: datetime | None
    unlocked_by: str | None
    unlock_reason: str | None
    came: tuple[Came, ...]
    changes: int | None
    changed: tuple[FiguresChange, ...]


@dataclass(frozen=True, slots=True)
class History:
    """closings : the newest first.

    since : how many people's days add up to something else now than what was closed last; None where nothing was
        closed, or where they are so many that it would take long. since_changed : the first of them.
    """

    closings: tuple[ClosingInfo, ...]
    since: int | None
    since_changed: tuple[FiguresChange, ...]


def history_of(working_time: WorkingTime, reach: Reach, *, unit: str, month: date) -> History:
    """Of the unit itself. Raises UnknownUnit."""
    first, last = month_bounds(month)
    with working_time.reading() as session:
        unit_id = unit_row(session, unit, reach).id
        rows = session.scalars(
            select(ClosedMonth)
            .where(ClosedMonth.unit_id == unit_id, ClosedMonth.month == first)
            .options(
                joinedload(ClosedMonth.closer).joinedload(Account.employee),
                joinedload(ClosedMonth.unlocker).joinedload(Account.employee),
            )
            .order_by(ClosedMonth.id)
        ).all()
        figures = {row.id: _figures(session, row.id) for row in rows}
        closings = []
        before: Mapping[int, Summary] | None = None
        for row in rows:
            changes = None if before is None else _changes(before, figures[row.id])
            closings.append(_info(session, row, changes))
            before = figures[row.id]
        since = None if before is None else _since(session, working_time, unit_id, first, last, before)
        return History(
            closings=tuple(reversed(closings)),
            since=None if since is None else len(since),
            since_changed=() if since is None else _named(session, since),
        )


def _info(session: Session, row: ClosedMonth, changes: Sequence["_Change"] | None) -> ClosingInfo:
    return ClosingInfo(
        closed_at=row.closed_at,
        closed_by=display_name(row.closer),
        reason=row.reason,
        people=row.people,
        over={kind: line["count"] for kind, line in row.checklist.items()},
        unlocked_at=row.unlocked_at,
        unlocked_by=None if row.unlocker is None else display_name(row.unlocker),
        unlock_reason=row.unlock_reason,
        came=_came(session, row.id),
        changes=None if changes is None else len(changes),
        changed=() if changes is None else _named(session, changes),
    )


def _came(session: Session, closed_id: int) -> tuple[Came, ...]:
    """The newest first."""
    rows = session.execute(
        select(AfterClosing.kind, AfterClosing.at, Checkin, Employee.nip, Employee.name)
        .join(Checkin, Checkin.id == AfterClosing.checkin_id)
        .join(Employee, Employee.id == Checkin.employee_id)
        .where(AfterClosing.closed_id == closed_id)
        .order_by(AfterClosing.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple(
        Came(kind, at, row.id, nip, name, row.counted_at or row.captured_at, row.status)
        for kind, at, row, nip, name in rows
    )


_Change = tuple[int, Summary | None, Summary | None]


def _figures(session: Session, closed_id: int) -> dict[int, Summary]:
    chosen = select(ClosedFigures.employee_id, ClosedFigures.figures)
    rows = session.execute(chosen.where(ClosedFigures.closed_id == closed_id))
    return {employee_id: closed_figures.read(figures) for employee_id, figures in rows}


def _changes(before: Mapping[int, Summary], after: Mapping[int, Summary]) -> list[_Change]:
    return [
        (one, before.get(one), after.get(one))
        for one in sorted({*before, *after})
        if before.get(one) != after.get(one)
    ]


def _since(
    session: Session,
    working_time: WorkingTime,
    unit_id: int,
    first: date,
    last: date,
    closed: Mapping[int, Summary],
) -> list[_Change] | None:
    span = closing_checklist.span_of(working_time.staff(session), [unit_id], first, last)
    staff = span.of_units[unit_id]
    if len(staff) > QUICK_PEOPLE:
        return None
    months = working_time.months_within(session, staff, first, last)
    present: dict[int, Summary] = {}
    for member in staff:
        month = months[member.id]
        days = closed_figures.days_by_unit(month)[unit_id]
        figures = closed_figures.figures_in(days, month.summary.deductions.cap)
        if figures is not None:
            present[member.id] = figures
    # Whoever was erased is nobody's any more, and what was closed of them stays.
    erased = set(
        session.scalars(select(Employee.id).where(Employee.id.in_(closed), Employee.erased_at.is_not(None)))
    )
    return [change for change in _changes(closed, present) if change[0] not in erased]


def _named(session: Session, changes: Sequence[_Change]) -> tuple[FiguresChange, ...]:
    shown = changes[:MOST_SHOWN]
    chosen = select(Employee.id, Employee.nip, Employee.name)
    people = {
        row.id: row
        for row in session.execute(chosen.where(Employee.id.in_([employee_id for employee_id, *_ in shown])))
    }
    return tuple(
        FiguresChange(people[one].nip, people[one].name, before, after) for one, before, after in shown
    )
