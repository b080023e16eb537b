"""Which days may be asked for, and whether they are free: no day is asked for twice."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.db.request_tables import Absence, AbsenceKind, Correction
from service.db.tables import Employee
from service.errors import NotAnEmployee
from service.request_errors import DatesRefused, RequestOverlaps, TooManyOpen
from service.request_rows import OPEN_OR_APPROVED

# A letter may come late, and leave is planned ahead; what is further away is a slip of the finger.
FARTHEST: Final = timedelta(days=366)
# The longest there is: to study (tugas belajar) may take four years and one more.
LONGEST_DAYS: Final = 5 * 366
MOST_OPEN: Final = 30
# Of those who work elsewhere: they check in, so there may be something to correct.
AWAY_KINDS: Final[frozenset[AbsenceKind]] = frozenset({"dinas_luar", "wfh"})


def check_range(first: date, last: date, today: date) -> None:
    """Raises DatesRefused."""
    if last < first:
        raise DatesRefused("end_before_start")
    check_distance(first, today)
    if (last - first).days >= LONGEST_DAYS:
        raise DatesRefused("too_long", days=LONGEST_DAYS)


def check_distance(first: date, today: date) -> None:
    """Raises DatesRefused."""
    if first < today - FARTHEST:
        raise DatesRefused("too_early", earliest=(today - FARTHEST).isoformat())
    if first > today + FARTHEST:
        raise DatesRefused("too_late", latest=(today + FARTHEST).isoformat())


def hold_employee(session: Session, employee_id: int, *, left: bool = False) -> None:
    """Until the transaction ends nobody else asks for the same employee. Raises NotAnEmployee, TooManyOpen.

    left : also for somebody who does not work here any more.
    """
    employee = session.get(Employee, employee_id, with_for_update=True)
    if employee is None or not (employee.active or left):
        raise NotAnEmployee
    waiting = sum(
        session.scalar(
            select(func.count())
            .select_from(table)
            .where(table.employee_id == employee_id, table.state == "asked")
        )
        or 0
        for table in (Absence, Correction)
    )
    if waiting >= MOST_OPEN:
        raise TooManyOpen(most=MOST_OPEN)


def refuse_taken_days(
    session: Session, employee_id: int, first: date, last: date, kind: AbsenceKind | None
) -> None:
    """kind : of an absence; None for a correction, which goes with working elsewhere but with no other absence.

    Raises RequestOverlaps, naming the earliest.
    """
    absences = select(Absence).where(
        Absence.employee_id == employee_id,
        Absence.state.in_(OPEN_OR_APPROVED),
        Absence.first <= last,
        Absence.last >= first,
    )
    if kind is None:
        absences = absences.where(Absence.kind.not_in(AWAY_KINDS))
    taken = session.scalar(absences.order_by(Absence.first).limit(1))
    if taken is not None:
        raise RequestOverlaps(taken.first, taken.last, taken.kind)
    if kind in AWAY_KINDS:
        return
    correction = session.scalar(
        select(Correction)
        .where(
            Correction.employee_id == employee_id,
            Correction.state.in_(OPEN_OR_APPROVED),
            Correction.day.between(first, last),
        )
        .order_by(Correction.day)
        .limit(1)
    )
    if correction is not None:
        raise RequestOverlaps(correction.day, correction.day, "correction")
