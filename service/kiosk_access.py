"""Which tablet is asking: a pairing code, used once, gives it a token that opens the kiosk's routes alone."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from service.audit_notes import note
from service.auth import hash_token
from service.db.kiosk_tables import Kiosk
from service.db.session import Database
from service.kiosk_errors import NotAKiosk, PairingCodeWrong

PREFIX: Final = "kiosk_"
TOKEN_BYTES: Final = 32
# Without the signs that people take for one another. Ten of them are 49 bits, for half an hour.
CODE_SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 10
CODE_LASTS: Final = timedelta(minutes=30)
TOUCH_EVERY: Final = timedelta(minutes=1)


def new_code() -> str:
    return "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))


def normal_code(code: str) -> str:
    """As people type it: in any case, with blanks and hyphens."""
    return "".join(sign for sign in code.upper() if sign.isalnum())


def pair(db: Database, code: str, now: datetime) -> str:
    """The tablet's token. The code is used up, and a tablet that was paired before is out.

    Raises PairingCodeWrong.
    """
    with db.write() as session:
        kiosk = session.scalar(
            select(Kiosk)
            .where(
                Kiosk.pairing_hash == hash_token(normal_code(code)),
                Kiosk.pairing_expires_at > now,
                Kiosk.revoked_at.is_(None),
            )
            .with_for_update()
        )
        if kiosk is None:
            raise PairingCodeWrong
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        kiosk.token_hash = hash_token(token)
        kiosk.paired_at = kiosk.used_at = now
        kiosk.pairing_hash = kiosk.pairing_expires_at = None
        note(session, "kiosk_paired", f"kiosk:{kiosk.id}", by=None, at=now)
        return token


def kiosk_of(session: Session, token: str | None) -> Kiosk:
    """The kiosk with its site. Raises NotAKiosk, also when it was revoked or its site is closed."""
    if token is None or not token.startswith(PREFIX):
        raise NotAKiosk
    kiosk = session.scalar(
        select(Kiosk)
        .where(Kiosk.token_hash == hash_token(token), Kiosk.revoked_at.is_(None))
        .options(joinedload(Kiosk.site))
    )
    if kiosk is None or kiosk.site.closed_at is not None:
        raise NotAKiosk
    return kiosk


def touch_due(kiosk: Kiosk, now: datetime) -> bool:
    """Whether `touch` should be called, in a writing transaction."""
    return kiosk.used_at is None or now - kiosk.used_at >= TOUCH_EVERY


def touch(session: Session, kiosk: Kiosk, now: datetime) -> None:
    session.execute(update(Kiosk).where(Kiosk.id == kiosk.id).values(used_at=now))
