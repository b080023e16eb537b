"""Who works where."""

from zoneinfo import ZoneInfo

import pytest

from service.db.session import Database
from service.db.tables import Employee
from service.errors import UnknownEmployee, UnknownSite
from service.reach import Reach
from service.sites import SiteChange, add_site, change_site
from service.units import move_unit
from service.workplaces import assign, release, sites_of, workers_at, zone_of, zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put

REGENCY = {"PEMDA": None, "KEC": "PEMDA", "DESA": "KEC", "DINAS": "PEMDA"}
JAKARTA, JAYAPURA = ZoneInfo("Asia/Jakarta"), ZoneInfo("Asia/Jayapura")


@pytest.fixture(autouse=True)
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    """Each unit has a site of its name."""
    ids = plant(db, REGENCY, clock())
    for code in REGENCY:
        add_site(
            db,
            code=f"S-{code}",
            name=code,
            unit=code,
            time_zone=f"Asia/{TOWNS.get(code, 'Jakarta')}",
            now=clock(),
        )
    return ids


TOWNS = {"DESA": "Jayapura"}


def sites(db: Database, employee_id: int) -> list[str]:
    with db.read() as session:
        return [site.code for site in sites_of(session, employee_id)]


def test_a_person_works_at_the_sites_of_their_unit_and_of_all_above_it(
    db: Database, clock: FakeClock
) -> None:
    assert sites(db, put(db, "1", "DESA", clock())) == ["S-DESA", "S-KEC", "S-PEMDA"]
    assert sites(db, put(db, "2", "DINAS", clock())) == ["S-DINAS", "S-PEMDA"]
    assert sites(db, put(db, "3", None, clock())) == []


def test_a_person_may_be_given_more_sites_and_lose_them_again(db: Database, clock: FakeClock) -> None:
    employee_id = put(db, "1", "DESA", clock())
    for _ in range(2):
        assign(db, code="S-DINAS", nip="1", now=clock())
    assert sites(db, employee_id) == ["S-DESA", "S-KEC", "S-PEMDA", "S-DINAS"]
    for _ in range(2):
        release(db, code="S-DINAS", nip="1", now=clock())
    assert sites(db, employee_id) == ["S-DESA", "S-KEC", "S-PEMDA"]


def test_nobody_checks_in_at_a_closed_site(db: Database, clock: FakeClock) -> None:
    closed = SiteChange(closed=True, named=frozenset({"closed"}))
    change_site(db, code="S-DESA", change=closed, now=clock())
    assert sites(db, put(db, "1", "DESA", clock())) == ["S-KEC", "S-PEMDA"]


def test_sites_follow_a_unit_that_is_moved(db: Database, clock: FakeClock) -> None:
    employee_id = put(db, "1", "DESA", clock())
    move_unit(db, code="DESA", parent="DINAS", now=clock())
    assert sites(db, employee_id) == ["S-DESA", "S-DINAS", "S-PEMDA"]


@pytest.mark.parametrize(
    ("unit", "zone"), [("DESA", JAYAPURA), ("KEC", JAKARTA), (None, ZoneInfo("Asia/Makassar"))]
)
def test_a_persons_clock_is_that_of_the_site_where_they_are_expected(
    db: Database, clock: FakeClock, unit: str | None, zone: ZoneInfo
) -> None:
    employee_id = put(db, "1", unit, clock())
    with db.read() as session:
        assert zone_of(session, employee_id, ZoneInfo("Asia/Makassar")) == zone


def test_at_a_site_work_those_of_its_unit_and_below_and_those_who_were_given_it(
    db: Database, clock: FakeClock
) -> None:
    for nip, unit in [("1", "DESA"), ("2", "KEC"), ("3", "DINAS"), ("4", None)]:
        put(db, nip, unit, clock())
    assign(db, code="S-KEC", nip="3", now=clock())
    found = workers_at(db, "S-KEC")
    assert [(worker.nip, worker.added) for worker in found.workers] == [
        ("3", True),
        ("1", False),
        ("2", False),
    ]
    assert (found.total, found.page, found.pages) == (3, 1, 1)
    assert workers_at(db, "S-KEC", page=2).workers == ()


def test_people_and_sites_outside_the_reach_look_like_none(
    db: Database, clock: FakeClock, units: dict[str, int]
) -> None:
    reach = Reach(unit_id=units["KEC"])
    put(db, "1", "DESA", clock())
    put(db, "2", "DINAS", clock())
    assign(db, code="S-DESA", nip="2", now=clock())
    assert [worker.nip for worker in workers_at(db, "S-DESA", reach=reach).workers] == ["1"]
    with pytest.raises(UnknownEmployee):
        assign(db, code="S-KEC", nip="2", now=clock(), reach=reach)
    with pytest.raises(UnknownSite):
        assign(db, code="S-DINAS", nip="1", now=clock(), reach=reach)
    with pytest.raises(UnknownSite):
        workers_at(db, "S-PEMDA", reach=reach)


def test_an_erased_person_works_nowhere(db: Database, clock: FakeClock) -> None:
    employee_id = put(db, "1", "DESA", clock())
    with db.write() as session:
        session.get_one(Employee, employee_id).erased_at = clock()
    assert workers_at(db, "S-DESA").workers == ()


def test_the_zones_of_many_are_those_of_each(db: Database, clock: FakeClock) -> None:
    people = [put(db, str(number), unit, clock()) for number, unit in enumerate([*REGENCY, None, None])]
    assign(db, code="S-DESA", nip=str(len(people) - 1), now=clock())
    with db.read() as session:
        each = {one: zone_of(session, one, JAKARTA) for one in people}
        together = zones_of(session, people)
    assert {one: together.get(one, JAKARTA) for one in people} == each
    assert set(each.values()) == {JAKARTA, JAYAPURA}
