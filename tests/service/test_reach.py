"""Whom an account reaches."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from service.access_errors import OwnRecord
from service.db.session import Database
from service.db.tables import Account, Employee, Role, Unit
from service.employee_rows import employee_row, managed_row
from service.errors import UnknownEmployee
from service.reach import EVERYBODY, Reach, reach_of
from service.units import list_units
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TREE = {"KEC": None, "DESA": "KEC", "RW": "DESA", "DINAS": None}
PEOPLE = {"1": "KEC", "2": "DESA", "3": "RW", "4": "DINAS", "5": None}


@pytest.fixture
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    planted = plant(db, TREE, clock())
    for nip, unit in PEOPLE.items():
        put(db, nip, unit, clock())
    return planted


def reached(db: Database, reach: Reach) -> set[str]:
    with db.read() as session:
        return set(session.scalars(select(Employee.nip).where(reach.people)))


def account(role: Role, unit_id: int | None = None, employee_id: int | None = None) -> Account:
    return Account(role=role, unit_id=unit_id, employee_id=employee_id)


@pytest.mark.parametrize("role", ["hr", "auditor"])
def test_a_limited_account_reaches_its_unit_and_all_below_it(
    db: Database, units: dict[str, int], role: Role
) -> None:
    assert reached(db, reach_of(account(role, units["DESA"]))) == {"2", "3"}
    assert reached(db, reach_of(account(role, units["KEC"]))) == {"1", "2", "3"}
    assert reached(db, reach_of(account(role, units["DINAS"]))) == {"4"}


@pytest.mark.parametrize("role", ["hr", "auditor", "admin"])
def test_an_account_without_a_limit_reaches_those_in_no_unit_too(
    db: Database, units: dict[str, int], role: Role
) -> None:
    assert reached(db, reach_of(account(role))) == set(PEOPLE)


def test_an_administrator_has_no_limit(db: Database, units: dict[str, int]) -> None:
    assert reached(db, reach_of(account("admin", units["DESA"]))) == set(PEOPLE)


def test_an_employee_reaches_only_themselves(db: Database, units: dict[str, int]) -> None:
    with db.read() as session:
        employee_id = employee_row(session, "2").id
    assert reached(db, reach_of(account("employee", units["KEC"], employee_id))) == {"2"}
    assert reached(db, reach_of(account("employee"))) == set()


def test_units_are_reached_as_their_people_are(db: Database, units: dict[str, int]) -> None:
    seen = list_units(db, reach_of(account("hr", units["DESA"])))
    assert [(unit.code, unit.parent, unit.depth) for unit in seen] == [("DESA", None, 0), ("RW", "DESA", 1)]
    assert list_units(db, reach_of(account("employee", units["DESA"]))) == ()


@pytest.mark.parametrize("nip", ["1", "4", "5", "nobody"])
def test_people_outside_the_reach_look_like_nobody(db: Database, units: dict[str, int], nip: str) -> None:
    with db.read() as session, pytest.raises(UnknownEmployee):
        employee_row(session, nip, reach_of(account("hr", units["DESA"])))


def test_nobody_manages_their_own_record(db: Database, units: dict[str, int]) -> None:
    with db.read() as session:
        own = employee_row(session, "2").id
        for reach in (reach_of(account("hr", units["DESA"], own)), reach_of(account("admin", None, own))):
            assert managed_row(session, "3", reach).nip == "3"
            with pytest.raises(OwnRecord):
                managed_row(session, "2", reach)
        assert managed_row(session, "2", EVERYBODY).nip == "2"


# --- random trees

Forest = list[int | None]
# The place of each unit's parent in the list, always an earlier one; None at the top.
FORESTS = st.lists(st.integers(0, 40), max_size=25).map(
    lambda picks: [None if pick > place or place == 0 else pick % place for place, pick in enumerate(picks)]
)


@pytest.fixture(scope="module")
def forest_db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('forest') / 'hadir.db'}")
    database.upgrade()
    yield database
    database.dispose()


def is_within(forest: Forest, place: int, limit: int) -> bool:
    """A plain walk to the top."""
    above: int | None = place
    while above is not None and above != limit:
        above = forest[above]
    return above == limit


@settings(max_examples=60, deadline=None)
@given(forest=FORESTS)
def test_in_any_forest_the_reach_is_that_of_a_plain_walk(forest: Forest, forest_db: Database) -> None:
    with forest_db.write() as session:
        session.execute(delete(Employee))
        session.execute(update(Unit).values(parent_id=None))
        session.execute(delete(Unit))
    parents = {f"U{place}": None if parent is None else f"U{parent}" for place, parent in enumerate(forest)}
    ids = plant(forest_db, parents, NOW)
    for code in ids:
        put(forest_db, code, code, NOW)
    put(forest_db, "nowhere", None, NOW)
    for limit in range(len(forest)):
        expected = {f"U{place}" for place in range(len(forest)) if is_within(forest, place, limit)}
        reach = reach_of(account("hr", ids[f"U{limit}"]))
        assert reached(forest_db, reach) == expected
        assert {unit.code for unit in list_units(forest_db, reach)} == expected
