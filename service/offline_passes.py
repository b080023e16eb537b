"""Passes for phones that expect to be without signal: each marks a contact, from which they tell the time."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.db.offline_tables import OfflinePass
from service.db.session import Database

ID_BYTES: Final = 16
# An item that comes after its pass is forgotten is one whose time can't be confirmed: far beyond any look-back.
KEPT: Final = timedelta(days=60)


def issue(db: Database, employee_id: int, now: datetime) -> OfflinePass:
    """A new pass: every contact begins a new count of time."""
    with db.write() as session:
        session.execute(
            delete(OfflinePass).where(
                OfflinePass.employee_id == employee_id, OfflinePass.issued_at < now - KEPT
            )
        )
        given = OfflinePass(id=secrets.token_urlsafe(ID_BYTES), employee_id=employee_id, issued_at=now)
        session.add(given)
    return given


def issued_at(session: Session, pass_id: str, employee_id: int) -> datetime | None:
    """When this employee was given the pass; None when there is none of theirs."""
    given = session.get(OfflinePass, pass_id)
    return given.issued_at if given is not None and given.employee_id == employee_id else None
