"""What check-ins say of links and phones: how each site is served, and which device served whom."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class LinkReport(Base):
    """One check-in as a measurement of its site's link. Of no person: there is nothing to erase in it.

    hour : whole hours since 1970, UTC. No finer, so that it does not lead to the check-in it came with.
    late : the check-in had waited on the phone for a connection.
    All but these: what the phone measured of its upload before; null where it measured none.
    """

    __tablename__ = "link_reports"
    __table_args__ = (Index(None, "site_id", "hour"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    hour: Mapped[int]
    late: Mapped[bool]
    bytes: Mapped[int | None]
    time_ms: Mapped[int | None]
    effective_type: Mapped[str | None] = mapped_column(String(16))
    retries: Mapped[int | None]
    offline_s: Mapped[int | None]


class DeviceUse(Base):
    """Who has checked in with a device. `device`: the random name that its browser has made for itself."""

    __tablename__ = "device_uses"

    device: Mapped[str] = mapped_column(String(32), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True, index=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
