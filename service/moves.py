"""Moves of employees between units, from a day on: today's, backdated and planned ones.

`employees.unit_id` is the unit of today. It changes with a move that has begun, and when the day of a planned one
has come.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from service.attendance.day import local_date
from service.attendance.stays import BEGINNING, Stays
from service.audit_notes import note
from service.db.move_tables import Stay
from service.db.session import Database
from service.db.tables import Account, Employee
from service.employee_rows import employee_row, managed_row
from service.move_errors import MoveBegun, UnknownMove
from service.reach import EVERYBODY, Reach
from service.request_dates import check_distance
from service.request_rows import display_name
from service.unit_changes import place, rows_of, timeline
from service.units import unit_within
from service.working_time import WorkingTime
from service.written_words import tidy

FOLLOW_AFTER_S: Final = 5.0
FOLLOW_EVERY_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class MoveInfo:
    """A stay of an employee, and the move it began with.

    unit : its code; None for no unit. first_day : None is from the beginning on. last_day : None is for good.
    by : the name of whoever entered it, None for the command line.
    """

    id: int
    unit: str | None
    unit_name: str | None
    first_day: date | None
    last_day: date | None
    reason: str
    entered_at: datetime
    by: str | None
    planned: bool
    present: bool


def moves_of(db: Database, zone: tzinfo, nip: str, now: datetime, reach: Reach = EVERYBODY) -> list[MoveInfo]:
    """All stays, the latest first; none of somebody who has never moved. Raises UnknownEmployee."""
    with db.read() as session:
        employee = employee_row(session, nip, reach)
        chosen = rows_of(employee.id).options(
            joinedload(Stay.unit), joinedload(Stay.author).joinedload(Account.employee)
        )
        rows = session.scalars(chosen).all()
        return [_info(row, timeline(rows), local_date(now, zone)) for row in reversed(rows)]


def move(
    time: WorkingTime,
    *,
    nip: str,
    unit: str | None,
    first_day: date,
    reason: str,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Put an employee into a unit from a day on, until the next move there is after it.

    Days that are recorded keep their plan, also where they belong to another unit now.

    Raises
    ------
    WordsRefused
    DatesRefused : the day is too far away.
    UnknownEmployee, UnknownUnit : also where they are outside the reach.
    UnitNeeded : whoever reaches only some units can't move anybody out of all of them.
    OwnRecord, DaysOutside, MonthClosed
    """
    words, now = tidy(reason, "reason"), time.clock()
    today = local_date(now, time.zone)
    check_distance(first_day, today)
    with _changing(time, first_day, today) as session:
        employee = managed_row(session, nip, reach)
        to = unit_within(session, unit, reach)
        unit_id = None if to is None else to.id
        place(session, employee, unit_id, first_day, today=today, now=now, reach=reach, by=by, reason=words)


def take_back(
    time: WorkingTime, *, nip: str, move_id: int, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Undo a move whose day has not come.

    Raises UnknownEmployee, OwnRecord, UnknownMove, MoveBegun or DaysOutside.
    """
    now = time.clock()
    today = local_date(now, time.zone)
    with time.db.write() as session:
        employee = managed_row(session, nip, reach)
        rows = session.scalars(rows_of(employee.id).with_for_update()).all()
        row = next((row for row in rows if row.id == move_id), None)
        if row is None:
            raise UnknownMove
        if row.first_day <= today:
            raise MoveBegun
        first_day, unit_id = row.first_day, timeline(rows).without(row.first_day)
        place(
            session,
            employee,
            unit_id,
            first_day,
            today=today,
            now=now,
            reach=reach,
            by=by,
            action="move_taken_back",
        )


def follow(db: Database, zone: tzinfo, now: datetime) -> int:
    """Make the unit of today that of every employee whose planned move has come. Gives how many.

    Several processes may do so at once.
    """
    begun = (
        select(Stay.employee_id, func.max(Stay.first_day).label("first_day"))
        .where(Stay.first_day <= local_date(now, zone))
        .group_by(Stay.employee_id)
        .subquery()
    )
    due = (
        select(Employee, Stay.unit_id)
        .join(Stay, Stay.employee_id == Employee.id)
        .join(begun, (begun.c.employee_id == Stay.employee_id) & (begun.c.first_day == Stay.first_day))
        .where(Employee.unit_id.is_distinct_from(Stay.unit_id))
    )
    with db.read() as session:
        if session.execute(due.limit(1)).first() is None:
            return 0
    with db.write() as session:
        found = session.execute(due.with_for_update(of=Employee)).all()
        for employee, unit_id in found:
            before, employee.unit_id = employee.unit_id, unit_id
            facts = {"unit": unit_id, "before": before, "planned": True}
            note(session, "employee_moved", f"employee:{employee.id}", by=None, at=now, **facts)
        return len(found)


def _changing(time: WorkingTime, first_day: date, today: date) -> AbstractContextManager[Session]:
    """Before days of the past get another unit, they are recorded as they were planned."""
    return time.changing() if first_day < today else time.db.write()


def _info(row: Stay, stays: Stays, today: date) -> MoveInfo:
    return MoveInfo(
        id=row.id,
        unit=row.unit.code if row.unit else None,
        unit_name=row.unit.name if row.unit else None,
        first_day=None if row.first_day == BEGINNING else row.first_day,
        last_day=stays.last_of(row.first_day),
        reason=row.reason,
        entered_at=row.entered_at,
        by=display_name(row.author) if row.author else None,
        planned=row.first_day > today,
        present=stays.last_of(today) == stays.last_of(row.first_day) and row.first_day <= today,
    )
