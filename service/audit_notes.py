"""Facts noted during a transaction, which the database writes to the audit trail at its end.

From its first entry to its end a transaction keeps all other writers of the trail waiting, and an entry can't
be taken back: so the entries come last, when everything else has succeeded, and in the order of the notes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from service import audit
from service.audit import Action, AuditKeys
from service.errors import Json

_TRAIL: Final = "audit trail"


@dataclass(frozen=True, slots=True)
class _Note:
    actor: int | None
    action: Action
    subject: str
    facts: dict[str, Json]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Trail:
    keys: AuditKeys
    notes: list[_Note]


def information_for(keys: AuditKeys | None) -> dict[str, Any]:
    """What a session needs to have for `note`; without keys it can take none."""
    return {} if keys is None else {_TRAIL: _Trail(keys, [])}


def note(
    session: Session, action: Action, subject: str, *, by: int | None, at: datetime, **facts: Json
) -> None:
    """Say what this transaction does. See `audit.append` for what subjects and facts may hold.

    by : the id of the account that does it; None for the service itself and for its command line.

    Raises RuntimeError in a transaction of a database that keeps no trail; a fault of the program.
    """
    _trail_of(session).notes.append(_Note(by, action, subject, facts, at))


def pseudonym(session: Session, value: str) -> str:
    """What stands for a personal value in subjects and facts. Raises RuntimeError as `note` does."""
    return _trail_of(session).keys.pseudonym(value)


def write_notes(session: Session) -> None:
    """Append them. Nothing but the commit may follow."""
    trail: _Trail | None = session.info.get(_TRAIL)
    if trail is None:
        return
    for one in trail.notes:
        audit.append(
            session,
            trail.keys,
            actor=one.actor,
            action=one.action,
            subject=one.subject,
            facts=one.facts,
            at=one.at,
        )
    trail.notes.clear()


def _trail_of(session: Session) -> _Trail:
    trail: _Trail | None = session.info.get(_TRAIL)
    if trail is None:
        raise RuntimeError("this database keeps no audit trail")
    return trail
