"""How well each site is served."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from service.connectivity import NOT_MEASURED, SiteLink, percentiles_by_group, survey
from service.db.connectivity_tables import LinkReport
from service.db.session import Database
from service.link_reports import hour_of
from service.reach import Reach
from service.sites import SiteChange, add_site, change_site, site_row
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant

ZONE = ZoneInfo("Asia/Jakarta")


@pytest.fixture(autouse=True)
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    """A site in each: the clock stands at 7:30 in the morning there."""
    ids = plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, clock())
    for code in ids:
        add_site(db, code=code, name=f"Kantor {code}", unit=code, now=clock())
    return ids


def report(
    db: Database, clock: FakeClock, code: str, *times_ms: int | None, late: bool = False, **ago: float
) -> None:
    hour = hour_of(clock() - timedelta(**ago))
    with db.write() as session:
        site_id = site_row(session, code).id
        session.add_all(LinkReport(site_id=site_id, hour=hour, late=late, time_ms=ms) for ms in times_ms)


def of(db: Database, clock: FakeClock, code: str) -> SiteLink:
    return next(link for link in survey(db, ZONE, clock(), days=3) if link.code == code)


def test_a_site_is_described_by_times_that_were_measured(db: Database, clock: FakeClock) -> None:
    report(db, clock, "KEC", *range(100, 2_100, 100))
    report(db, clock, "KEC", None, late=True)
    link = of(db, clock, "KEC")
    assert (link.checkins, link.uploads, link.p50_ms, link.p95_ms) == (21, 20, 1_000, 1_900)
    assert link.share_late == pytest.approx(1 / 21)
    assert link.last_contact == clock().replace(minute=0)
    assert (link.name, link.unit, link.unit_name) == ("Kantor KEC", "KEC", "Unit KEC")


def test_the_trend_has_a_median_for_each_day_of_the_offices_clock(db: Database, clock: FakeClock) -> None:
    report(db, clock, "KEC", 900, hours=8)  # 23:30 of the day before
    report(db, clock, "KEC", 300, 500, 400, hours=7)  # 0:30 of today
    assert of(db, clock, "KEC").trend_ms == (None, 900, 400)


def test_what_is_older_than_the_days_asked_for_counts_only_as_a_contact(
    db: Database, clock: FakeClock
) -> None:
    report(db, clock, "KEC", 900, days=3)
    link = of(db, clock, "KEC")
    assert (link.checkins, link.p50_ms, link.share_late, link.trend_ms) == (0, None, None, (None,) * 3)
    assert link.last_contact == clock().replace(minute=0) - timedelta(days=3)


def test_a_clock_that_was_set_back_loses_no_report(db: Database, clock: FakeClock) -> None:
    report(db, clock, "KEC", 900, days=-5)
    assert of(db, clock, "KEC").trend_ms == (None, None, 900)


def test_the_worst_served_come_first_and_those_without_measurement_last(
    db: Database, clock: FakeClock
) -> None:
    report(db, clock, "KEC", 500)
    report(db, clock, "DINAS", 9_000)
    assert [link.code for link in survey(db, ZONE, clock())] == ["DINAS", "KEC", "DESA"]
    report(db, clock, "KEC", None, late=True)
    assert [link.code for link in survey(db, ZONE, clock())] == ["KEC", "DINAS", "DESA"]


def test_closed_sites_and_those_outside_the_reach_are_left_out(
    db: Database, clock: FakeClock, units: dict[str, int]
) -> None:
    for code in units:
        report(db, clock, code, 500)
    closed = SiteChange(closed=True, named=frozenset({"closed"}))
    change_site(db, code="DESA", change=closed, now=clock())
    found = survey(db, ZONE, clock(), reach=Reach(unit_id=units["KEC"]))
    assert [(link.code, link.uploads) for link in found] == [("KEC", 1)]


def test_without_a_site_there_is_nothing_to_tell(db: Database, clock: FakeClock) -> None:
    assert survey(db, ZONE, clock(), reach=Reach()) == ()


def test_percentiles_are_those_of_numpy_by_nearest_rank() -> None:
    random = np.random.default_rng(7)
    group = random.integers(0, 40, 5_000)
    value = random.integers(0, 90_000, 5_000)
    group[group == 11] = 12
    shares = (0.5, 0.95)
    for share, found in zip(shares, percentiles_by_group(group, value, 41, shares), strict=True):
        for number in range(41):
            mine = value[group == number]
            expected = np.percentile(mine, 100 * share, method="inverted_cdf") if len(mine) else NOT_MEASURED
            assert found[number] == expected
