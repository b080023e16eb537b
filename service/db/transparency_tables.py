"""Figures that are public: as they were computed once, without what is withheld."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class PublishedMonth(Base):
    """`month`: its first day. `published_by`: null where the service did it by itself."""

    __tablename__ = "published_months"

    month: Mapped[date] = mapped_column(primary_key=True)
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class PublishedFigure(Base):
    """A unit in a month, or with `place` 0 the total. Never changed; of no person.

    unit_code, unit_name : as they were then, whatever becomes of the unit; null of the total.
    All numbers but `place` are null where the row is withheld: what is not public is not kept either.
    """

    __tablename__ = "published_figures"

    month: Mapped[date] = mapped_column(ForeignKey("published_months.month"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_code: Mapped[str | None] = mapped_column(String(32))
    unit_name: Mapped[str | None] = mapped_column(String(200))
    withheld: Mapped[bool]
    people: Mapped[int | None]
    working_days: Mapped[int | None]
    attended_days: Mapped[int | None]
    present_days: Mapped[int | None]
    on_time_days: Mapped[int | None]
    median_upload_ms: Mapped[int | None]
