"""The days of an employee get another unit: the one place where that is allowed, stored and noted."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from service.attendance.stays import Change, Stays
from service.attendance_days import ONE_DAY
from service.audit import Action
from service.audit_notes import note
from service.closed_months import refuse_closed
from service.day_changes import day_changed
from service.db.move_tables import Stay
from service.db.tables import Employee, Unit
from service.move_errors import DaysOutside
from service.reach import EVERYBODY, Reach
from service.request_erasure import told_apart


def place(
    session: Session,
    employee: Employee,
    unit_id: int | None,
    first_day: date,
    *,
    today: date,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
    reason: str = "",
    action: Action = "employee_moved",
) -> None:
    """Nothing else gives days of an employee another unit; what they are in already stays as it is.

    Raises DaysOutside, and MonthClosed where past days are of a month that is closed in either unit.
    """
    _refuse_closed(session, employee, unit_id, first_day, today)
    session.refresh(employee, with_for_update=True)
    rows = session.scalars(rows_of(employee.id).with_for_update()).all()
    before = timeline(rows) if rows else Stays.always(employee.unit_id)
    change = before.change(unit_id, first_day)
    if change is None:
        return
    _check(session, change, reach)
    after = before.moved(unit_id, first_day)
    _store(session, employee.id, rows, after, Stay(first_day=first_day, reason=reason, entered_by=by), now)
    employee.unit_id = after.unit_on(today)
    session.flush()
    session.expire(employee, ["unit"])
    if first_day <= today:
        last = today if change.last_day is None else min(change.last_day, today)
        days = (first_day + ONE_DAY * number for number in range((last - first_day).days + 1))
        day_changed(session, employee.id, days, "move", at=now)
    facts = {"unit": unit_id, "before": change.before, "first": first_day.isoformat()}
    note(session, action, f"employee:{employee.id}", by=by, at=now, **facts)


def rows_of(employee_id: int) -> Select[Stay]:
    return select(Stay).where(Stay.employee_id == employee_id).order_by(Stay.first_day)


def timeline(rows: Sequence[Stay]) -> Stays:
    return Stays(tuple((row.first_day, row.unit_id) for row in rows))


def forget_moves(session: Session, employee_id: int) -> list[bytes]:
    """Of somebody who is erased: in a small unit a move would say who it was.

    Gives the beginnings of the reasons that can be told from others.
    """
    reasons = session.scalars(select(Stay.reason).where(Stay.employee_id == employee_id)).all()
    session.execute(delete(Stay).where(Stay.employee_id == employee_id))
    return told_apart(reason.encode() for reason in reasons)


def _refuse_closed(
    session: Session, employee: Employee, unit_id: int | None, first_day: date, today: date
) -> None:
    """Before the employee is held: a closing holds its units, and then waits for people."""
    rows = session.scalars(rows_of(employee.id)).all()
    stays = timeline(rows) if rows else Stays.always(employee.unit_id)
    change = stays.change(unit_id, first_day)
    if change is not None and first_day <= today:
        last = today if change.last_day is None else min(change.last_day, today)
        refuse_closed(session, change.units, first_day, last)


def _check(session: Session, change: Change, reach: Reach) -> None:
    """Whether these days may leave the one unit and join the other."""
    if reach.everybody:
        return
    ids = change.units
    within = session.scalars(select(Unit.id).where(Unit.id.in_(one for one in ids if one), reach.units)).all()
    if len(within) < len(ids):
        raise DaysOutside


def _store(
    session: Session, employee_id: int, rows: Sequence[Stay], after: Stays, new: Stay, now: datetime
) -> None:
    """Rows as `after` says. Who is in one unit for good has none; `new`: what is said of the row that is added."""
    kept = set(after.begins) if len(after.begins) > 1 else set()
    for row in rows:
        # A move of the same day takes the place of the earlier one.
        if (row.first_day, row.unit_id) not in kept:
            session.delete(row)
    session.flush()
    stored = {(row.first_day, row.unit_id) for row in rows}
    for first_day, unit_id in kept - stored:
        said = new if first_day == new.first_day else Stay(reason="", entered_by=new.entered_by)
        said.employee_id, said.unit_id, said.first_day, said.entered_at = employee_id, unit_id, first_day, now
        session.add(said)
