"""What is closed refuses what would change it, and keeps beside it what can't be refused."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from service import closed_figures, recomputing
from service.absences import NewAbsence, ask_for_absence, withdraw_absence
from service.closed_months import (
    ARRIVED_AFTER,
    note_arrival,
    refuse_closed,
    refuse_closed_days,
    snapshots_of,
)
from service.closing_errors import MonthClosed
from service.closing_history import history_of
from service.corrections import NewCorrection, ask_for_correction
from service.db.offline_tables import StoredItem
from service.db.request_tables import Absence, Correction
from service.db.session import Database
from service.evidence import EvidenceStore
from service.i18n import translate
from service.manual_periods import NewPeriod, enter_period, revoke_period
from service.own_data import own_data
from service.reach import EVERYBODY
from service.request_decisions import decide, revoke
from service.reviews import give_verdict
from service.work_calendar import Entry, add_entry
from tests.service.closing_office import (
    DAY,
    OCTOBER,
    ZONE,
    ClosingOffice,
    add_checkin,
    at,
    open_closing_office,
)
from tests.service.conftest import FakeClock

LAST = date(2026, 10, 31)
AFTERNOON = NewCorrection(DAY, None, time(16), departs_next_day=False, note="Lupa absen pulang")
OUTAGE = NewPeriod("KEC", DAY, DAY, time(15), None, "Listrik padam", None)


@pytest.fixture
def office(db: Database, clock: FakeClock) -> Iterator[ClosingOffice]:
    with open_closing_office(db, clock) as office:
        yield office


Act = Callable[[], Any]


def acts_of(office: ClosingOffice, evidence: EvidenceStore) -> dict[str, Act]:
    """Each changes a day of October of somebody in DESA; what it needs is there."""
    db, now, hr, siti = office.db, office.clock(), office.rahmat, office.siti

    def away(first: date) -> int:
        wanted = NewAbsence("izin", first, first, "Keperluan keluarga")
        return ask_for_absence(db, evidence, ZONE, siti, wanted, now).request.id

    def corrected(day: date) -> int:
        wanted = NewCorrection(day, None, time(16), departs_next_day=False, note="Lupa absen pulang")
        return ask_for_correction(db, ZONE, siti, wanted, now).request.id

    def approved(table: Any, request_id: int) -> int:
        decide(db, table, request_id, hr, approve=True, words="", now=now)
        return request_id

    days = [DAY + timedelta(days=number) for number in range(4)]
    open_absence, open_correction = away(days[0]), corrected(days[1])
    old_absence, old_correction = approved(Absence, away(days[2])), approved(Correction, corrected(days[3]))
    old_period = enter_period(db, ZONE, hr, OUTAGE, now)
    thursday = DAY + timedelta(days=10)
    return {
        "asking for an absence": lambda: away(thursday),
        "asking for a correction": lambda: corrected(thursday + timedelta(days=1)),
        "approving an absence": lambda: approved(Absence, open_absence),
        "approving a correction": lambda: approved(Correction, open_correction),
        "revoking an absence": lambda: revoke(db, Absence, old_absence, hr, words="Keliru", now=now),
        "revoking a correction": lambda: revoke(db, Correction, old_correction, hr, words="Keliru", now=now),
        "entering a period": lambda: enter_period(db, ZONE, hr, OUTAGE, now),
        "revoking a period": lambda: revoke_period(db, hr, old_period, words="Keliru", now=now),
    }


def test_every_change_of_a_closed_day_is_refused_until_it_is_unlocked(
    office: ClosingOffice, evidence: EvidenceStore
) -> None:
    acts = acts_of(office, evidence)
    office.close("DESA", reason="Gaji dibayar besok")

    refused = []
    for name, act in acts.items():
        try:
            act()
        except MonthClosed:
            refused.append(name)
    assert refused == list(acts)

    office.unlock("DESA")
    for act in acts.values():
        act()


def test_the_refusal_names_unit_and_month_in_words(office: ClosingOffice) -> None:
    office.close("DESA")
    with office.db.write() as session, pytest.raises(MonthClosed) as refused:
        refuse_closed_days(session, [office.siti.employee_id or 0], DAY, DAY)
    told = refused.value
    assert told.extras == {"unit": "DESA", "unit_name": "Unit DESA", "month": "2026-10"}
    assert "October 2026 is closed for Unit DESA" in told.explain(lambda message: translate("en", message))
    assert "Oktober 2026" in told.explain(lambda message: translate("id", message))


def test_days_before_and_after_a_closed_month_are_free(office: ClosingOffice) -> None:
    office.close("DESA")
    mine, desa = [office.siti.employee_id or 0], office.units["DESA"]
    with office.db.write() as session:
        refuse_closed_days(session, mine, date(2026, 11, 1), date(2026, 12, 31))
        refuse_closed(session, [office.units["KEC"], None], OCTOBER, LAST)
        for first, last in [(date(2026, 9, 30), OCTOBER), (LAST, date(2026, 11, 1))]:
            with pytest.raises(MonthClosed):
                refuse_closed_days(session, mine, first, last)
            with pytest.raises(MonthClosed):
                refuse_closed(session, [desa], first, last)


def test_an_open_request_of_a_closed_month_can_be_refused_or_withdrawn(
    office: ClosingOffice, evidence: EvidenceStore
) -> None:
    now = office.clock()
    ids = []
    for day in (DAY, DAY + timedelta(days=1)):
        wanted = NewAbsence("izin", day, day, "Keperluan keluarga")
        asked = ask_for_absence(office.db, evidence, ZONE, office.siti, wanted, now)
        ids.append(asked.request.id)
    office.close("DESA", reason="Gaji dibayar besok")
    decide(office.db, Absence, ids[0], office.rahmat, approve=False, words="Terlambat", now=now)
    withdraw_absence(office.db, evidence, office.siti, ids[1], now)


def test_recomputing_leaves_closed_days_as_they_are_and_says_so(office: ClosingOffice) -> None:
    office.close("DESA")
    add_entry(office.time, Entry(DAY, "Cuti bersama", "collective_leave"), by=office.ida.id)

    found = recomputing.preview(office.time, OCTOBER, LAST)
    assert ([one.nip for one in found.differences], found.closed) == (["2"], 2)
    days = recomputing.apply(
        office.time, OCTOBER, LAST, fingerprint=found.fingerprint, reason="Keputusan bupati"
    )
    assert days == 1
    history = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER)
    assert history.since == 0


def test_a_verdict_after_closing_is_recorded_and_shown_and_changes_no_figures(office: ClosingOffice) -> None:
    checkin = office.check_in(office.siti, at(DAY, 16, 45), status="review")
    office.close("DESA", reason="Gaji dibayar besok")
    with office.db.read() as session:
        before = snapshots_of(session, OCTOBER)

    given = give_verdict(
        office.db, office.rahmat, checkin, "impostor", "Wajah orang lain", office.clock(), zone=ZONE
    )

    assert given == "rejected"
    with office.db.read() as session:
        assert snapshots_of(session, OCTOBER) == before
    history = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER)
    ((came,),) = [one.came for one in history.closings]
    assert (came.kind, came.checkin_id, came.nip, came.status) == ("verdict", checkin, "1", "rejected")
    assert history.since == 1


def test_what_had_waited_on_a_phone_is_kept_for_a_person_and_shown(office: ClosingOffice) -> None:
    office.close("DESA")
    with office.db.write() as session:
        row = add_checkin(session, office.siti, at(DAY, 16, 45))
        row.received_at, row.meta = office.clock(), {"offline": {"pass": "p"}}
        session.flush()
        session.add(StoredItem(checkin_id=row.id, employee_id=row.employee_id, reasons=[]))
        note_arrival(session, row, ZONE)
        item = session.get_one(StoredItem, row.id)
        assert item.reasons == [ARRIVED_AFTER]
    history = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER)
    assert [one.kind for one in history.closings[0].came] == ["arrival"]


@pytest.mark.parametrize("closed", [False, True])
def test_what_is_of_an_open_month_is_in_no_doubt(office: ClosingOffice, *, closed: bool) -> None:
    if closed:
        office.close("DESA")
    november = date(2026, 11, 2)
    with office.db.write() as session:
        row = add_checkin(session, office.siti, at(november if closed else DAY, 7))
        row.meta = {"offline": {"pass": "p"}}
        session.flush()
        session.add(StoredItem(checkin_id=row.id, employee_id=row.employee_id, reasons=[]))
        note_arrival(session, row, ZONE)
        assert session.get_one(StoredItem, row.id).reasons == []


def test_employees_see_what_was_closed_of_them(office: ClosingOffice) -> None:
    office.close("DESA")
    office.unlock("DESA")
    (closed,) = own_data(office.db, office.siti.employee_id or 0).closed_months
    assert (closed.month, closed.unit_name) == (OCTOBER, "Unit DESA")
    assert closed.unlocked_at == office.clock()
    assert closed.figures["missing_out"] == 1


def test_figures_are_read_back_exactly(office: ClosingOffice) -> None:
    month = office.time.months(OCTOBER, LAST)[office.siti.employee_id or 0]
    back = closed_figures.read(closed_figures.written(month.summary))
    assert back == month.summary
    assert str(back.deductions.total) == str(month.summary.deductions.total) == str(Decimal("1.5"))
