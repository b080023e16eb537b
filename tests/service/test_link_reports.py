"""What is kept of each site's link."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.db.connectivity_tables import DeviceUse, LinkReport
from service.db.session import Database
from service.db.site_tables import Site
from service.link_reports import DEVICES_KEPT, KEPT, at_hour, hour_of, note_link, remove_old
from service.position_evidence import note_device
from service.sites import FenceOfSite, add_site
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.sent import HERE, PHONE, received

LINK = {"bytes": 148_220, "time_ms": 5_310, "effective_type": "3g", "retries": 1, "offline_s": 40}


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    """Expected at the village office, which nobody has measured, and allowed to check in at that above it."""
    plant(db, {"KEC": None, "DESA": "KEC"}, clock())
    add_site(db, code="BALAI", name="Balai Desa", unit="DESA", now=clock())
    fence = FenceOfSite(HERE["lat"], HERE["lon"], 100)
    add_site(db, code="KEC", name="Kantor Camat", unit="KEC", fence=fence, now=clock())
    return put(db, "1", "DESA", clock())


def reported(db: Database, employee_id: int, clock: FakeClock, **meta: object) -> LinkReport | None:
    with db.write() as session:
        row = received(employee_id, clock(), **meta)
        session.add(row)
        note_link(session, row)
    with db.read() as session:
        return session.scalar(select(LinkReport).order_by(LinkReport.id.desc()).limit(1))


def site_of(db: Database, report: LinkReport | None) -> str:
    assert report is not None
    with db.read() as session:
        return session.get_one(Site, report.site_id).code


def test_what_the_phone_measured_is_kept_to_the_hour_and_with_nobodys_name(
    db: Database, siti: int, clock: FakeClock
) -> None:
    report = reported(db, siti, clock, link=LINK, offline=None)
    assert report is not None
    kept = {name: getattr(report, name) for name in LINK}
    assert (kept, report.late) == (LINK, False)
    assert at_hour(report.hour) == clock().replace(minute=0)
    assert {column.name for column in LinkReport.__table__.columns} - set(LINK) == {
        "id",
        "site_id",
        "hour",
        "late",
    }


def test_a_check_in_that_waited_for_a_connection_counts_as_late(
    db: Database, siti: int, clock: FakeClock
) -> None:
    report = reported(db, siti, clock, link=None, offline={"sequence": 1})
    assert report is not None
    assert (report.late, report.time_ms) == (True, None)


def test_it_is_the_nearest_sites_else_that_where_they_are_expected(
    db: Database, siti: int, clock: FakeClock
) -> None:
    assert site_of(db, reported(db, siti, clock, position=HERE)) == "KEC"
    assert site_of(db, reported(db, siti, clock, position=None)) == "BALAI"


def test_of_somebody_without_a_site_nothing_is_kept(db: Database, clock: FakeClock) -> None:
    assert reported(db, put(db, "1", None, clock()), clock, link=LINK) is None


def test_what_is_old_is_removed(db: Database, siti: int, clock: FakeClock) -> None:
    reported(db, siti, clock, link=LINK)
    with db.write() as session:
        note_device(session, received(siti, clock(), device=PHONE))
    clock.now += DEVICES_KEPT
    assert remove_old(db, clock()) == 0
    clock.now += timedelta(seconds=1)
    assert remove_old(db, clock()) == 1
    clock.now += KEPT - DEVICES_KEPT
    assert remove_old(db, clock()) == 0
    clock.now += timedelta(hours=1)
    assert remove_old(db, clock()) == 1
    with db.read() as session:
        assert session.scalars(select(LinkReport)).all() == []
        assert session.scalars(select(DeviceUse)).all() == []


def test_hours_are_counted_since_1970(clock: FakeClock) -> None:
    assert hour_of(at_hour(494_000)) == 494_000
