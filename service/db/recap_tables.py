"""Printed recaps: what was issued, so that anybody can check a paper or a file by its code."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, one_of

# "complete": the month is over and nothing waits, but nobody has closed it.
RecapStatus = Literal["provisional", "complete", "closed"]

Base.registry.update_type_annotation_map({RecapStatus: String(16)})


class IssuedRecap(Base):
    """A recap that went out as a PDF. It holds totals and no names; rows are added and stay.

    `unit_id`: null for the whole staff, and once the unit is removed; `unit_name`, as it was, tells the two apart.
    `month`: its first day. `figures_sha256`: of what `recap_figures.fingerprint` says of every person's figures.
    """

    __tablename__ = "issued_recaps"
    __table_args__ = (one_of("status", RecapStatus),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id", ondelete="SET NULL"), index=True)
    unit_name: Mapped[str | None] = mapped_column(String(200))
    month: Mapped[date]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    status: Mapped[RecapStatus]
    people: Mapped[int]
    totals: Mapped[dict[str, Any]]
    figures_sha256: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64))
