"""From what was asked for and approved to the days that it changes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.approved_of_days import ApprovedOfDays
from service.attendance.approved import Absence, Approved, Correction, Presence
from service.corrections import NewCorrection
from service.db import request_tables
from service.db.session import Database
from service.evidence import EvidenceStore
from service.manual_periods import NewPeriod, enter_period
from service.request_decisions import decide
from service.sites import add_site
from tests.service.conftest import FakeClock
from tests.service.request_desk import TODAY, ZONE, Desk, open_desk

DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY
WIT = ZoneInfo("Asia/Jayapura")


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


@pytest.fixture
def siti(desk: Desk) -> int:
    assert desk.siti.employee_id is not None
    return desk.siti.employee_id


def approved(desk: Desk, employee_id: int) -> Approved | None:
    with desk.db.read() as session:
        return ApprovedOfDays(ZONE)(session, [employee_id], YESTERDAY, TODAY).get(employee_id)


def test_what_nobody_has_approved_is_not_there(desk: Desk, siti: int, clock: FakeClock) -> None:
    desk.ask(TODAY, now=clock())
    assert approved(desk, siti) is None


def test_an_approved_absence_is_there(desk: Desk, siti: int, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, kind="izin", now=clock()).request.id
    decide(desk.db, request_tables.Absence, asked, desk.rahmat, approve=True, words="", now=clock())
    assert approved(desk, siti) == Approved([Absence("izin", TODAY, TODAY)], [], [])


def test_corrected_times_are_by_the_clock_of_the_place(desk: Desk, siti: int, clock: FakeClock) -> None:
    add_site(desk.db, code="KANTOR", name="Kantor", unit="DESA", time_zone=WIT.key, now=clock())
    wanted = NewCorrection(YESTERDAY, time(22), time(6), True, "ponsel rusak")
    asked = desk.correct(wanted, now=clock()).request.id
    decide(desk.db, request_tables.Correction, asked, desk.rahmat, approve=True, words="", now=clock())
    found = approved(desk, siti)
    assert found is not None
    assert found.corrections == [
        Correction(
            YESTERDAY,
            datetime.combine(YESTERDAY, time(22), WIT),
            datetime.combine(TODAY, time(6), WIT),
        )
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "presence"),
    [
        (
            time(10),
            time(14),
            Presence(datetime.combine(YESTERDAY, time(10), ZONE), datetime.combine(TODAY, time(14), ZONE)),
        ),
        (
            None,
            None,
            Presence(
                datetime.combine(YESTERDAY, time.min, ZONE), datetime.combine(TODAY + DAY, time.min, ZONE)
            ),
        ),
    ],
)
def test_a_manual_period_is_a_presence_from_its_beginning_to_its_end(
    desk: Desk, siti: int, clock: FakeClock, begins: time | None, ends: time | None, presence: Presence
) -> None:
    enter_period(
        desk.db,
        ZONE,
        desk.rahmat,
        NewPeriod("KEC", YESTERDAY, TODAY, begins, ends, "Listrik padam", None),
        clock(),
    )
    found = approved(desk, siti)
    assert found is not None
    assert found.presences == [presence]


def test_away_is_whoever_travels_by_approval_on_the_day_of_their_place(
    desk: Desk, siti: int, clock: FakeClock
) -> None:
    add_site(desk.db, code="KANTOR", name="Kantor", unit="DESA", time_zone=WIT.key, now=clock())
    asked = desk.ask(TODAY, kind="dinas_luar", now=clock()).request.id
    decide(desk.db, request_tables.Absence, asked, desk.rahmat, approve=True, words="", now=clock())
    of_days = ApprovedOfDays(ZONE)
    with desk.db.read() as session:
        # Half past eleven at night in the west is the next day already in the east.
        assert of_days.away(session, siti, datetime.combine(YESTERDAY, time(23, 30), ZONE))
        assert not of_days.away(session, siti, datetime.combine(TODAY, time(23, 30), ZONE))
