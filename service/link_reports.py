"""The link of each site, as every check-in measures it: what is kept of it, and for how long."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from service import position
from service.db.connectivity_tables import DeviceUse, LinkReport
from service.db.session import Database
from service.db.tables import Checkin, Employee
from service.position_evidence import fences_of, fix_of
from service.workplaces import sites_of

# A year to compare with, and a month to do it in.
KEPT: Final = timedelta(days=400)
# A device that has not been used for so long has another owner, or none.
DEVICES_KEPT: Final = timedelta(days=100)
AT_ONCE: Final = 5_000


def note_link(session: Session, row: Checkin) -> None:
    """Keep what a check-in says of its site's link, in the transaction that receives it.

    The site is the nearest of its owner's by position, else the first. Of somebody without a site nothing is kept.
    """
    sites = sites_of(session, row.employee_id)
    if not sites:
        return
    fences, _ = fences_of(sites)
    fix = fix_of(row)
    place = None if fix is None else position.nearest(fix, fences)
    site = sites[0] if place is None else next(one for one in sites if one.code == place.fence.site)
    note_link_of(session, site.id, row.received_at, row.meta)


def note_link_of(session: Session, site_id: int, received_at: datetime, meta: Mapping[str, Any]) -> None:
    """The same where the site is known, as that of a kiosk. `meta`: what was said with the check-in."""
    link: Mapping[str, Any] = meta.get("link") or {}
    session.add(
        LinkReport(
            site_id=site_id,
            hour=hour_of(received_at),
            late=meta.get("offline") is not None,
            bytes=link.get("bytes"),
            time_ms=link.get("time_ms"),
            effective_type=link.get("effective_type"),
            retries=link.get("retries"),
            offline_s=link.get("offline_s"),
        )
    )


def hour_of(at: datetime) -> int:
    """Whole hours since 1970, UTC."""
    return int(at.timestamp()) // 3600


def at_hour(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def remove_old(db: Database, now: datetime) -> int:
    """Remove reports and devices that are kept no longer, a few thousand in a transaction. Gives how many."""
    old_report = LinkReport.hour < hour_of(now - KEPT)
    removed = 0
    while True:
        with db.write() as session:
            ids = session.scalars(select(LinkReport.id).where(old_report).limit(AT_ONCE)).all()
            session.execute(delete(LinkReport).where(LinkReport.id.in_(ids)))
        removed += len(ids)
        if len(ids) < AT_ONCE:
            break
    with db.write() as session:
        # Of somebody who was erased while a check-in of theirs was on its way.
        erased = select(Employee.id).where(Employee.erased_at.is_not(None))
        due = or_(DeviceUse.last_at < now - DEVICES_KEPT, DeviceUse.employee_id.in_(erased))
        gone = session.scalars(delete(DeviceUse).where(due).returning(DeviceUse.employee_id)).all()
    return removed + len(gone)
