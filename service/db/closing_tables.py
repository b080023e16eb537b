"""Months that were closed for a unit, the figures as they stood then, and what came afterwards."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base, one_of
from service.db.tables import Account, Checkin

AfterKind = Literal["arrival", "verdict"]

Base.registry.update_type_annotation_map({AfterKind: String(16)})

_IN_FORCE = text("unlocked_at IS NULL")


class ClosedMonth(Base):
    """One closing of one unit's month, in force until it is unlocked. Rows are added and stay.

    `unit_id`: null once the unit is removed; `unit_code` and `unit_name` are those of the time. `month`: its first
    day. `reason`: why it was closed over what was open. `checklist`: as `service.closing_checklist` writes it,
    naming people by their ids alone. `people`: of how many there are figures.
    """

    __tablename__ = "closed_months"
    __table_args__ = (
        # Of two who close at once, only one does.
        Index(
            "uq_closed_months_in_force",
            "unit_id",
            "month",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
        Index(None, "month", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id", ondelete="SET NULL"))
    unit_code: Mapped[str] = mapped_column(String(32))
    unit_name: Mapped[str] = mapped_column(String(200))
    month: Mapped[date]
    closed_at: Mapped[datetime]
    closed_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    reason: Mapped[str | None]
    checklist: Mapped[dict[str, Any]]
    people: Mapped[int]
    unlocked_at: Mapped[datetime | None]
    unlocked_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    unlock_reason: Mapped[str | None]

    closer: Mapped[Account] = relationship(foreign_keys=[closed_by])
    unlocker: Mapped[Account | None] = relationship(foreign_keys=[unlocked_by])


class ClosedFigures(Base):
    """What somebody's days in the unit added up to when it was closed. Never changed.

    `figures`: as `service.closed_figures` writes and reads them.
    """

    __tablename__ = "closed_figures"

    closed_id: Mapped[int] = mapped_column(ForeignKey("closed_months.id"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True, index=True)
    figures: Mapped[dict[str, Any]]


class AfterClosing(Base):
    """A check-in of a closed month that arrived, or was judged, while it was closed."""

    __tablename__ = "after_closing"
    __table_args__ = (one_of("kind", AfterKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    closed_id: Mapped[int] = mapped_column(ForeignKey("closed_months.id"), index=True)
    checkin_id: Mapped[str] = mapped_column(ForeignKey("checkins.id"))
    kind: Mapped[AfterKind]
    at: Mapped[datetime]

    checkin: Mapped[Checkin] = relationship()
