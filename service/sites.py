"""Sites: where people work, each with its fence and its clock. Who works at which: service/workplaces.py."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

from service.audit_notes import note
from service.db.session import Database
from service.db.site_tables import Site, SiteOfEmployee
from service.errors import InvalidRequest, SiteCodeTaken, UnknownSite
from service.reach import EVERYBODY, Reach
from service.units import held_unit, list_units, parse_code, parse_name

# Below it a fix of a phone indoors is never wholly inside; above it a fence is no place.
SMALLEST_RADIUS_M: Final = 20.0
LARGEST_RADIUS_M: Final = 20_000.0


@dataclass(frozen=True, slots=True)
class FenceOfSite:
    """Degrees, and metres."""

    latitude: float
    longitude: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """A site as it is kept. `unit`: the code of the unit; `added`: how many were given it besides."""

    code: str
    name: str
    unit: str
    unit_name: str
    fence: FenceOfSite | None
    time_zone: str | None
    closed_at: datetime | None
    added: int


@dataclass(frozen=True, slots=True)
class SiteChange:
    """What is to be changed; everything that is not named stays. `fence` and `time_zone` may become None."""

    name: str | None = None
    unit: str | None = None
    fence: FenceOfSite | None = None
    time_zone: str | None = None
    closed: bool | None = None
    named: frozenset[str] = frozenset()


def add_site(
    db: Database,
    *,
    code: str,
    name: str,
    unit: str,
    fence: FenceOfSite | None = None,
    time_zone: str | None = None,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """A new site of a unit.

    Raises
    ------
    InvalidRequest : the code, the name, the fence or the time zone is none.
    SiteCodeTaken
    UnknownUnit : also for one outside the reach.
    """
    tidy_code, tidy_name = parse_code(code), parse_name(name)
    _check_fence(fence)
    _check_zone(time_zone)
    try:
        with db.write() as session:
            of = held_unit(session, unit, reach)
            site = Site(code=tidy_code, name=tidy_name, unit_id=of.id, time_zone=time_zone, created_at=now)
            _set_fence(site, fence)
            session.add(site)
            session.flush()
            note(
                session,
                "site_added",
                f"site:{site.id}",
                by=by,
                at=now,
                code=tidy_code,
                unit=of.id,
                fence=_fence_facts(fence),
                zone=time_zone,
            )
    except IntegrityError:
        raise SiteCodeTaken from None


def change_site(
    db: Database,
    *,
    code: str,
    change: SiteChange,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Change what the change names: name, unit, fence, time zone, or whether anybody checks in there.

    Raises UnknownSite, UnknownUnit or InvalidRequest.
    """
    _check_fence(change.fence)
    _check_zone(change.time_zone)
    with db.write() as session:
        site = site_row(session, code, reach, to_change=True)
        facts = _apply(session, site, change, now, reach)
        if facts:
            note(session, "site_changed", f"site:{site.id}", by=by, at=now, **facts)


def list_sites(db: Database, reach: Reach = EVERYBODY) -> tuple[SiteRecord, ...]:
    """Those of units within reach, in the order of the tree of units, then by name."""
    order = {unit.code: number for number, unit in enumerate(list_units(db, reach))}
    with db.read() as session:
        given = select(SiteOfEmployee.site_id, func.count()).group_by(SiteOfEmployee.site_id)
        added: dict[int, int] = dict(session.execute(given).all())
        rows = session.scalars(
            select(Site).join(Site.unit).where(reach.units).options(contains_eager(Site.unit))
        )
        records = [_record(row, added.get(row.id, 0)) for row in rows]
    return tuple(
        sorted(records, key=lambda one: (order.get(one.unit, len(order)), one.name.casefold(), one.code))
    )


def site_row(session: Session, code: str, reach: Reach = EVERYBODY, *, to_change: bool = False) -> Site:
    """Raises UnknownSite, also for one of a unit outside the reach."""
    found = select(Site).join(Site.unit).where(Site.code == code.strip(), reach.units)
    site = session.scalar(found.with_for_update(of=Site) if to_change else found)
    if site is None:
        raise UnknownSite
    return site


def _apply(session: Session, site: Site, change: SiteChange, now: datetime, reach: Reach) -> dict[str, Any]:
    """Gives what goes on record: names of what was changed, and codes; no words."""
    facts: dict[str, Any] = {}
    if "name" in change.named and change.name is not None:
        site.name, facts["renamed"] = parse_name(change.name), True
    if "unit" in change.named and change.unit is not None:
        before, site.unit_id = site.unit_id, held_unit(session, change.unit, reach).id
        facts |= {"unit": site.unit_id, "before": before}
    if "fence" in change.named:
        _set_fence(site, change.fence)
        facts["fence"] = _fence_facts(change.fence)
    if "time_zone" in change.named:
        site.time_zone = facts["zone"] = change.time_zone
    if "closed" in change.named and change.closed != (site.closed_at is not None):
        site.closed_at, facts["closed"] = (now if change.closed else None), bool(change.closed)
    return facts


def _set_fence(site: Site, fence: FenceOfSite | None) -> None:
    site.latitude = fence.latitude if fence else None
    site.longitude = fence.longitude if fence else None
    site.radius_m = fence.radius_m if fence else None


def _fence_facts(fence: FenceOfSite | None) -> dict[str, float] | None:
    """A fence that was moved for a day decides what was outside on it."""
    if fence is None:
        return None
    return {"latitude": fence.latitude, "longitude": fence.longitude, "radius_m": fence.radius_m}


def _check_fence(fence: FenceOfSite | None) -> None:
    if fence is None:
        return
    fits = {
        "latitude": -90 <= fence.latitude <= 90,
        "longitude": -180 <= fence.longitude <= 180,
        "radius_m": SMALLEST_RADIUS_M <= fence.radius_m <= LARGEST_RADIUS_M,
    }
    wrong = [{"field": field, "problem": "not valid"} for field, there in fits.items() if not there]
    if wrong:
        raise InvalidRequest(fields=wrong)


def _check_zone(name: str | None) -> None:
    if name is not None and name not in available_timezones():
        raise InvalidRequest(fields=[{"field": "time_zone", "problem": "not valid"}])


def _record(row: Site, added: int) -> SiteRecord:
    fence = None
    if row.latitude is not None and row.longitude is not None and row.radius_m is not None:
        fence = FenceOfSite(row.latitude, row.longitude, row.radius_m)
    return SiteRecord(
        code=row.code,
        name=row.name,
        unit=row.unit.code,
        unit_name=row.unit.name,
        fence=fence,
        time_zone=row.time_zone,
        closed_at=row.closed_at,
        added=added,
    )
