"""Whom the numbers in a fingerprint machine mean: by default the NIP, else whom HR has assigned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from service.attendance.machine_file import LONGEST_NUMBER, number_key
from service.audit_notes import note, pseudonym
from service.db.machine_tables import Machine, MachineNumber
from service.db.session import Database
from service.db.tables import Account, Employee
from service.employee_rows import managed_row
from service.errors import InvalidRequest
from service.machines import machine_row
from service.reach import Reach, reach_of


@dataclass(frozen=True, slots=True)
class NumberRecord:
    """`nip`, `name`: None for one that is nobody's, which came in `rows` rows of files, last at `last_at`.

    outside : it is assigned to somebody who is not within reach.
    """

    number: str
    nip: str | None
    name: str | None
    outside: bool
    rows: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """How often a number came that is nobody's, and when last."""

    rows: int
    last_at: datetime


def list_numbers(db: Database, code: str, reach: Reach) -> tuple[NumberRecord, ...]:
    """Those that are nobody's first, the most frequent of them first. Raises UnknownMachine."""
    with db.read() as session:
        machine = machine_row(session, code, reach)
        rows = session.scalars(select(MachineNumber).where(MachineNumber.machine_id == machine.id)).all()
        ids = [row.employee_id for row in rows if row.employee_id is not None]
        reached = {
            person.id: person
            for person in session.scalars(select(Employee).where(Employee.id.in_(ids), reach.people))
        }
    records = [_record(row, reached) for row in rows]
    return tuple(sorted(records, key=lambda one: (one.nip is not None or one.outside, -one.rows, one.number)))


def assign_number(
    db: Database, author: Account, code: str, *, number: str, nip: str | None, now: datetime
) -> None:
    """Say whom a number means from now on; `nip` None: nobody. What was imported already stays as it is.

    Raises
    ------
    InvalidRequest : the number is none.
    UnknownMachine, UnknownEmployee : also for those outside the reach, and for a number of somebody outside.
    OwnRecord
    """
    key = number_key("".join(number.split()))
    if not key or len(key) > LONGEST_NUMBER or not key.isprintable():
        raise InvalidRequest(fields=[{"field": "number", "problem": "not valid"}])
    reach = reach_of(author)
    with db.write() as session:
        machine = machine_row(session, code, reach, to_change=True)
        employee = None if nip is None else managed_row(session, nip, reach)
        row = session.get(MachineNumber, (machine.id, key))
        before = None if row is None else row.employee_id
        if before is not None:
            # Nobody takes away a number of somebody whom they do not reach.
            managed_row(session, session.get_one(Employee, before).nip, reach)
        if row is None and employee is not None:
            session.add(MachineNumber(machine_id=machine.id, number=key, employee_id=employee.id))
        elif row is not None and employee is None:
            session.delete(row)
        elif row is not None and employee is not None:
            row.employee_id, row.rows, row.last_at = employee.id, 0, None
        after = None if employee is None else employee.id
        if before != after:
            facts = {"number": pseudonym(session, key), "employee": after, "before": before}
            note(session, "machine_number_given", f"machine:{machine.id}", by=author.id, at=now, **facts)


def assigned_numbers(session: Session, machine_id: int) -> dict[str, int]:
    """Ids of employees by number."""
    rows = session.execute(
        select(MachineNumber.number, MachineNumber.employee_id).where(
            MachineNumber.machine_id == machine_id, MachineNumber.employee_id.is_not(None)
        )
    )
    return {number: employee_id for number, employee_id in rows if employee_id is not None}


def keep_unmatched(session: Session, machine: Machine, found: Mapping[str, Unmatched]) -> None:
    """Remember numbers that came in a file and are nobody's, so that they can be assigned."""
    known = {
        row.number: row
        for row in session.scalars(select(MachineNumber).where(MachineNumber.machine_id == machine.id))
    }
    for number, seen in found.items():
        row = known.get(number)
        if row is None:
            row = MachineNumber(machine_id=machine.id, number=number)
            session.add(row)
        elif row.employee_id is not None:
            continue
        row.rows, row.last_at = seen.rows, seen.last_at


def forget_numbers(session: Session, employee: Employee) -> set[str]:
    """Of somebody who is erased, their NIP where it came as a number among them. Gives which."""
    theirs = or_(MachineNumber.employee_id == employee.id, MachineNumber.number == number_key(employee.nip))
    return set(session.scalars(delete(MachineNumber).where(theirs).returning(MachineNumber.number)))


def numbers_of(session: Session, employee_id: int) -> tuple[tuple[str, str], ...]:
    """Names of machines, and what the employee's number is in each."""
    rows = session.execute(
        select(Machine.name, MachineNumber.number)
        .join(Machine, Machine.id == MachineNumber.machine_id)
        .where(MachineNumber.employee_id == employee_id)
        .order_by(Machine.name, MachineNumber.number)
    )
    return tuple((name, number) for name, number in rows)


def _record(row: MachineNumber, reached: Mapping[int, Employee]) -> NumberRecord:
    person = None if row.employee_id is None else reached.get(row.employee_id)
    outside = row.employee_id is not None and person is None
    return NumberRecord(
        number=row.number,
        nip=person.nip if person else None,
        name=person.name if person else None,
        outside=outside,
        rows=row.rows,
        last_at=row.last_at,
    )
