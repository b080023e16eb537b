"""The tree of units."""

from datetime import UTC, datetime

import pytest

from service.db.session import Database
from service.errors import InvalidRequest, UnitCodeTaken, UnitInItself, UnitNotEmpty, UnknownUnit
from service.placements import move_employee
from service.units import UnitNode, add_unit, list_units, move_unit, remove_unit, rename_unit
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant, put

# A sub-district with two villages, one of them with a part; and an agency beside it.
REGENCY = {"KEC": None, "DESA-1": "KEC", "RW": "DESA-1", "DESA-2": "KEC", "DINAS": None}

NOW = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)


@pytest.fixture
def regency(db: Database, clock: FakeClock) -> dict[str, int]:
    return plant(db, REGENCY, clock())


def shape(db: Database) -> list[tuple[str, int]]:
    return [(unit.code, unit.depth) for unit in list_units(db)]


def test_a_unit_is_added_below_another_with_a_tidy_name(db: Database, clock: FakeClock) -> None:
    add_unit(db, code=" KEC.01 ", name="  Kecamatan   Cibinong ", now=clock())
    add_unit(db, code="desa_1-a", name="Desa Satu", parent="KEC.01", now=clock())
    assert list_units(db) == (
        UnitNode("KEC.01", "Kecamatan Cibinong", None, 0, employees=0, employees_below=0),
        UnitNode("desa_1-a", "Desa Satu", "KEC.01", 1, employees=0, employees_below=0),
    )


@pytest.mark.parametrize("code", ["", " ", "..", "-", "a/b", "a b", "é", "x" * 33])
def test_what_is_no_code_is_refused(db: Database, clock: FakeClock, code: str) -> None:
    with pytest.raises(InvalidRequest):
        add_unit(db, code=code, name="Dinas", now=clock())


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Dinas\x00"])
def test_what_is_no_name_is_refused(
    db: Database, regency: dict[str, int], clock: FakeClock, name: str
) -> None:
    with pytest.raises(InvalidRequest):
        add_unit(db, code="NEW", name=name, now=clock())
    with pytest.raises(InvalidRequest):
        rename_unit(db, code="KEC", name=name, now=NOW)


def test_a_code_is_given_once(db: Database, regency: dict[str, int], clock: FakeClock) -> None:
    with pytest.raises(UnitCodeTaken):
        add_unit(db, code="KEC", name="Another", now=clock())


def test_a_parent_must_be_there(db: Database, clock: FakeClock) -> None:
    with pytest.raises(UnknownUnit):
        add_unit(db, code="DESA", name="Desa", parent="KEC", now=clock())


def test_a_unit_is_renamed(db: Database, regency: dict[str, int]) -> None:
    rename_unit(db, code="DINAS", name="Dinas Pendidikan", now=NOW)
    assert [unit.name for unit in list_units(db) if unit.code == "DINAS"] == ["Dinas Pendidikan"]


def test_units_come_each_before_those_below_it_and_by_name(db: Database, regency: dict[str, int]) -> None:
    rename_unit(db, code="DESA-2", name="A village", now=NOW)
    assert shape(db) == [("DINAS", 0), ("KEC", 0), ("DESA-2", 1), ("DESA-1", 1), ("RW", 2)]


def test_headcounts_are_of_the_unit_and_of_all_below_it(
    db: Database, regency: dict[str, int], clock: FakeClock
) -> None:
    for nip, unit in [("1", "KEC"), ("2", "RW"), ("3", "RW"), ("4", "DESA-2"), ("5", None)]:
        put(db, nip, unit, clock())
    assert {unit.code: (unit.employees, unit.employees_below) for unit in list_units(db)} == {
        "KEC": (1, 4),
        "DESA-1": (0, 2),
        "RW": (2, 2),
        "DESA-2": (1, 1),
        "DINAS": (0, 0),
    }


def test_a_unit_moves_with_all_below_it(db: Database, regency: dict[str, int]) -> None:
    move_unit(db, code="DESA-1", parent="DINAS", now=NOW)
    assert shape(db) == [("DINAS", 0), ("DESA-1", 1), ("RW", 2), ("KEC", 0), ("DESA-2", 1)]
    move_unit(db, code="DESA-1", parent=None, now=NOW)
    assert ("DESA-1", 0) in shape(db)


@pytest.mark.parametrize("parent", ["KEC", "DESA-1", "RW"])
def test_a_unit_never_is_its_own_ancestor(db: Database, regency: dict[str, int], parent: str) -> None:
    before = shape(db)
    with pytest.raises(UnitInItself):
        move_unit(db, code="KEC", parent=parent, now=NOW)
    assert shape(db) == before


def test_a_unit_moves_only_to_where_something_is(db: Database, regency: dict[str, int]) -> None:
    with pytest.raises(UnknownUnit):
        move_unit(db, code="KEC", parent="NOTHING", now=NOW)
    with pytest.raises(UnknownUnit):
        move_unit(db, code="NOTHING", parent="KEC", now=NOW)


def test_an_empty_unit_is_removed(db: Database, regency: dict[str, int]) -> None:
    remove_unit(db, code="RW", now=NOW)
    assert "RW" not in dict(shape(db))
    with pytest.raises(UnknownUnit):
        remove_unit(db, code="RW", now=NOW)


def test_a_unit_with_people_units_or_limited_accounts_stays(
    db: Database, regency: dict[str, int], clock: FakeClock
) -> None:
    put(db, "1", "DINAS", clock())
    account(db, "hr", "hr", clock(), limit="RW")
    for code, holds in [
        (
            "DINAS",
            {"employees": 1, "units": 0, "accounts": 0, "sites": 0, "machines": 0, "webhooks": 0, "moves": 0},
        ),
        (
            "KEC",
            {"employees": 0, "units": 2, "accounts": 0, "sites": 0, "machines": 0, "webhooks": 0, "moves": 0},
        ),
        (
            "RW",
            {"employees": 0, "units": 0, "accounts": 1, "sites": 0, "machines": 0, "webhooks": 0, "moves": 0},
        ),
    ]:
        with pytest.raises(UnitNotEmpty) as refused:
            remove_unit(db, code=code, now=NOW)
        assert refused.value.extras == holds
    move_employee(db, nip="1", unit=None, now=clock())
    remove_unit(db, code="DINAS", now=NOW)


def test_a_tree_may_be_deeper_than_pythons_stack(db: Database, clock: FakeClock) -> None:
    depth = 2_000
    plant(db, {f"U{level}": f"U{level - 1}" if level else None for level in range(depth)}, clock())
    put(db, "1", f"U{depth - 1}", clock())
    tree = list_units(db)
    assert (tree[-1].depth, tree[0].employees_below) == (depth - 1, 1)
    with pytest.raises(UnitInItself):
        move_unit(db, code="U0", parent=f"U{depth - 1}", now=NOW)
