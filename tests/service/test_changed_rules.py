"""What HR may change of the calendar and of the rates, and until when."""

from collections.abc import Callable
from datetime import date
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest

from service import work_calendar, work_patterns
from service.approved_of_days import ApprovedOfDays
from service.attendance.deduction_table import DeductionTable
from service.db.session import Database
from service.errors import InvalidRequest
from service.reach import Reach
from service.schedule_errors import (
    AlreadyInCalendar,
    InForceAlready,
    UnknownCalendarEntry,
    UnknownRamadan,
    UnknownRates,
    WholeStaffOnly,
)
from service.work_calendar import Entry
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant

WIB = ZoneInfo("Asia/Jakarta")
TODAY, TOMORROW, LATER = date(2026, 11, 24), date(2026, 11, 25), date(2027, 1, 1)
APEL = Entry(LATER, "Apel Senin", "ceremony", None, clock_time(7), clock_time(8))


@pytest.fixture
def time(db: Database, clock: FakeClock) -> WorkingTime:
    plant(db, {"KEC": None, "DINAS": None}, clock())
    return WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))


def the_only(time: WorkingTime, year: int = 2027) -> Entry:
    (entry,) = work_calendar.list_entries(time, year)
    return entry


def test_an_assembly_gets_other_hours_another_day_and_a_unit(time: WorkingTime) -> None:
    work_calendar.add_entry(time, APEL)
    changed = Entry(TOMORROW, "Apel  Selasa", "ceremony", "KEC", clock_time(7, 15), None)
    work_calendar.change_entry(time, the_only(time).id or 0, changed)
    found = the_only(time, 2026)
    assert (found.day, found.name, found.unit) == (TOMORROW, "Apel Selasa", "KEC")
    assert (found.starts, found.ends) == (clock_time(7, 15), None)


def test_a_change_is_refused_that_could_not_be_added(time: WorkingTime) -> None:
    work_calendar.add_entry(time, APEL)
    entry_id = the_only(time).id or 0
    work_calendar.change_entry(time, entry_id, APEL)  # the same is no other one
    work_calendar.add_entry(time, Entry(TOMORROW, "Libur", "national"))
    with pytest.raises(AlreadyInCalendar):
        work_calendar.change_entry(time, entry_id, Entry(TOMORROW, "Libur", "national"))
    with pytest.raises(InvalidRequest):
        work_calendar.change_entry(time, entry_id, Entry(LATER, "Apel", "ceremony"))
    with pytest.raises(UnknownCalendarEntry):
        work_calendar.change_entry(time, 999, APEL)


def test_who_is_limited_changes_what_is_of_their_units_alone(time: WorkingTime) -> None:
    work_calendar.add_entry(time, APEL)
    local = Entry(TOMORROW, "Hari jadi", "local", "KEC")
    work_calendar.add_entry(time, local)
    limited = Reach(unit_id=1)
    with pytest.raises(WholeStaffOnly):
        work_calendar.change_entry(time, the_only(time).id or 0, local, reach=limited)
    own = the_only(time, 2026).id or 0
    with pytest.raises(WholeStaffOnly):
        work_calendar.change_entry(time, own, APEL, reach=limited)
    with pytest.raises(UnknownCalendarEntry):
        work_calendar.change_entry(time, own, local, reach=Reach(unit_id=2))
    work_calendar.change_entry(time, own, Entry(TOMORROW, "HUT", "local", "KEC"), reach=limited)
    assert the_only(time, 2026).name == "HUT"


def test_rates_name_their_regulation(time: WorkingTime) -> None:
    work_patterns.add_deductions(time, DeductionTable(0, LATER, source=" Peraturan  Bupati 12/2025 "))
    shipped, own = work_patterns.list_schedules(time).deductions
    assert (shipped.source, own.source) == ("", "Peraturan Bupati 12/2025")
    with pytest.raises(InvalidRequest):
        work_patterns.add_deductions(time, DeductionTable(0, TOMORROW, source="x" * 201))


def test_rates_that_are_not_in_force_are_removed_and_entered_anew(
    time: WorkingTime, clock: FakeClock
) -> None:
    work_patterns.add_deductions(time, DeductionTable(0, LATER))
    work_patterns.remove_deductions(time, LATER)
    work_patterns.add_deductions(time, DeductionTable(0, LATER, source="Perbup"))
    clock.advance(days=60)
    with pytest.raises(InForceAlready):
        work_patterns.remove_deductions(time, LATER)
    with pytest.raises(UnknownRates):
        work_patterns.remove_deductions(time, TOMORROW)


def test_a_ramadan_is_removed_before_it_begins(time: WorkingTime) -> None:
    work_patterns.add_ramadan(time, LATER, date(2027, 1, 29))
    work_patterns.remove_ramadan(time, LATER)
    assert work_patterns.list_schedules(time).ramadan == ()
    work_patterns.add_ramadan(time, TODAY, TOMORROW)
    with pytest.raises(UnknownRamadan):
        work_patterns.remove_ramadan(time, LATER)


@pytest.mark.parametrize(("first", "begun"), [(TODAY, True), (TOMORROW, False)])
def test_a_day_has_begun_where_it_has_in_the_east(
    time: WorkingTime, clock: FakeClock, first: date, begun: bool
) -> None:
    assert work_patterns.has_begun(time, first) == begun
    clock.advance(hours=14.6)  # 22:06 in the west, past midnight in the east
    assert work_patterns.has_begun(time, TOMORROW)


@pytest.mark.parametrize(
    "remove",
    [
        lambda time, reach: work_patterns.remove_ramadan(time, LATER, reach=reach),
        lambda time, reach: work_patterns.remove_deductions(time, LATER, reach=reach),
    ],
)
def test_what_is_for_everybody_is_not_removed_by_who_is_limited(
    time: WorkingTime, remove: Callable[[WorkingTime, Reach], None]
) -> None:
    with pytest.raises(WholeStaffOnly):
        remove(time, Reach(unit_id=1))
