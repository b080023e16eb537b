"""What HR changes of an employee beside the unit: name, position, class, first and last day of work."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date
from typing import Final, Literal, TypeAlias

from sqlalchemy.orm import Session

from service.audit_notes import note
from service.db.tables import Account, Employee
from service.employee_rows import managed_row
from service.errors import InvalidRequest
from service.last_admin import keep_an_admin
from service.people import LONGEST_NAME, tidy_name
from service.reach import EVERYBODY, Reach
from service.request_errors import DatesRefused
from service.working_time import WorkingTime

Detail: TypeAlias = Literal["name", "position", "employment", "works_from", "works_until", "active"]
LONGEST_POSITION: Final = LONGEST_NAME
# Those by which it is known whether anything was expected of a day.
_OF_DAYS: Final[frozenset[Detail]] = frozenset({"works_from", "works_until", "active"})


def change_details(
    time: WorkingTime,
    *,
    nip: str,
    changes: Mapping[Detail, object],
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Change what is named, and nothing else. None empties a position, a class or a date.

    Days that are recorded keep what was expected of them.

    Raises
    ------
    UnknownEmployee, OwnRecord
    InvalidRequest : the name or the position is none.
    DatesRefused : the last day is before the first.
    LastAdmin
    """
    wanted = {detail: _tidy(detail, value) for detail, value in changes.items()}
    now = time.clock()
    with _changing(time, wanted) as session:
        employee = managed_row(session, nip, reach)
        differing = [detail for detail, value in wanted.items() if getattr(employee, detail) != value]
        if not differing:
            return
        if "active" in differing and not wanted["active"]:
            keep_an_admin(session, Account.employee_id == employee.id)
        for detail in differing:
            setattr(employee, detail, wanted[detail])
        _check_dates(employee)
        facts = {"active": employee.active} if "active" in differing else {}
        columns = sorted(differing)
        note(session, "employee_changed", f"employee:{employee.id}", by=by, at=now, columns=columns, **facts)


def _changing(time: WorkingTime, wanted: Mapping[Detail, object]) -> AbstractContextManager[Session]:
    return time.changing() if _OF_DAYS & wanted.keys() else time.db.write()


def _tidy(detail: Detail, value: object) -> object:
    """Raises InvalidRequest."""
    if detail == "name":
        return tidy_name(str(value))
    if detail != "position" or value is None:
        return value
    position = " ".join(str(value).split())
    if len(position) > LONGEST_POSITION or not position.isprintable():
        raise InvalidRequest(fields=[{"field": "position", "problem": "not valid"}])
    return position or None


def _check_dates(employee: Employee) -> None:
    first: date | None = employee.works_from
    if first is not None and employee.works_until is not None and employee.works_until < first:
        raise DatesRefused("end_before_start")
