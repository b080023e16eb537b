"""Tokens by which other programs use the API: named, limited to scopes, revocable, shown once.

A token acts for the account that made it, within its scopes: it never may more than that account, and ends
with it. Nothing here commits.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from service.access_errors import NotSignedIn
from service.audit_notes import note
from service.auth import hash_token, may_sign_in
from service.db.tables import Account, ApiToken
from service.errors import InvalidRequest, UnknownToken

Scope = Literal[
    "employees:read",
    "employees:write",
    "checkins:read",
    "checkins:write",
    "requests:read",
    "requests:write",
    "months:read",
    "months:write",
    "webhooks:read",
    "webhooks:write",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
# What each opens, for whoever reads the description of the API.
OPENS: Final[dict[Scope, str]] = {
    "employees:read": "employees, units, sites and their links, work patterns, holidays",
    "employees:write": "adding, enrolling and moving employees; sites, work patterns, holidays",
    "checkins:read": "check-ins and those under review, days and months of attendance",
    "checkins:write": "sending check-ins of the token's own account",
    "requests:read": "absences, corrections and manual periods of the staff",
    "requests:write": "deciding on absences and corrections, entering and revoking manual periods",
    "months:read": "what is open of months, and export previews",
    "months:write": "closing and unlocking months, publishing figures, changing export profiles",
    "webhooks:read": "webhooks and their logs",
    "webhooks:write": "adding, changing and deleting webhooks, sending again",
}
# Tells a token from a session's at a glance, and to the scanners that look for leaked secrets.
PREFIX: Final = "hadir_"
TOKEN_BYTES: Final = 32
LONGEST_NAME: Final = 100
MOST_LISTED: Final = 500
TOUCH_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Made:
    """A token, at the only moment when it is known."""

    row: ApiToken
    token: str = field(repr=False)


def make(session: Session, account: Account, *, name: str, scopes: Collection[str], now: datetime) -> Made:
    """Raises InvalidRequest: no name, no scope, or one that is not in SCOPES."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise InvalidRequest(fields=[{"field": "name", "problem": "not valid"}])
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidRequest(fields=[{"field": "scopes", "problem": f"one or more of {', '.join(SCOPES)}"}])
    token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    row = ApiToken(
        account_id=account.id,
        name=tidy,
        scopes=[scope for scope in SCOPES if scope in scopes],
        token_hash=hash_token(token),
        created_at=now,
    )
    session.add(row)
    session.flush()
    note(session, "token_made", f"token:{row.id}", by=account.id, at=now, scopes=row.scopes)
    return Made(row, token)


def listed(session: Session) -> Sequence[ApiToken]:
    """The newest first, with their accounts; the revoked ones too."""
    newest = select(ApiToken).order_by(ApiToken.id.desc()).limit(MOST_LISTED)
    return session.scalars(newest.options(joinedload(ApiToken.account))).all()


def revoke(session: Session, token_id: int, now: datetime, *, by: int) -> None:
    """Harmless again. `by`: the account id of whoever does it. Raises UnknownToken."""
    row = session.get(ApiToken, token_id, with_for_update=True)
    if row is None:
        raise UnknownToken
    if row.revoked_at is None:
        row.revoked_at = now
        note(session, "token_revoked", f"token:{row.id}", by=by, at=now)


def row_of(session: Session, token: str) -> ApiToken:
    """The token's row, its account and employee loaded. Raises NotSignedIn."""
    row = session.scalar(
        select(ApiToken)
        .where(ApiToken.token_hash == hash_token(token), ApiToken.revoked_at.is_(None))
        .options(joinedload(ApiToken.account).joinedload(Account.employee))
    )
    if row is None or not may_sign_in(row.account):
        raise NotSignedIn
    return row


def touch_due(row: ApiToken, now: datetime) -> bool:
    """Whether `touch` should be called, in a writing transaction."""
    return row.used_at is None or now - row.used_at >= TOUCH_EVERY


def touch(session: Session, row: ApiToken, now: datetime) -> None:
    session.execute(update(ApiToken).where(ApiToken.id == row.id).values(used_at=now))
