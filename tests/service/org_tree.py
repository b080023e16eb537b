"""Units and accounts limited to them, for tests."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.session import Database
from service.db.tables import Account, Employee, Role, Unit


def plant(db: Database, parents: Mapping[str, str | None], now: datetime) -> dict[str, int]:
    """Units with these codes, each below the one named; those above come first. Gives their ids."""
    ids: dict[str, int] = {}
    with db.write() as session:
        for code, parent in parents.items():
            unit = Unit(
                code=code, name=f"Unit {code}", parent_id=ids[parent] if parent else None, created_at=now
            )
            session.add(unit)
            session.flush()
            ids[code] = unit.id
    return ids


def put(db: Database, nip: str, unit: str | None, now: datetime) -> int:
    """A new employee in the unit."""
    with db.write() as session:
        employee = Employee(nip=nip, name=f"Pegawai {nip}", created_at=now, unit_id=_id(session, unit))
        session.add(employee)
        session.flush()
        return employee.id


def account(db: Database, login: str, role: Role, now: datetime, *, limit: str | None = None) -> Account:
    """An account that is no employee's."""
    with db.write() as session:
        made = Account(login=login, role=role, created_at=now, unit_id=_id(session, limit))
        session.add(made)
    return made


def _id(session: Session, unit: str | None) -> int | None:
    return None if unit is None else session.scalars(select(Unit.id).where(Unit.code == unit)).one()
