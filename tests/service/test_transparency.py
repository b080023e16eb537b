"""Public figures: computed once for a month that is over, and kept without what is withheld."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from service.access_errors import NotAllowed
from service.approved_of_days import ApprovedOfDays
from service.db.connectivity_tables import LinkReport
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import AuditEntry
from service.db.transparency_tables import PublishedFigure
from service.link_reports import hour_of
from service.reach import Reach
from service.sites import add_site
from service.transparency import Transparency
from service.transparency_errors import AlreadyPublished, MonthNotOver, NothingToPublish, NotPublished
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.test_working_time import at, check_in

WIB = ZoneInfo("Asia/Jakarta")
# Five working days from the Monday on.
BEFORE = datetime(2026, 11, 30, 1, tzinfo=UTC)
FIRST = date(2026, 11, 1)
MONDAY = date(2026, 11, 30)


@pytest.fixture
def work(db: Database, clock: FakeClock) -> WorkingTime:
    clock.now = datetime(2026, 12, 8, 3, tzinfo=UTC)
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


@pytest.fixture
def public(db: Database, work: WorkingTime, clock: FakeClock) -> Transparency:
    return Transparency(db, work, clock=clock)


@pytest.fixture
def staff(db: Database) -> dict[str, list[int]]:
    """Three agencies below one root, each of whose people has one working day, and somebody in no unit."""
    plant(
        db,
        {"KAB": None, "DINAS": "KAB", "BIDANG": "DINAS", "KEC": "KAB", "DESA": "KEC", "KECIL": "KAB"},
        BEFORE,
    )
    put(db, "none", None, BEFORE)

    def people(unit: str, count: int) -> list[int]:
        return [put(db, f"{unit}-{number}", unit, BEFORE) for number in range(count)]

    return {
        "DINAS": [*people("DINAS", 11), *people("BIDANG", 4)],
        "KEC": people("DESA", 12),
        "KECIL": people("KECIL", 3),
    }


def come(db: Database, people: list[int], clock: str) -> None:
    for employee_id in people:
        check_in(db, employee_id, at(MONDAY, clock), "in")


def test_the_days_of_an_agency_are_those_of_all_below_it(
    db: Database, public: Transparency, staff: dict[str, list[int]]
) -> None:
    come(db, staff["DINAS"][:12], "07:20")
    come(db, staff["DINAS"][12:14], "08:10")
    come(db, staff["KEC"], "07:00")
    come(db, staff["KECIL"][:2], "07:00")
    table = public.publish(FIRST)
    rows = {row.unit_code: row for row in table.rows}
    dinas = rows["DINAS"]
    assert (dinas.people, dinas.working_days, dinas.attended_days) == (15, 15, 14)
    assert (dinas.present_days, dinas.on_time_days) == (14, 12)
    assert dinas.attendance == pytest.approx(14 / 15)
    assert dinas.punctuality == pytest.approx(12 / 14)
    assert list(rows) == ["DINAS", "KEC", "KECIL"]
    assert not dinas.withheld


def test_what_is_withheld_is_not_even_kept(
    db: Database, public: Transparency, staff: dict[str, list[int]]
) -> None:
    come(db, staff["DINAS"], "07:20")
    come(db, [*staff["KEC"][:11], *staff["KECIL"]], "08:20")
    table = public.publish(FIRST)
    # Of KEC nobody was punctual, and of KECIL neither: the sum would tell it.
    assert [row.unit_code for row in table.rows if row.withheld] == ["KECIL"]
    assert table.total.withheld
    with db.read() as session:
        kept = session.scalars(select(PublishedFigure).where(PublishedFigure.withheld)).all()
        assert {(row.people, row.attended_days, row.median_upload_ms) for row in kept} == {(None, None, None)}


def test_once_published_nothing_changes_any_more(
    db: Database, public: Transparency, staff: dict[str, list[int]]
) -> None:
    come(db, staff["DINAS"], "07:20")
    before = public.publish(FIRST)
    come(db, staff["KEC"], "07:20")
    with pytest.raises(AlreadyPublished):
        public.publish(FIRST)
    assert public.table(date(2026, 11, 15)) == before


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        (datetime(2026, 11, 30, 3, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 3, tzinfo=UTC), True),
        (datetime(2026, 12, 1, 18, tzinfo=UTC), False),
    ],
)
def test_only_a_month_whose_last_shifts_have_ended_is_published(
    public: Transparency, staff: dict[str, list[int]], clock: FakeClock, now: datetime, refused: bool
) -> None:
    clock.now = now
    if refused:
        with pytest.raises(MonthNotOver):
            public.publish(FIRST)
    else:
        assert public.publish(FIRST).month == FIRST


def test_nobody_limited_publishes_for_all_and_nothing_is_made_of_no_days(
    public: Transparency, staff: dict[str, list[int]]
) -> None:
    with pytest.raises(NotAllowed):
        public.publish(FIRST, reach=Reach(unit_id=1))
    with pytest.raises(NothingToPublish):
        public.publish(date(2026, 1, 1))
    with pytest.raises(NotPublished):
        public.table(FIRST)


def test_the_service_publishes_by_itself_what_has_waited_long_enough(
    public: Transparency, work: WorkingTime, staff: dict[str, list[int]], clock: FakeClock
) -> None:
    clock.now = datetime(2026, 12, 7, 3, tzinfo=UTC)
    work.record()
    assert public.publish_due() == 0
    clock.now = datetime(2026, 12, 8, 3, tzinfo=UTC)
    assert (public.publish_due(), public.publish_due()) == (1, 0)
    assert public.months() == (FIRST,)


def test_upload_times_are_of_the_sites_of_the_agency_in_the_month(
    db: Database, public: Transparency, staff: dict[str, list[int]]
) -> None:
    come(db, staff["DINAS"][:14], "07:20")
    day, later = hour_of(at(MONDAY, "09:00")), hour_of(at(date(2026, 12, 1), "00:10"))
    for unit, times in (("BIDANG", range(1000, 1011)), ("DESA", range(9000, 9009))):
        add_site(db, code=unit, name=unit, unit=unit, now=BEFORE)
        with db.write() as session:
            site = session.scalars(select(Site.id).where(Site.code == unit)).one()
            measured = [(day, time_ms) for time_ms in times] + [(later, 1)] * 20
            session.add_all(
                LinkReport(site_id=site, hour=hour, late=False, time_ms=time_ms) for hour, time_ms in measured
            )
    rows = {row.unit_code: row for row in public.publish(FIRST).rows}
    assert rows["DINAS"].median_upload_ms == 1005
    assert rows["KEC"].median_upload_ms is None


def test_a_publication_is_in_the_trail(
    db: Database, public: Transparency, staff: dict[str, list[int]]
) -> None:
    public.publish(FIRST)
    with db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "figures_published")).one()
        assert entry.subject == "month:2026-11"
