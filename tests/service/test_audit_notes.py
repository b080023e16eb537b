from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.audit import AuditKeys
from service.audit_notes import note, pseudonym
from service.audit_verification import verify
from service.db.session import Database
from service.db.tables import AuditEntry, Employee
from tests.service.conftest import FakeClock


def entries(db: Database) -> list[tuple[int | None, str, str]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
        return [(row.actor, row.action, row.subject) for row in rows]


def test_notes_become_entries_in_their_order(db: Database, clock: FakeClock, tmp_path: Path) -> None:
    with db.write() as session:
        note(session, "unit_added", "unit:1", by=7, at=clock())
        note(session, "unit_changed", "unit:1", by=None, at=clock(), moved=True)
    assert entries(db) == [(7, "unit_added", "unit:1"), (None, "unit_changed", "unit:1")]
    assert verify(db, AuditKeys.load(tmp_path / "keys")).intact


def add(db: Database, clock: FakeClock, nip: str, *, fail: bool = False, **facts: str) -> None:
    with db.write() as session:
        session.add(Employee(nip=nip, name="Siti", active=True, created_at=clock()))
        note(session, "employee_added", "employee:1", by=None, at=clock(), **facts)
        if fail:
            raise OSError("no more")


def test_an_entry_is_there_only_with_its_fact(db: Database, clock: FakeClock) -> None:
    with pytest.raises(OSError, match="no more"):
        add(db, clock, "1", fail=True)
    assert entries(db) == []


def test_a_fact_is_there_only_with_its_entry(db: Database, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="pseudonym"):
        add(db, clock, "1", name="Siti Rahmawati")
    with db.read() as session:
        assert session.scalars(select(Employee)).all() == []


def test_a_fact_that_can_not_be_stored_leaves_no_entry(db: Database, clock: FakeClock) -> None:
    add(db, clock, "1")
    with pytest.raises(IntegrityError):
        add(db, clock, "1")
    assert len(entries(db)) == 1


def test_a_pseudonym_is_the_trails_own(db: Database, tmp_path: Path) -> None:
    with db.write() as session:
        assert pseudonym(session, "1") == AuditKeys.load(tmp_path / "keys").pseudonym("1")


def test_a_database_without_a_trail_takes_no_notes(tmp_path: Path, clock: FakeClock) -> None:
    bare = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    bare.upgrade()
    with pytest.raises(RuntimeError), bare.write() as session:
        note(session, "unit_added", "unit:1", by=None, at=clock())
    bare.dispose()


def test_who_only_reads_takes_no_notes(db: Database, clock: FakeClock) -> None:
    with pytest.raises(RuntimeError), db.read() as session:
        note(session, "unit_added", "unit:1", by=None, at=clock())
