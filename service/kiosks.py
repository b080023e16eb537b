"""Kiosks as HR keeps them: a shared tablet at a site, paired by a one-time code, revoked at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from service.audit_notes import note
from service.auth import hash_token
from service.db.kiosk_tables import Kiosk, KioskAttempt
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Unit
from service.errors import InvalidRequest, UnknownSite
from service.kiosk_access import CODE_LASTS, new_code
from service.kiosk_attempts import unnamed
from service.kiosk_errors import KioskRevoked, UnknownKiosk
from service.reach import Reach

LONGEST_NAME: Final = 100
COUNTED_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KioskView:
    """`unnamed`: attempts of the last COUNTED_FOR by people whom nobody has named."""

    id: int
    name: str
    site: str
    site_name: str
    created_at: datetime
    paired_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    unnamed: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """The code, at the only moment when it is known."""

    kiosk_id: int
    code: str = field(repr=False)
    expires_at: datetime


def listed(db: Database, now: datetime, *, reach: Reach) -> list[KioskView]:
    """Those at sites within reach, those in use first, the newest first."""
    with db.read() as session:
        rows = session.scalars(
            select(Kiosk)
            .join(Kiosk.site)
            .join(Site.unit)
            .where(reach.units)
            .options(contains_eager(Kiosk.site))
            .order_by(Kiosk.revoked_at.is_not(None), Kiosk.id.desc())
        ).all()
        counts = _unnamed_of(session, now)
        return [
            KioskView(
                id=row.id,
                name=row.name,
                site=row.site.code,
                site_name=row.site.name,
                created_at=row.created_at,
                paired_at=row.paired_at,
                used_at=row.used_at,
                revoked_at=row.revoked_at,
                unnamed=counts.get(row.id, 0),
            )
            for row in rows
        ]


def open_sites(db: Database, *, reach: Reach) -> Sequence[Site]:
    """Where a kiosk can be put, by name."""
    with db.read() as session:
        return session.scalars(
            select(Site).join(Site.unit).where(reach.units, Site.closed_at.is_(None)).order_by(Site.name)
        ).all()


def make(db: Database, *, name: str, site: str, now: datetime, reach: Reach, by: int) -> Pairing:
    """A kiosk at the site with the code `site`.

    Raises
    ------
    InvalidRequest : the name is none.
    UnknownSite : there is no such open site within reach.
    """
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise InvalidRequest(fields=[{"field": "name", "problem": f"1 to {LONGEST_NAME} characters"}])
    with db.write() as session:
        place = session.scalar(
            select(Site).join(Site.unit).where(Site.code == site, Site.closed_at.is_(None), reach.units)
        )
        if place is None:
            raise UnknownSite
        kiosk = Kiosk(name=tidy, site_id=place.id, created_at=now, created_by=by)
        session.add(kiosk)
        session.flush()
        note(session, "kiosk_added", f"kiosk:{kiosk.id}", by=by, at=now, site=place.id)
        return _pairing(kiosk, now)


def new_link(db: Database, kiosk_id: int, *, now: datetime, reach: Reach, by: int) -> Pairing:
    """Another code; whoever uses it takes the place of the tablet that is paired until then.

    Raises UnknownKiosk, KioskRevoked.
    """
    with db.write() as session:
        kiosk = _within(session, kiosk_id, reach)
        if kiosk.revoked_at is not None:
            raise KioskRevoked
        note(session, "kiosk_link_made", f"kiosk:{kiosk.id}", by=by, at=now)
        return _pairing(kiosk, now)


def revoke(db: Database, kiosk_id: int, *, now: datetime, reach: Reach, by: int) -> None:
    """Refuse the tablet from now on. Harmless again. Raises UnknownKiosk."""
    with db.write() as session:
        kiosk = _within(session, kiosk_id, reach)
        if kiosk.revoked_at is None:
            kiosk.revoked_at = now
            kiosk.token_hash = kiosk.pairing_hash = kiosk.pairing_expires_at = None
            note(session, "kiosk_revoked", f"kiosk:{kiosk.id}", by=by, at=now)


def _pairing(kiosk: Kiosk, now: datetime) -> Pairing:
    code = new_code()
    kiosk.pairing_hash = hash_token(code)
    kiosk.pairing_expires_at = now + CODE_LASTS
    return Pairing(kiosk.id, code, kiosk.pairing_expires_at)


def _within(session: Session, kiosk_id: int, reach: Reach) -> Kiosk:
    kiosk = session.scalar(
        select(Kiosk)
        .join(Kiosk.site)
        .join(Unit, Unit.id == Site.unit_id)
        .where(Kiosk.id == kiosk_id, reach.units)
        .with_for_update(of=Kiosk)
    )
    if kiosk is None:
        raise UnknownKiosk
    return kiosk


def _unnamed_of(session: Session, now: datetime) -> dict[int, int]:
    counts = session.execute(
        select(KioskAttempt.kiosk_id, func.count())
        .where(unnamed(now), KioskAttempt.received_at > now - COUNTED_FOR)
        .group_by(KioskAttempt.kiosk_id)
    )
    return {row[0]: row[1] for row in counts}
