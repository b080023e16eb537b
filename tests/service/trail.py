"""An audit trail to tamper with, as somebody does who has the database and not the keys."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

from service import audit
from service.audit import AuditKeys, Hashed, hash_of
from service.db.session import Database

BEGIN = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
TRIGGERS = ("audit_entries_no_update", "audit_entries_no_delete", "audit_entries_no_replace")


class Entry(NamedTuple):
    """A row of audit_entries, of any types."""

    sequence: Any
    at: Any
    actor: Any
    action: Any
    subject: Any
    facts: Any
    previous_hash: Any
    entry_hash: Any

    def hashed_after(self, previous_hash: str) -> Self:
        return self._replace(
            previous_hash=previous_hash, entry_hash=hash_of(previous_hash, Hashed(*self[:6]))
        )


def fill(db: Database, keys: AuditKeys, count: int, *, first: int = 1) -> None:
    """Views of check-ins, one a minute."""
    with db.write() as session:
        for number in range(first, first + count):
            audit.append(
                session,
                keys,
                actor=number % 3 or None,
                action="evidence_viewed",
                subject=f"checkin:{number}",
                facts={"status": "accepted", "similarity": number / 1000},
                at=BEGIN + timedelta(minutes=number),
            )


def rehashed(rows: Sequence[Entry], start: int = 0) -> list[Entry]:
    """The rows with new hashes from index `start` on, so that the chain holds."""
    done = list(rows[:start])
    for row in rows[start:]:
        done.append(row.hashed_after(done[-1].entry_hash if done else audit.NOTHING))
    return done


def renumbered(rows: Sequence[Entry]) -> list[Entry]:
    return [row._replace(sequence=number) for number, row in enumerate(rows, start=1)]


class Intruder:
    """Reads and replaces the tables behind the service's back."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "hadir.db")
        self._connection.execute("PRAGMA synchronous = OFF")
        for trigger in TRIGGERS:
            self._connection.execute(f"DROP TRIGGER {trigger}")
        self._connection.commit()

    def rows(self) -> list[Entry]:
        return [Entry(*row) for row in self._connection.execute("SELECT * FROM audit_entries ORDER BY 1")]

    def head(self) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._connection.execute("SELECT * FROM audit_head").fetchone()
        return found

    def put(self, rows: Sequence[Entry], head: tuple[Any, ...] | None) -> None:
        with self._connection as connection:
            connection.execute("DELETE FROM audit_entries")
            connection.executemany("INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            connection.execute("DELETE FROM audit_head")
            if head is not None:
                connection.execute("INSERT INTO audit_head VALUES (?, ?, ?, ?)", head)

    def change(self, column: str, value: object, sequence: int) -> None:
        with self._connection as connection:
            connection.execute(f"UPDATE audit_entries SET {column} = ? WHERE sequence = ?", (value, sequence))

    def run(self, statement: str) -> None:
        with self._connection as connection:
            connection.execute(statement)

    def close(self) -> None:
        self._connection.close()
