"""Sites: where people work."""

import pytest
from sqlalchemy import select

from service.audit_entries import find_entries
from service.db.session import Database
from service.db.site_tables import Site
from service.errors import InvalidRequest, SiteCodeTaken, UnitNotEmpty, UnknownSite, UnknownUnit
from service.reach import Reach
from service.sites import FenceOfSite, SiteChange, SiteRecord, add_site, change_site, list_sites
from service.units import remove_unit
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant

REGENCY = {"KEC": None, "DESA": "KEC", "DINAS": None}
FENCE = FenceOfSite(-6.5944, 106.7892, 100)


@pytest.fixture(autouse=True)
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    return plant(db, REGENCY, clock())


def change(db: Database, clock: FakeClock, code: str, **to: object) -> None:
    change_site(db, code=code, change=SiteChange(**to, named=frozenset(to)), now=clock())  # type: ignore[arg-type]


def only(db: Database) -> SiteRecord:
    (record,) = list_sites(db)
    return record


def test_a_site_is_added_to_a_unit(db: Database, clock: FakeClock) -> None:
    add_site(
        db,
        code=" KANTOR ",
        name="  Kantor   Camat ",
        unit="KEC",
        fence=FENCE,
        time_zone="Asia/Makassar",
        now=clock(),
    )
    assert only(db) == SiteRecord(
        "KANTOR", "Kantor Camat", "KEC", "Unit KEC", FENCE, "Asia/Makassar", closed_at=None, added=0
    )


def test_sites_are_listed_in_the_order_of_the_units_then_by_name(db: Database, clock: FakeClock) -> None:
    for code, name, unit in [("1", "z", "DESA"), ("2", "b", "KEC"), ("3", "A", "KEC"), ("4", "a", "DINAS")]:
        add_site(db, code=code, name=name, unit=unit, now=clock())
    assert [site.code for site in list_sites(db)] == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "a b"},
        {"name": " "},
        {"time_zone": "Asia/Nowhere"},
        {"fence": FenceOfSite(-90.1, 0, 100)},
        {"fence": FenceOfSite(0, 180.1, 100)},
        {"fence": FenceOfSite(0, 0, 19)},
        {"fence": FenceOfSite(0, 0, 20_001)},
        {"fence": FenceOfSite(float("nan"), 0, 100)},
    ],
)
def test_what_is_no_site_is_refused(db: Database, clock: FakeClock, wrong: dict[str, object]) -> None:
    wanted: dict[str, object] = {"code": "KANTOR", "name": "Kantor", "unit": "KEC"}
    with pytest.raises(InvalidRequest):
        add_site(db, **(wanted | wrong), now=clock())  # type: ignore[arg-type]
    assert list_sites(db) == ()


def test_a_code_is_given_once_and_a_unit_must_be_there(db: Database, clock: FakeClock) -> None:
    add_site(db, code="KANTOR", name="Kantor", unit="KEC", now=clock())
    with pytest.raises(SiteCodeTaken):
        add_site(db, code="KANTOR", name="Kantor", unit="DINAS", now=clock())
    with pytest.raises(UnknownUnit):
        add_site(db, code="LAIN", name="Kantor", unit="NOTHING", now=clock())


def test_only_what_is_named_is_changed(db: Database, clock: FakeClock) -> None:
    add_site(
        db, code="KANTOR", name="Kantor", unit="KEC", fence=FENCE, time_zone="Asia/Jayapura", now=clock()
    )
    change(db, clock, "KANTOR", name="Kantor Baru", unit="DESA")
    assert (only(db).name, only(db).unit, only(db).fence) == ("Kantor Baru", "DESA", FENCE)
    change(db, clock, "KANTOR", fence=None, time_zone=None)
    assert (only(db).fence, only(db).time_zone, only(db).name) == (None, None, "Kantor Baru")


def test_a_site_is_closed_and_opened_again(db: Database, clock: FakeClock) -> None:
    add_site(db, code="KANTOR", name="Kantor", unit="KEC", now=clock())
    change(db, clock, "KANTOR", closed=True)
    closed_at = clock()
    clock.advance(days=1)
    change(db, clock, "KANTOR", closed=True)
    assert only(db).closed_at == closed_at
    change(db, clock, "KANTOR", closed=False)
    assert only(db).closed_at is None


def test_what_is_done_to_a_site_is_on_record_with_its_fence(db: Database, clock: FakeClock) -> None:
    add_site(db, code="KANTOR", name="Kantor Camat", unit="KEC", now=clock())
    change(db, clock, "KANTOR", fence=FENCE, name="Kantor Lain")
    with db.read() as session:
        site_id = session.scalars(select(Site.id)).one()
    changed, added = find_entries(db, subject=f"site:{site_id}").entries
    assert (added.action, added.facts["code"]) == ("site_added", "KANTOR")
    assert changed.action == "site_changed"
    assert changed.facts == {
        "fence": {"latitude": -6.5944, "longitude": 106.7892, "radius_m": 100},
        "renamed": True,
    }


def test_whoever_is_limited_to_a_unit_has_only_its_sites(
    db: Database, clock: FakeClock, units: dict[str, int]
) -> None:
    reach = Reach(unit_id=units["KEC"])
    add_site(db, code="DESA-1", name="Balai", unit="DESA", now=clock(), reach=reach)
    add_site(db, code="DINAS-1", name="Kantor", unit="DINAS", now=clock())
    assert [site.code for site in list_sites(db, reach)] == ["DESA-1"]
    with pytest.raises(UnknownSite):
        change_site(db, code="DINAS-1", change=SiteChange(), now=clock(), reach=reach)
    to_another = SiteChange(unit="DINAS", named=frozenset({"unit"}))
    with pytest.raises(UnknownUnit):
        change_site(db, code="DESA-1", change=to_another, now=clock(), reach=reach)


def test_a_unit_with_a_site_is_not_removed(db: Database, clock: FakeClock) -> None:
    add_site(db, code="DINAS-1", name="Kantor", unit="DINAS", now=clock())
    with pytest.raises(UnitNotEmpty) as refused:
        remove_unit(db, code="DINAS", now=clock())
    assert refused.value.extras["sites"] == 1
