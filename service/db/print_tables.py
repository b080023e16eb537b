"""Fingerprints of check-ins' pictures, by which a picture that is sent again is known."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class CheckinPrints(Base):
    """Kept for as long as the pictures themselves.

    `picture`: the selfie's 64-bit perceptual hash as 16 hex digits. `prints`: `models.repeats.to_bytes` of the
    selfie and then of each frame with a face.
    """

    __tablename__ = "checkin_prints"
    __table_args__ = (Index(None, "employee_id", "received_at"),)

    checkin_id: Mapped[str] = mapped_column(ForeignKey("checkins.id"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    received_at: Mapped[datetime]
    picture: Mapped[str] = mapped_column(String(16), index=True)
    prints: Mapped[bytes] = mapped_column(LargeBinary)
