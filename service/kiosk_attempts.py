"""People at kiosks whom nobody has named: listed with time and picture, so that nobody is silently absent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from service.audit_notes import note
from service.db.kiosk_tables import AttemptStatus, Kiosk, KioskAttempt
from service.db.session import Database
from service.db.site_tables import Site
from service.evidence import EvidenceStore
from service.kiosk_errors import UnknownAttempt
from service.reach import Reach
from service.storage_errors import EvidenceMissing

PAGE_SIZE: Final = 50
# What is not searched by then never will be: its process has died.
SEARCHED_WITHIN: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class AttemptView:
    """`findings`: the numbers of the search, which name nobody. `by_nip`: a NIP was typed that is nobody's.

    taken_at : by the tablet's clock, of one that it had stored; None for one that was sent at once.
    """

    id: str
    kiosk: str
    site_name: str
    status: AttemptStatus
    reasons: tuple[str, ...]
    received_at: datetime
    taken_at: datetime | None
    by_nip: bool
    disowned: bool
    image_kept: bool
    findings: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AttemptPage:
    total: int
    page: int
    pages: int
    attempts: tuple[AttemptView, ...]


def unnamed(now: datetime) -> ColumnElement[bool]:
    """Attempts that became no check-in, and will become none by themselves."""
    forgotten = and_(KioskAttempt.status == "received", KioskAttempt.received_at < now - SEARCHED_WITHIN)
    return or_(KioskAttempt.status.in_(("retake", "unidentified")), forgotten)


def listed(db: Database, now: datetime, *, page: int, reach: Reach) -> AttemptPage:
    """Those at sites within reach, the newest first."""
    wanted = _within(reach).where(unnamed(now))
    with db.read() as session:
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        rows = session.scalars(
            wanted.options(contains_eager(KioskAttempt.kiosk).contains_eager(Kiosk.site))
            .order_by(KioskAttempt.received_at.desc(), KioskAttempt.id)
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        )
        attempts = tuple(_view(row) for row in rows)
    return AttemptPage(total, page, max(1, -(-total // PAGE_SIZE)), attempts)


def image_of(
    db: Database, evidence: EvidenceStore, attempt_id: str, *, by: int, now: datetime, reach: Reach
) -> bytes:
    """The selfie; that it was viewed goes on record. Raises UnknownAttempt, EvidenceMissing and SealBroken."""
    with db.write() as session:
        row = _one(session, attempt_id, reach)
        if row.selfie_key is None:
            raise EvidenceMissing
        note(session, "evidence_viewed", f"kiosk_attempt:{row.id}", by=by, at=now)
        key = row.selfie_key
    return evidence.get(key)


def _one(session: Session, attempt_id: str, reach: Reach) -> KioskAttempt:
    row = session.scalar(_within(reach).where(KioskAttempt.id == attempt_id))
    if row is None:
        raise UnknownAttempt
    return row


def _within(reach: Reach) -> Select[KioskAttempt]:
    return select(KioskAttempt).join(KioskAttempt.kiosk).join(Kiosk.site).join(Site.unit).where(reach.units)


def _view(row: KioskAttempt) -> AttemptView:
    return AttemptView(
        id=row.id,
        kiosk=row.kiosk.name,
        site_name=row.kiosk.site.name,
        status=row.status,
        reasons=tuple(row.reasons),
        received_at=row.received_at,
        taken_at=row.captured_at if row.meta.get("offline") is not None else None,
        by_nip=row.by_nip_at is not None,
        disowned=row.disowned_id is not None,
        image_kept=row.selfie_key is not None,
        findings=row.findings,
    )
