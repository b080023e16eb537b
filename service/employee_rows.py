"""The rows of employees by their NIP: those within reach, and those that may be changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.tables import Employee
from service.errors import UnknownEmployee
from service.people_search import has_nip
from service.reach import EVERYBODY, Reach


def find_employee(session: Session, nip: str) -> Employee | None:
    return session.scalar(select(Employee).where(*has_nip(nip)))


def employee_row(session: Session, nip: str, reach: Reach = EVERYBODY) -> Employee:
    """Raises UnknownEmployee, also for somebody outside the reach."""
    employee = session.scalar(select(Employee).where(*has_nip(nip), reach.people))
    if employee is None:
        raise UnknownEmployee
    return employee


def managed_row(session: Session, nip: str, reach: Reach) -> Employee:
    """To be changed by whoever has this reach. Raises UnknownEmployee or OwnRecord."""
    employee = employee_row(session, nip, reach)
    reach.refuse_own(employee)
    return employee
