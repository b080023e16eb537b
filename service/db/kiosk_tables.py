"""Shared tablets at office doors, and what was done at them by people whom nobody has named yet."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base, one_of
from service.db.site_tables import Site
from service.db.tables import CheckinKind

AttemptStatus = Literal["received", "retake", "unidentified", "identified"]

Base.registry.update_type_annotation_map({AttemptStatus: String(16)})


class Kiosk(Base):
    """A tablet. It is no account: its token opens the kiosk's routes and nothing else.

    `pairing_hash`: of the one-time code, until `pairing_expires_at`. `token_hash`: of what the tablet holds since
    `paired_at`; null while none does. `used_at` is kept to the minute only. `last_attempt_id`: the newest attempt;
    whoever disowns an older one comes too late.
    """

    __tablename__ = "kiosks"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    pairing_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    pairing_expires_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    paired_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_attempt_id: Mapped[str | None] = mapped_column(String(36))

    site: Mapped[Site] = relationship()


class KioskAttempt(Base):
    """Somebody before a kiosk. `id` is the tablet's UUID, and that of the check-in that is made of it.

    While nobody is named, its images are its own. `checkin_id`: the check-in that has taken them over.
    `disowned_id`: an earlier check-in made of it, whose employee said that it was somebody else; it keeps its
    own copies. `named_at`: when a face was recognised. `findings`: the search, in numbers.
    """

    __tablename__ = "kiosk_attempts"
    __table_args__ = (
        one_of("kind", CheckinKind),
        one_of("status", AttemptStatus),
        Index(None, "status", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kiosk_id: Mapped[int] = mapped_column(ForeignKey("kiosks.id"), index=True)
    kind: Mapped[CheckinKind]
    status: Mapped[AttemptStatus]
    reasons: Mapped[list[str]]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    named_at: Mapped[datetime | None]
    by_nip_at: Mapped[datetime | None]
    selfie_key: Mapped[str | None] = mapped_column(String(200))
    selfie_sha256: Mapped[str] = mapped_column(String(64))
    frame_keys: Mapped[list[str]]
    meta: Mapped[dict[str, Any]]
    challenge: Mapped[dict[str, Any] | None]
    findings: Mapped[dict[str, Any] | None]
    checkin_id: Mapped[str | None] = mapped_column(ForeignKey("checkins.id"), index=True)
    disowned_id: Mapped[str | None] = mapped_column(ForeignKey("checkins.id"), index=True)

    kiosk: Mapped[Kiosk] = relationship()
