"""Whose the images are that were taken at kiosks: of somebody named, of somebody mistaken, of nobody yet."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased

from service.db.kiosk_tables import KioskAttempt
from service.db.session import Database
from service.db.tables import Checkin


def disowned_for(checkin_id: str) -> Select[str | None]:
    """Ids of check-ins that were made of the same picture before, and disowned."""
    return select(KioskAttempt.disowned_id).where(
        KioskAttempt.checkin_id == checkin_id, KioskAttempt.disowned_id.is_not(None)
    )


def shows_its_employee() -> ColumnElement[bool]:
    """Check-ins that were not disowned, or of which a person has found that they are genuine."""
    disowned = select(KioskAttempt.disowned_id).where(KioskAttempt.disowned_id.is_not(None))
    return or_(Checkin.id.not_in(disowned), Checkin.status == "accepted")


def shows_at_kiosk(employee_id: int) -> ColumnElement[bool]:
    """Check-ins of others for whom a kiosk took the employee, and which still have an image."""
    own = aliased(Checkin)
    mistaken = (
        select(KioskAttempt.disowned_id)
        .join(own, own.id == KioskAttempt.checkin_id)
        .where(own.employee_id == employee_id, KioskAttempt.disowned_id.is_not(None))
    )
    return (
        Checkin.id.in_(mistaken)
        & (Checkin.employee_id != employee_id)
        & or_(Checkin.selfie_key.is_not(None), Checkin.selfie_sha256 != "")
    )


def release_images(db: Database, before: datetime) -> list[str]:
    """Have attempts of which no check-in was made give up their images; gives the keys of these."""
    with db.write() as session:
        rows = session.scalars(
            select(KioskAttempt)
            .where(KioskAttempt.selfie_key.is_not(None), KioskAttempt.received_at < before)
            .with_for_update()
        ).all()
        keys = [key for row in rows for key in _keys_of(row)]
        for row in rows:
            row.selfie_key, row.frame_keys, row.selfie_sha256, row.findings = None, [], "", None
    return keys


def images_of(session: Session, attempt_ids: Collection[str]) -> set[str]:
    """Keys that attempts, or the check-ins made of them, have images under."""
    attempts = session.scalars(select(KioskAttempt).where(KioskAttempt.id.in_(attempt_ids))).all()
    made = [one for row in attempts for one in (row.checkin_id, row.disowned_id) if one is not None]
    rows: list[KioskAttempt | Checkin] = list(attempts)
    rows += session.scalars(select(Checkin).where(Checkin.id.in_(made)))
    return {key for row in rows for key in _keys_of(row)}


def _keys_of(row: KioskAttempt | Checkin) -> list[str]:
    return [*([row.selfie_key] if row.selfie_key else []), *row.frame_keys]
