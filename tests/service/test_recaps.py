"""The figures of a month out of the database: whose, of which units, and what closed months change."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, update

from service import moves
from service.approved_of_days import ApprovedOfDays
from service.closing import Wanted, close_month
from service.db.session import Database
from service.db.tables import Account, Checkin, Employee
from service.errors import UnknownUnit
from service.reach import EVERYBODY, Reach
from service.recap_figures import Recap
from service.recaps import Recaps
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.test_working_time import check_in

WIB = ZoneInfo("Asia/Jakarta")
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
BEFORE = datetime(2026, 10, 20, tzinfo=WIB)
MONDAY = datetime(2026, 11, 2, 7, 30, tzinfo=WIB)


@dataclass
class Regency:
    """DESA is below KEC, DINAS beside it; one person in each, and one in no unit."""

    units: dict[str, int]
    people: dict[str, int]
    recaps: Recaps
    time: WorkingTime

    def month(self, unit: str | None = None, reach: Reach = EVERYBODY) -> Recap:
        return self.recaps.figures_of(self.recaps.scope_of(reach, unit), FIRST, LAST)


def nips(recap: Recap) -> list[str]:
    return [row.nip for row in recap.rows]


@pytest.fixture
def regency(db: Database, clock: FakeClock) -> Regency:
    clock.now = datetime(2026, 12, 2, 10, tzinfo=WIB)
    units = plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, BEFORE)
    people = {
        nip: put(db, nip, unit, BEFORE)
        for nip, unit in {"kec": "KEC", "desa": "DESA", "dinas": "DINAS", "nowhere": None}.items()
    }
    time = WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))
    return Regency(units, people, Recaps(time), time)


def test_everybody_comes_in_the_order_of_the_tree(regency: Regency) -> None:
    recap = regency.month()
    assert nips(recap) == ["dinas", "kec", "desa", "nowhere"]
    assert [one.unit and one.unit.code for one in recap.units] == ["DINAS", "KEC", "DESA", None]
    assert recap.totals.people == 4


def test_a_unit_comes_with_everything_below_it(regency: Regency) -> None:
    recap = regency.month("KEC")
    assert nips(recap) == ["kec", "desa"]
    assert recap.unit is not None
    assert recap.unit.name == "Unit KEC"
    assert nips(regency.month("DESA")) == ["desa"]


def test_who_is_limited_sees_their_units_alone(regency: Regency) -> None:
    limited = Reach(unit_id=regency.units["KEC"])
    recap = regency.month(reach=limited)
    assert (nips(recap), recap.unit and recap.unit.code) == (["kec", "desa"], "KEC")
    assert nips(regency.month("DESA", limited)) == ["desa"]
    for outside in ("DINAS", "NONE"):
        with pytest.raises(UnknownUnit):
            regency.month(outside, limited)
    assert nips(regency.month(reach=Reach(employee_id=1))) == []


def test_figures_are_those_of_the_month(db: Database, regency: Regency) -> None:
    check_in(db, regency.people["desa"], MONDAY.replace(minute=40), "in")
    check_in(db, regency.people["desa"], MONDAY.replace(hour=17), "out", "review")
    (row,) = regency.month("DESA").rows
    assert row.summary == regency.time.month(row.employee_id, FIRST, LAST).summary
    assert (row.summary.by_status["present"], row.summary.late_min, row.summary.provisional) == (1, 10, 1)
    assert row.summary.codes == {"TL1": 1, "TK": 20}
    assert regency.month("DESA").status == "provisional"
    assert regency.month("DINAS").status == "complete"


def test_a_month_that_is_not_over_is_provisional(clock: FakeClock, regency: Regency) -> None:
    clock.now = datetime(2026, 11, 30, 23, tzinfo=WIB)
    assert regency.month("DINAS").status == "provisional"


def test_who_was_not_on_the_roster_is_left_out(db: Database, regency: Regency) -> None:
    put(db, "later", "KEC", datetime(2026, 12, 1, 9, tzinfo=WIB))
    assert nips(regency.month("KEC")) == ["kec", "desa"]


def test_who_is_erased_is_left_out(db: Database, regency: Regency) -> None:
    with db.write() as session:
        session.get_one(Employee, regency.people["desa"]).erased_at = BEFORE
    assert nips(regency.month("KEC")) == ["kec"]


def test_who_moved_has_a_row_in_each_unit_with_the_days_there(regency: Regency) -> None:
    moves.move(regency.time, nip="desa", unit="DINAS", first_day=date(2026, 11, 1), reason="Mutasi")
    moves.move(regency.time, nip="desa", unit="KEC", first_day=date(2026, 11, 16), reason="Mutasi")
    recap = regency.month()
    rows = [(row.nip, row.unit and row.unit.code, row.summary.working_days) for row in recap.rows]
    assert rows == [
        ("desa", "DINAS", 10),
        ("dinas", "DINAS", 21),
        ("desa", "KEC", 11),
        ("kec", "KEC", 21),
        ("nowhere", None, 21),
    ]
    assert nips(regency.month("DINAS")) == ["desa", "dinas"]
    assert nips(regency.month("DESA")) == []


def test_figures_of_a_closed_unit_are_those_that_were_kept(db: Database, regency: Regency) -> None:
    check_in(db, regency.people["desa"], MONDAY)
    before = next(row for row in regency.month("DESA").rows)
    with db.write() as session:
        admin = Account(login="admin", role="admin", created_at=BEFORE)
        session.add(admin)
        session.flush()
        session.expunge(admin)
    close_month(regency.time, admin, Wanted("DESA", FIRST, below=False))
    with db.write() as session:
        session.execute(delete(Checkin))
        session.execute(update(Employee).where(Employee.id == regency.people["desa"]).values(name="Anna"))
    recap = regency.month()
    found = [(row.nip, row.unit and row.unit.code, row.closed) for row in recap.rows]
    assert found == [
        ("dinas", "DINAS", False),
        ("kec", "KEC", False),
        ("desa", "DESA", True),
        ("nowhere", None, False),
    ]
    assert (recap.rows[2].summary, recap.rows[2].name) == (before.summary, "Anna")
    of_unit = regency.month("DESA")
    assert (of_unit.status, nips(of_unit)) == ("closed", ["desa"])


def test_what_took_long_is_kept_for_a_minute(
    clock: FakeClock, db: Database, regency: Regency, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = regency.recaps.scope_of(EVERYBODY)
    assert len(regency.recaps.recent(scope, FIRST, LAST).rows) == 4
    put(db, "added", None, BEFORE)
    assert len(regency.recaps.recent(scope, FIRST, LAST).rows) == 5
    quick = WorkingTime.months_within

    def slow(*args: object, **options: object) -> object:
        clock.advance(seconds=2)
        return quick(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(WorkingTime, "months_within", slow)
    regency.recaps.recent(scope, FIRST, LAST)
    put(db, "another", None, BEFORE)
    assert len(regency.recaps.recent(scope, FIRST, LAST).rows) == 5
    clock.advance(seconds=70)
    assert len(regency.recaps.recent(scope, FIRST, LAST).rows) == 6
