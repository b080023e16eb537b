"""The audit trail as people read it: the newest first, by action, subject or who it was."""

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from service.audit import Action
from service.db.session import Database
from service.db.tables import Account, AuditEntry

PAGE_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """`actor`: the login of whoever did it, or a pseudonym; None for the service and its command line."""

    sequence: int
    at: str
    actor: str | None
    action: str
    subject: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """`next_before`: where the page after this one begins; None on the last."""

    entries: tuple[Entry, ...]
    next_before: int | None


def find_entries(
    db: Database,
    *,
    action: Action | None = None,
    subject: str | None = None,
    actor: str | None = None,
    before: int | None = None,
) -> EntryPage:
    """Those that fit all that is given.

    actor : a login.
    before : only entries with smaller numbers.
    """
    wanted = select(AuditEntry, Account.login).outerjoin(Account, Account.id == AuditEntry.actor)
    if action is not None:
        wanted = wanted.where(AuditEntry.action == action)
    if subject is not None:
        wanted = wanted.where(AuditEntry.subject == subject)
    if actor is not None:
        wanted = wanted.where(Account.login == actor)
    if before is not None:
        wanted = wanted.where(AuditEntry.sequence < before)
    with db.read() as session:
        rows = session.execute(wanted.order_by(AuditEntry.sequence.desc()).limit(PAGE_SIZE + 1)).all()
    entries = tuple(_entry(entry, login) for entry, login in rows[:PAGE_SIZE])
    return EntryPage(entries, entries[-1].sequence if len(rows) > PAGE_SIZE else None)


def _entry(row: AuditEntry, login: str | None) -> Entry:
    known = login if login is not None else (None if row.actor is None else f"account:{row.actor}")
    return Entry(row.sequence, row.at, known, row.action, row.subject, _facts(row.facts))


def _facts(text: str) -> dict[str, Any]:
    """What somebody has put there may be anything; verification names it, here it only must not fail."""
    try:
        facts = json.loads(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
