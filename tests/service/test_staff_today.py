"""How the staff stands out of the database: clocks, shifts over midnight, what is recorded, units and reach."""

from collections import Counter
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import work_calendar, work_patterns
from service.approved_of_days import ApprovedOfDays
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours
from service.attendance.judging import JudgedDay
from service.attendance.schedule import PlannedDay
from service.attendance.standing import Standing, Status
from service.db.request_tables import Absence
from service.db.session import Database
from service.db.tables import CheckinKind, CheckinStatus, Employee
from service.employee_rows import employee_row
from service.errors import UnknownUnit
from service.reach import EVERYBODY, Reach
from service.sites import add_site
from service.staff_counts import PAGE_SIZE, RANKS, Counts, Scope, overview, page_of
from service.staff_today import FRESH_FOR, Board, Someone, StaffToday, UnitLine
from service.work_calendar import Entry
from service.work_patterns import NewVersion
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.test_working_time import check_in

WIB = ZoneInfo("Asia/Jakarta")
MONDAY = date(2026, 11, 23)
BEFORE = datetime(2026, 11, 1, 10, tzinfo=WIB)
NIGHT = NewVersion(date(2026, 1, 1), (Hours(time(22), time(6)),), None, CUSTOMARY_WINDOWS, 0, True)


@pytest.fixture
def working_time(db: Database, clock: FakeClock) -> WorkingTime:
    clock.now = at("09:00")
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


@pytest.fixture
def staff(working_time: WorkingTime) -> StaffToday:
    return StaffToday(working_time, ApprovedOfDays(WIB))


def at(clock: str, day: date = MONDAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=WIB)


def statuses(board: Board) -> dict[int, Status]:
    return {one.employee_id: one.standing.status for one in board.people}


def test_each_counts_by_the_clock_of_their_place(db: Database, staff: StaffToday, clock: FakeClock) -> None:
    plant(db, {"BARAT": None, "TENGAH": None, "TIMUR": None}, BEFORE)
    add_site(db, code="T", name="Kantor", unit="TENGAH", time_zone="Asia/Makassar", now=BEFORE)
    add_site(db, code="M", name="Kantor", unit="TIMUR", time_zone="Asia/Jayapura", now=BEFORE)
    barat, tengah, timur = (put(db, unit, unit, BEFORE) for unit in ("BARAT", "TENGAH", "TIMUR"))
    seen = []
    # 07:31 by each clock in turn, from east to west.
    for moment in ("05:29", "05:31", "06:31", "07:31"):
        clock.now = at(moment)
        found = statuses(staff.board())
        seen.append((found[timur], found[tengah], found[barat]))
    later, missing = "not_expected", "missing"
    assert seen == [
        (later, later, later),
        (missing, later, later),
        (missing, missing, later),
        (missing, missing, missing),
    ]


def test_the_date_is_that_of_the_place(db: Database, staff: StaffToday, clock: FakeClock) -> None:
    """On a Sunday evening in the west it is Monday in the east, and nobody is expected at night."""
    plant(db, {"TIMUR": None}, BEFORE)
    add_site(db, code="M", name="Kantor", unit="TIMUR", time_zone="Asia/Jayapura", now=BEFORE)
    for nip, unit in (("timur", "TIMUR"), ("barat", None)):
        put(db, nip, unit, BEFORE)
    clock.now = at("22:30", date(2026, 11, 22))
    days = {one.zone: one.standing.judged.date for one in staff.board().people}
    assert days == {"Asia/Jayapura": MONDAY, "Asia/Jakarta": date(2026, 11, 22)}


@pytest.fixture
def nurse(db: Database, working_time: WorkingTime) -> int:
    """In a unit that works from 22:00 to 06:00 every day."""
    plant(db, {"RSUD": None}, BEFORE)
    work_patterns.add_pattern(working_time, code="MALAM", name="Malam", version=NIGHT)
    work_patterns.assign(working_time, code="MALAM", unit="RSUD", nip=None, first=date(2026, 1, 1), last=None)
    return put(db, "nurse", "RSUD", BEFORE)


def test_a_night_shift_is_one_over_midnight(
    db: Database, staff: StaffToday, clock: FakeClock, nurse: int
) -> None:
    sunday = date(2026, 11, 22)
    seen = []
    for moment, day in (("21:00", sunday), ("22:30", sunday), ("03:00", MONDAY)):
        clock.now = at(moment, day)
        seen.append(statuses(staff.board())[nurse])
    check_in(db, nurse, at("22:40", sunday))
    clock.now = at("03:01")
    seen.append(statuses(staff.board())[nurse])
    check_in(db, nurse, at("06:05"))
    for moment in ("06:10", "13:00"):
        clock.now = at(moment)
        seen.append(statuses(staff.board())[nurse])
    assert seen == ["not_expected", "missing", "missing", "late", "left", "not_expected"]


def test_what_was_recorded_of_yesterday_holds_for_the_night(
    working_time: WorkingTime, staff: StaffToday, clock: FakeClock, nurse: int
) -> None:
    working_time.record()
    clock.now = at("03:00")
    work_patterns.assign(
        working_time, code="LIMA-HARI", unit=None, nip="nurse", first=BEFORE.date(), last=None
    )
    assert statuses(staff.board())[nurse] == "missing"


def test_a_holiday_and_an_absence_are_told(
    db: Database, working_time: WorkingTime, staff: StaffToday
) -> None:
    plant(db, {"KEC": None}, BEFORE)
    put(db, "free", "KEC", BEFORE)
    ill = put(db, "ill", None, BEFORE)
    work_calendar.add_entry(working_time, Entry(MONDAY, "Hari jadi", "local", "KEC"))
    with db.write() as session:
        session.add(
            Absence(
                employee_id=ill,
                kind="sakit",
                first=MONDAY,
                last=MONDAY,
                state="approved",
                note="",
                asked_at=BEFORE,
            )
        )
    assert overview(Scope(staff.board(), EVERYBODY)).reasons == {"local": 1, "sakit": 1}


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        ("accepted", "auto", ("present", False)),
        ("review", "auto", ("present", True)),
        ("received", "in", ("present", True)),
        ("retake", "auto", ("missing", False)),
        ("rejected", "in", ("missing", False)),
        ("accepted", "out", ("left", False)),
    ],
)
def test_what_a_check_in_makes_of_somebody(
    db: Database, staff: StaffToday, status: CheckinStatus, kind: CheckinKind, expected: tuple[str, bool]
) -> None:
    siti = put(db, "siti", None, BEFORE)
    moment = at("08:30") if kind == "out" else at("07:20")
    check_in(db, siti, moment, kind, status)
    (one,) = staff.board().people
    assert (one.standing.status, one.standing.in_review) == expected


def test_only_who_works_here_today_is_counted(db: Database, staff: StaffToday) -> None:
    put(db, "here", None, BEFORE)
    put(db, "inactive", None, BEFORE)
    gone = put(db, "gone", None, BEFORE)
    coming = put(db, "coming", None, BEFORE)
    with db.write() as session:
        employee_row(session, "inactive").active = False
        session.get_one(Employee, gone).works_until = MONDAY - timedelta(days=1)
        session.get_one(Employee, coming).works_from = MONDAY + timedelta(days=1)
    assert len(staff.board().people) == 1


def test_what_is_told_is_true_at_the_moment_it_names(
    db: Database, staff: StaffToday, clock: FakeClock
) -> None:
    siti = put(db, "siti", None, BEFORE)
    first = staff.board()
    check_in(db, siti, at("08:59"))
    clock.advance(seconds=1)
    assert staff.board() is first
    clock.advance(seconds=FRESH_FOR.total_seconds())
    again = staff.board()
    assert (again.as_of, statuses(again)[siti]) == (clock.now, "late")


# --- units and reach


@pytest.fixture
def tree(db: Database) -> dict[str, int]:
    """One person in each unit and one in none."""
    ids = plant(db, {"KEC": None, "DESA": "KEC", "RT": "DESA", "DINAS": None}, BEFORE)
    for code in (*ids, None):
        put(db, f"of-{code}", code, BEFORE)
    return ids


def people_in(board: Board, reach: Reach, unit: str | None = None) -> int:
    return overview(Scope(board, reach, unit)).total.people


def test_an_account_with_a_limit_sees_its_units_alone(staff: StaffToday, tree: dict[str, int]) -> None:
    board, kec = staff.board(), Reach(unit_id=tree["KEC"])
    assert people_in(board, EVERYBODY) == 5
    assert people_in(board, kec) == 3
    assert [one.code for one in overview(Scope(board, kec)).units] == ["KEC", "DESA", "RT"]
    assert people_in(board, kec, "DESA") == 2
    assert people_in(board, EVERYBODY, "-") == 1
    for outside in ("DINAS", "-", "nowhere"):
        with pytest.raises(UnknownUnit):
            Scope(board, kec, outside)


def test_a_reach_of_nobody_shows_nobody(staff: StaffToday, tree: dict[str, int]) -> None:
    assert people_in(staff.board(), Reach(employee_id=1)) == 0


def test_people_are_listed_by_page_the_missing_first(db: Database, staff: StaffToday) -> None:
    for number in range(PAGE_SIZE + 1):
        put(db, f"{number:03d}", None, BEFORE)
    check_in(db, 1, at("07:00"))
    board = staff.board()
    scope = Scope(board, EVERYBODY)
    first, second = page_of(db, scope), page_of(db, scope, page=2)
    assert (first.total, first.pages, len(first.people), len(second.people)) == (51, 2, 50, 1)
    assert second.people[0].nip == "000"
    assert page_of(db, scope, status="present").total == 1
    assert page_of(db, scope, status="review").people == ()


OUTSIDE = JudgedDay(PlannedDay(MONDAY, "work"), "open")


@given(
    parents=st.lists(st.integers(min_value=0, max_value=9), max_size=12),
    people=st.lists(
        st.tuples(st.integers(min_value=0, max_value=12), st.sampled_from(sorted(RANKS)), st.booleans()),
        max_size=60,
    ),
)
def test_the_numbers_add_up(parents: list[int], people: list[tuple[int, Status, bool]]) -> None:
    """Each unit is the sum of its own people and of the units below it, the total that of all, for any tree."""
    depths: list[int] = []
    for wanted in parents:
        depths.append(min(wanted, depths[-1] + 1) if depths else 0)
    units = tuple(UnitLine(number, f"U{number}", "", depth) for number, depth in enumerate(depths, 1))
    found = tuple(
        Someone(number, unit, unit, "Asia/Jakarta", Standing(status, None, review, OUTSIDE))
        for number, (unit_id, status, review) in enumerate(people, 1)
        for unit in (unit_id if 0 < unit_id <= len(units) else None,)
    )
    told = overview(Scope(Board(BEFORE, units, found), EVERYBODY))
    for line in told.units:
        below = [other.all for other in told.units if other.parent == line.code]
        assert line.all == summed(line.own, *below)
    tops = [line.all for line in told.units if line.parent is None]
    assert told.total == summed(told.no_unit, *tops) == summed(told.no_unit, *(one.own for one in told.units))
    counted = Counter(status for _, status, _ in people)
    assert {status: getattr(told.total, status) for status in RANKS} == {s: counted[s] for s in RANKS}
    for counts in (told.total, *(line.all for line in told.units)):
        assert counts.people == sum(getattr(counts, status) for status in RANKS)


def summed(*parts: Counts) -> Counts:
    return Counts(**{one.name: sum(getattr(part, one.name) for part in parts) for one in fields(Counts)})
