"""Where people work: offices and other places, each with its fence and its clock."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base
from service.db.tables import Unit


class Site(Base):
    """A place of work of a unit and of all below it. Who works at others too is in `SiteOfEmployee`.

    `latitude`, `longitude` (degrees) and `radius_m` are its fence; null while nobody has measured it.
    `time_zone`: IANA name; null is that of the service. `closed_at`: since then nobody checks in there.
    """

    __tablename__ = "sites"
    __table_args__ = (
        CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL) AND (latitude IS NULL) = (radius_m IS NULL)",
            name="whole_fence",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    radius_m: Mapped[float | None]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()


class SiteOfEmployee(Base):
    """One more place of work of one employee, beside those of their unit."""

    __tablename__ = "employee_sites"

    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, index=True)
    added_at: Mapped[datetime]
