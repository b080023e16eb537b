"""A roster file against the roster that is kept."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from enrollment.roster import CellProblem, Roster, RosterRow
from service.db.session import Database
from service.db.tables import AuditEntry, Employee
from service.reach import Reach
from service.roster_import import BATCH, RowChange, check_import, import_roster
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put


def roster(*rows: RosterRow, problems: tuple[CellProblem, ...] = ()) -> Roster:
    return Roster(frozenset({"nip", "name"}), rows, problems)


@pytest.fixture
def units(db: Database, clock: FakeClock) -> dict[str, int]:
    return plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, clock())


def kept(db: Database) -> dict[str, tuple[object, ...]]:
    with db.read() as session:
        rows = session.scalars(select(Employee))
        return {
            row.nip: (row.name, row.unit_id, row.position, row.employment, row.works_from) for row in rows
        }


def facts_of(db: Database, action: str) -> list[dict[str, object]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry.facts).where(AuditEntry.action == action))
        return [json.loads(facts) for facts in rows]


FULL = RosterRow(2, "1", "Siti", "DESA", "Camat", "pns", date(2020, 1, 1))


def test_who_is_new_is_added_with_all_that_the_file_says(
    db: Database, units: dict[str, int], clock: FakeClock
) -> None:
    report = import_roster(db, roster(FULL), now=clock())
    assert (report.applied, report.added) == (True, [2])
    assert kept(db) == {"1": ("Siti", units["DESA"], "Camat", "pns", date(2020, 1, 1))}


def test_an_empty_cell_changes_nothing(db: Database, units: dict[str, int], clock: FakeClock) -> None:
    import_roster(db, roster(FULL), now=clock())
    report = import_roster(db, roster(RosterRow(5, "1", "Siti Rahma", "KEC")), now=clock())
    assert report.changed == [RowChange(5, ("name", "unit"))]
    assert kept(db) == {"1": ("Siti Rahma", units["KEC"], "Camat", "pns", date(2020, 1, 1))}


def test_the_same_file_again_changes_nothing(db: Database, units: dict[str, int], clock: FakeClock) -> None:
    import_roster(db, roster(FULL), now=clock())
    report = import_roster(db, roster(FULL), now=clock())
    assert (report.added, report.changed, report.unchanged) == ([], [], [2])


def test_checking_changes_nothing_and_says_the_same(
    db: Database, units: dict[str, int], clock: FakeClock
) -> None:
    report = check_import(db, roster(FULL, RosterRow(3, "2", "Budi", "NOWHERE")))
    assert (report.added, report.problems, report.applied) == (
        [2],
        [CellProblem(3, "unit", "unknown")],
        False,
    )
    assert kept(db) == {}


def test_one_bad_row_keeps_all_from_being_imported(
    db: Database, units: dict[str, int], clock: FakeClock
) -> None:
    bad = CellProblem(3, "nip", "rounded_number")
    report = import_roster(db, roster(FULL, problems=(bad,)), now=clock())
    assert (report.applied, report.problems, kept(db)) == (False, [bad], {})


def test_the_good_rows_are_imported_when_asked_for(
    db: Database, units: dict[str, int], clock: FakeClock
) -> None:
    bad = RosterRow(3, "2", "Budi", "NOWHERE")
    report = import_roster(db, roster(FULL, bad), now=clock(), good_rows_only=True)
    assert (report.applied, report.added) == (True, [2])
    assert list(kept(db)) == ["1"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (RosterRow(2, "outside", "X"), CellProblem(2, "nip", "not_within_your_units")),
        (RosterRow(2, "me", "X"), CellProblem(2, "nip", "own_record")),
        (RosterRow(2, "inside", "X", "DINAS"), CellProblem(2, "unit", "unknown")),
        (RosterRow(2, "new", "X"), CellProblem(2, "unit", "missing")),
    ],
)
def test_who_is_limited_to_a_unit_imports_only_there(
    db: Database, units: dict[str, int], clock: FakeClock, row: RosterRow, problem: CellProblem
) -> None:
    put(db, "outside", "DINAS", clock())
    put(db, "inside", "DESA", clock())
    me = put(db, "me", "DESA", clock())
    reach = Reach(unit_id=units["KEC"], employee_id=me)
    before = kept(db)
    report = import_roster(db, roster(row), now=clock(), reach=reach)
    assert (report.applied, report.problems) == (False, [problem])
    assert kept(db) == before


def test_each_change_is_in_the_trail_without_the_name(
    db: Database, units: dict[str, int], clock: FakeClock
) -> None:
    import_roster(db, roster(FULL), now=clock())
    import_roster(db, roster(RosterRow(2, "1", "Siti Rahma")), now=clock())
    assert facts_of(db, "employee_changed") == [{"columns": ["name"]}]
    assert [fact["unit"] for fact in facts_of(db, "employee_moved")] == [units["DESA"]]


def test_progress_is_told_after_each_batch(db: Database, clock: FakeClock) -> None:
    told: list[tuple[int, int]] = []
    rows = [RosterRow(number, str(number), "X") for number in range(2, BATCH + 12)]
    tell: Callable[[int, int], None] = lambda done, total: told.append((done, total))  # noqa: E731
    import_roster(db, roster(*rows), now=clock(), progress=tell)
    assert told == [(BATCH, BATCH + 10), (BATCH + 10, BATCH + 10)]
