"""Each fact that changes a day is told of, in words of its own."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from service import recomputing, request_decisions, reviews, work_calendar, work_patterns
from service.absences import NewAbsence, ask_for_absence
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours
from service.corrections import NewCorrection, ask_for_correction
from service.crypto import KeyRing
from service.db.request_tables import Absence, Correction
from service.db.session import Database
from service.db.tables import Account
from service.evidence import EvidenceStore
from service.manual_periods import NewPeriod, enter_period, revoke_period
from service.work_calendar import Entry
from service.work_patterns import NewVersion
from tests.service.conftest import FakeClock
from tests.service.org_tree import account
from tests.service.request_desk import employee
from tests.service.webhook_office import TODAY, WIB, WebhookOffice, open_office


@pytest.fixture
def office(db: Database, ring: KeyRing, clock: FakeClock) -> Iterator[WebhookOffice]:
    with open_office(db, ring, clock) as office:
        office.add(["day.changed", "checkin.decided"])
        yield office


@pytest.fixture
def hr(db: Database, clock: FakeClock) -> Account:
    return account(db, "rahmat", "hr", clock())


@pytest.fixture
def dian(db: Database, clock: FakeClock) -> Account:
    """An employee of DESA who may ask."""
    return employee(db, "197009", "employee", "DESA", clock())


def noted(office: WebhookOffice) -> list[tuple[str, str, date | None]]:
    return [(row.event, row.cause, row.day) for row in office.rows()]


def test_an_absence_counts_from_its_approval_and_no_more_once_revoked(
    office: WebhookOffice, evidence: EvidenceStore, hr: Account, dian: Account
) -> None:
    wanted = NewAbsence("izin", TODAY, TODAY + timedelta(days=1), "Pulang kampung", None)
    asked = ask_for_absence(office.db, evidence, WIB, dian, wanted, office.clock())
    assert noted(office) == []
    one = asked.request.id
    request_decisions.decide(office.db, Absence, one, hr, approve=True, words="", now=office.clock())
    request_decisions.revoke(office.db, Absence, one, hr, words="Keliru", now=office.clock())

    days = [TODAY, TODAY + timedelta(days=1)]
    assert noted(office) == [("day.changed", "absence", day) for day in days] + [
        ("day.changed", "absence_revoked", day) for day in days
    ]


def test_a_refusal_changes_no_day(office: WebhookOffice, hr: Account, dian: Account) -> None:
    wanted = NewCorrection(TODAY, time(7, 30), None, False, "Ponsel rusak")
    asked = ask_for_correction(office.db, WIB, dian, wanted, office.clock())
    request_decisions.decide(
        office.db, Correction, asked.request.id, hr, approve=False, words="Tidak benar", now=office.clock()
    )
    assert noted(office) == []


def test_an_approved_correction_is_told_with_its_time(
    office: WebhookOffice, hr: Account, dian: Account
) -> None:
    wanted = NewCorrection(TODAY, time(7, 25), None, False, "Ponsel rusak")
    asked = ask_for_correction(office.db, WIB, dian, wanted, office.clock())
    request_decisions.decide(
        office.db, Correction, asked.request.id, hr, approve=True, words="", now=office.clock()
    )
    office.deliver()
    (told,) = office.told()
    assert told["data"] | {"changed_at": "", "over": None} == {
        "nip": "197009",
        "date": "2026-11-24",
        "unit": "DESA",
        "status": "present",
        "first_in": "2026-11-24T07:25:00+07:00",
        "last_out": None,
        "late_min": 0,
        "early_min": 0,
        "provisional": False,
        "corrected": True,
        "over": None,
        "cause": "correction",
        "changed_at": "",
    }


def test_a_manual_period_is_told_for_everybody_in_it(office: WebhookOffice, hr: Account) -> None:
    wanted = NewPeriod("KEC", TODAY, TODAY, None, None, "Listrik padam", None)
    one = enter_period(office.db, WIB, hr, wanted, office.clock())
    revoke_period(office.db, hr, one, words="Keliru", now=office.clock())
    # A night shift of the day before may last into it.
    days = [TODAY - timedelta(days=1), TODAY]
    assert noted(office) == [
        ("day.changed", cause, day) for cause in ("manual_period", "manual_period_revoked") for day in days
    ]
    assert {row.employee_id for row in office.rows()} == {office.siti}


def test_a_verdict_is_told_with_the_day_that_the_check_in_counted_on(
    office: WebhookOffice, hr: Account
) -> None:
    checkin = office.check_in(office.siti, office.clock(), status="review")
    office.deliver()
    # What was rejected has no time any more.
    reviews.give_verdict(office.db, hr, checkin, "impostor", "Orang lain", office.clock())
    office.deliver()

    told = [(one["type"], one["data"]["cause"], one["data"]["status"]) for one in office.told()]
    assert told[:2] == [("checkin.decided", "checkin", "review"), ("day.changed", "checkin", "present")]
    assert told[2:] == [("checkin.decided", "verdict", "rejected"), ("day.changed", "verdict", "open")]
    assert {one["data"]["date"] for one in office.told()} == {"2026-11-24"}
    assert [one["data"].get("provisional") for one in office.told()] == [None, True, None, False]


def test_a_verdict_that_decides_nothing_is_not_told(office: WebhookOffice, hr: Account) -> None:
    checkin = office.check_in(office.siti, office.clock(), status="review")
    before = noted(office)
    reviews.give_verdict(office.db, hr, checkin, "cant_tell", "", office.clock())
    assert noted(office) == before


def test_days_that_are_computed_again_are_told(office: WebhookOffice) -> None:
    office.clock.now = datetime(2026, 12, 1, 3, tzinfo=WIB)
    office.time.record()
    work_calendar.add_entry(office.time, Entry(TODAY, "Hari libur", "national"))
    seen = recomputing.preview(office.time, TODAY, TODAY)
    assert noted(office) == []
    recomputing.apply(office.time, TODAY, TODAY, fingerprint=seen.fingerprint, reason="Surat edaran")
    assert noted(office) == [("day.changed", "recomputed", TODAY)] * 3


def test_a_check_in_of_a_night_shift_is_of_the_day_on_which_it_began(office: WebhookOffice) -> None:
    night = (Hours(time(22), time(6), 0),)
    version = NewVersion(date(2026, 12, 1), night, None, CUSTOMARY_WINDOWS, 0, works_on_holidays=True)
    work_patterns.add_pattern(office.time, code="MALAM", name="Jaga malam", version=version)
    work_patterns.assign(
        office.time, code="MALAM", unit=None, nip="197001", first=date(2026, 12, 1), last=None
    )
    office.check_in(office.siti, datetime(2026, 12, 9, 6, 5, tzinfo=WIB), "out")
    office.deliver()
    assert {one["data"]["date"] for one in office.told()} == {"2026-12-08"}
