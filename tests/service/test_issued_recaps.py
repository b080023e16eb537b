import threading
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from service import issued_recaps, recap_code
from service.approved_of_days import ApprovedOfDays
from service.db.session import Database
from service.db.tables import Account
from service.errors import UnknownRecap
from service.issued_recaps import IssuedRecaps
from service.placements import move_employee
from service.reach import EVERYBODY
from service.recap_figures import Recap
from service.recaps import Recaps, Scope
from service.units import remove_unit
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant, put
from tests.service.test_working_time import check_in

WIB = ZoneInfo("Asia/Jakarta")
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
BEFORE = datetime(2026, 10, 20, tzinfo=WIB)
MONDAY = datetime(2026, 11, 2, 7, 30, tzinfo=WIB)


class Printer:
    """Issues recaps of DESA, where Siti is."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        clock.now = datetime(2026, 12, 2, 10, tzinfo=WIB)
        plant(db, {"KEC": None, "DESA": "KEC"}, BEFORE)
        self.db = db
        self.siti = put(db, "siti", "DESA", BEFORE)
        self.by: Account = account(db, "hr", "hr", BEFORE)
        time = WorkingTime(db, zone=WIB, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(WIB))
        self.recaps = Recaps(time)
        self.issued = IssuedRecaps(db, self.recaps, clock)

    def issue(self, unit: str | None = "DESA") -> str:
        """Gives its code."""
        codes: list[str] = []

        def draw(code: str) -> bytes:
            codes.append(code)
            return code.encode()

        scope = self.recaps.scope_of(EVERYBODY, unit)
        assert self.issued.issue(self.recaps.figures_of(scope, FIRST, LAST), self.by, draw)
        return codes[-1]


@pytest.fixture
def printer(db: Database, clock: FakeClock) -> Printer:
    return Printer(db, clock)


def test_a_code_is_read_as_people_write_it() -> None:
    code = recap_code.new_code()
    assert recap_code.parse(recap_code.in_groups(code)) == code
    assert recap_code.parse(" o1il-abcd 0123 ") == "0111ABCD0123"
    assert [recap_code.parse(text) for text in ("", "K7MD-2XQ9", "K7MD-2XQ9-4RTU", "K7MD-2XQ9-4RT?")] == [
        None
    ] * 4


def test_what_was_issued_is_found_by_its_code(printer: Printer) -> None:
    found = printer.issued.find(printer.issue().lower())
    assert (found.unit_name, found.month, found.people, found.status) == ("Unit DESA", FIRST, 1, "complete")
    assert found.totals["by_status"]["absent"] == 21
    with pytest.raises(UnknownRecap):
        printer.issued.find("0000-0000-0000")


def test_no_code_is_given_twice(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: Iterator[str] = iter(["A" * 12, "A" * 12, "B" * 12])
    monkeypatch.setattr(issued_recaps, "new_code", lambda: next(drawn))
    assert (printer.issue(), printer.issue()) == ("AAAA-AAAA-AAAA", "BBBB-BBBB-BBBB")


def test_figures_are_compared_with_those_of_today(db: Database, clock: FakeClock, printer: Printer) -> None:
    code, everybody = printer.issue(), printer.issue(None)
    assert (printer.issued.compare(code), printer.issued.compare(everybody)) == ("same", "same")
    check_in(db, printer.siti, MONDAY)
    assert printer.issued.compare(code) == "same"  # of a moment ago
    clock.advance(minutes=11)
    assert (printer.issued.compare(code), printer.issued.compare(everybody)) == ("changed", "changed")


def test_of_a_unit_that_is_gone_nothing_can_be_said(db: Database, clock: FakeClock, printer: Printer) -> None:
    code = printer.issue()
    move_employee(db, nip="siti", unit="KEC", now=clock())
    remove_unit(db, code="DESA", now=clock())
    assert printer.issued.compare(code) == "unknown"
    assert printer.issued.find(code).unit_name == "Unit DESA"


def test_one_comparison_at_a_time_is_made_and_nobody_waits_for_it(
    printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, other = printer.issue(), printer.issue(None)
    begun, go_on = threading.Event(), threading.Event()
    quick = Recaps.figures_of

    def slow(self: Recaps, scope: Scope, first: date, last: date) -> Recap:
        begun.set()
        assert go_on.wait(10)
        return quick(self, scope, first, last)

    monkeypatch.setattr(Recaps, "figures_of", slow)
    first = threading.Thread(target=printer.issued.compare, args=(code,))
    first.start()
    assert begun.wait(10)
    assert printer.issued.compare(other) == "later"
    go_on.set()
    first.join()
    assert printer.issued.compare(code) == "same"
