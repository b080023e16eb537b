"""How well each site is served, by what check-ins have measured: the organisation's survey of its own links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Integer, Select, func, select, type_coerce
from sqlalchemy.orm import Session

from service.db.connectivity_tables import LinkReport
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Unit
from service.link_reports import at_hour, hour_of
from service.reach import EVERYBODY, Reach

DAYS: Final = 30
MOST_DAYS: Final = 400
# Where more than this share of check-ins come late, the link is missing rather than slow.
OFTEN_LATE: Final = 0.05
NOT_MEASURED: Final = -1
# Of the times of uploads: more milliseconds than in a month.
LARGEST: Final = 2**32 - 1

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SiteLink:
    """One open site over some days. Without a measured upload both percentiles are None.

    checkins : that came from there; uploads : that were measured.
    p50_ms, p95_ms : of the time of an upload, by nearest rank: a time that was really measured.
    share_late : of the check-ins, 0..1, that had waited on a phone for a connection; None without any.
    last_contact : to the hour, however long ago; None when there was never any.
    trend_ms : for each day the median time of an upload, the oldest first; None on a day without.
    """

    code: str
    name: str
    unit: str
    unit_name: str
    checkins: int
    uploads: int
    p50_ms: int | None
    p95_ms: int | None
    share_late: float | None
    last_contact: datetime | None
    trend_ms: tuple[int | None, ...]


def survey(
    db: Database, zone: tzinfo, now: datetime, *, days: int = DAYS, reach: Reach = EVERYBODY
) -> tuple[SiteLink, ...]:
    """Every open site within reach, the worst first, those of which nothing is known last.

    Worse than any slow link is one that is often missing: sites with more than OFTEN_LATE of their check-ins late
    come first, by that share; then by p95.
    """
    shift_h = _shift_h(zone, now)
    today = (hour_of(now) + shift_h) // 24
    first_hour = (today - days + 1) * 24 - shift_h
    with db.read() as session:
        sites = session.execute(_sites(reach)).all()
        reports = _reports(session, reach, first_hour)
    rows = np.searchsorted(np.array([site.id for site in sites], np.int64), reports[:, 0])
    day = (reports[:, 1] + shift_h) // 24 - today + days - 1
    # What came from a clock that has been set back since would lie in days to come.
    measured = _measure(len(sites), days, rows, np.minimum(day, days - 1), reports[:, 2], reports[:, 3])
    links = [
        SiteLink(
            code=site.code,
            name=site.name,
            unit=site.unit,
            unit_name=site.unit_name,
            last_contact=None if site.last is None else at_hour(site.last),
            checkins=one.checkins,
            uploads=one.uploads,
            p50_ms=one.p50_ms,
            p95_ms=one.p95_ms,
            share_late=one.share_late,
            trend_ms=one.trend_ms,
        )
        for site, one in zip(sites, measured, strict=True)
    ]
    return tuple(sorted(links, key=_how_bad))


@dataclass(frozen=True, slots=True)
class _Measured:
    checkins: int
    uploads: int
    p50_ms: int | None
    p95_ms: int | None
    share_late: float | None
    trend_ms: tuple[int | None, ...]


def _measure(
    sites: int, days: int, site: Integers, day: Integers, time_ms: Integers, late: Integers
) -> list[_Measured]:
    """For each site by its number. The arrays are of one length, a report each; `time_ms` may be NOT_MEASURED."""
    checkins = np.bincount(site, minlength=sites)
    late_ones = np.bincount(site, weights=late, minlength=sites)
    there = time_ms != NOT_MEASURED
    site, day, time_ms = site[there], day[there], time_ms[there]
    uploads = np.bincount(site, minlength=sites)
    p50, p95 = percentiles_by_group(site, time_ms, sites, (0.5, 0.95))
    (medians,) = percentiles_by_group(site * days + day, time_ms, sites * days, (0.5,))
    trend = medians.reshape(sites, days)
    return [
        _Measured(
            checkins=int(checkins[number]),
            uploads=int(uploads[number]),
            p50_ms=_known(p50[number]),
            p95_ms=_known(p95[number]),
            share_late=float(late_ones[number] / checkins[number]) if checkins[number] else None,
            trend_ms=tuple(map(_known, trend[number])),
        )
        for number in range(sites)
    ]


def percentiles_by_group(
    group: Integers, value: Integers, groups: int, shares: Sequence[float]
) -> list[Integers]:
    """Of each group of values, numbered 0..groups-1, the least that at least such a share of them does not exceed.

    For each share one array; NOT_MEASURED for a group without any value. Values are 0..LARGEST.
    (Nearest rank: Hyndman and Fan 1996, definition 1.)
    """
    counts = np.bincount(group, minlength=groups)
    # One sort of plain numbers takes a tenth of the time of one by two keys.
    ordered = np.sort(group * (LARGEST + 1) + value) % (LARGEST + 1)
    begins = np.cumsum(counts) - counts
    there = counts > 0
    found = []
    for share in shares:
        ranked = np.full(groups, NOT_MEASURED, np.int64)
        ranked[there] = ordered[(begins + np.ceil(share * counts).astype(np.int64) - 1)[there]]
        found.append(ranked)
    return found


def _known(value: np.int64) -> int | None:
    return None if value == NOT_MEASURED else int(value)


def _how_bad(link: SiteLink) -> tuple[bool, float, float, str]:
    share = link.share_late or 0.0
    often = share if share > OFTEN_LATE else 0.0
    return link.checkins == 0, -often, -float(link.p95_ms or 0), link.name.casefold()


def _sites(reach: Reach) -> Select[int, str, str, str, str, int | None]:
    """Open ones within reach, by id, each with its last report."""
    last = (
        select(func.max(LinkReport.hour))
        .where(LinkReport.site_id == Site.id)
        .correlate(Site)
        .scalar_subquery()
    )
    return (
        select(
            Site.id,
            Site.code,
            Site.name,
            Unit.code.label("unit"),
            Unit.name.label("unit_name"),
            last.label("last"),
        )
        .join(Site.unit)
        .where(*_wanted(reach))
        .order_by(Site.id)
    )


def _wanted(reach: Reach) -> tuple[ColumnElement[bool], ...]:
    return Site.closed_at.is_(None), reach.units


def _reports(session: Session, reach: Reach, first_hour: int) -> Integers:
    """(n, 4): site, hour, time of the upload in ms or NOT_MEASURED, late or not."""
    wanted = (
        select(
            LinkReport.site_id,
            LinkReport.hour,
            func.coalesce(LinkReport.time_ms, NOT_MEASURED),
            type_coerce(LinkReport.late, Integer),
        )
        .join(Site, Site.id == LinkReport.site_id)
        .join(Site.unit)
        .where(LinkReport.hour >= first_hour, *_wanted(reach))
    )
    # Past the session: of hundreds of thousands of rows it would make as many objects.
    rows = session.connection().execute(wanted).all()
    return np.fromiter(chain.from_iterable(rows), np.int64, 4 * len(rows)).reshape(-1, 4)


def _shift_h(zone: tzinfo, now: datetime) -> int:
    """Hours that the zone is ahead of UTC; of half ones, as in some countries, the half is left out."""
    ahead = now.astimezone(zone).utcoffset() or timedelta(0)
    return round(ahead / timedelta(hours=1) - 0.25)
