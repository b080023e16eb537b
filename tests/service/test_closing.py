import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from service.closed_months import snapshots_of
from service.closing import ClosingReport, Wanted, close_month
from service.closing_errors import (
    AlreadyClosed,
    CloseAnywayNotAllowed,
    MonthNotClosed,
    MonthNotOver,
    MonthNotReady,
    UnlockNotAllowed,
)
from service.closing_history import history_of
from service.db.closing_tables import ClosedMonth
from service.db.offline_tables import OfflinePass, StoredItem
from service.db.request_tables import Absence, Correction
from service.db.session import Database
from service.db.tables import Account, AuditEntry, Checkin
from service.errors import UnknownUnit
from service.reach import EVERYBODY
from service.request_errors import WordsRefused
from service.units import remove_unit
from tests.service.closing_office import (
    DAY,
    OCTOBER,
    ClosingOffice,
    add_checkin,
    at,
    open_closing_office,
)
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant

LAST = date(2026, 10, 31)


@pytest.fixture
def office(db: Database, clock: FakeClock) -> Iterator[ClosingOffice]:
    with open_closing_office(db, clock) as office:
        yield office


def review(office: ClosingOffice) -> None:
    office.check_in(office.siti, at(DAY, 16, 50), status="review")


def received(office: ClosingOffice) -> None:
    office.check_in(office.siti, at(DAY, 16, 50), status="received")


def absence(office: ClosingOffice) -> None:
    _ask(office, Absence(kind="izin", first=DAY, last=DAY + timedelta(days=60)))


def correction(office: ClosingOffice) -> None:
    _ask(office, Correction(day=DAY, arrival=None, departure=at(DAY, 16).time(), departs_next_day=False))


def phone_with_a_gap(office: ClosingOffice) -> None:
    with office.db.write() as session:
        row = add_checkin(session, office.siti, at(DAY, 12))
        session.flush()
        session.add(
            StoredItem(
                checkin_id=row.id, employee_id=row.employee_id, item_hash="a", chain="waiting", reasons=[]
            )
        )


def silent_phone(office: ClosingOffice) -> None:
    """Budi has a pass of the last Friday, and from the Friday on nothing came of him."""
    friday = date(2026, 10, 30)
    with office.db.write() as session:
        gone = select(Checkin).where(
            Checkin.employee_id == office.budi.employee_id, Checkin.counted_at >= at(friday, 0)
        )
        for row in session.scalars(gone):
            session.delete(row)
        session.add(OfflinePass(id="pass", employee_id=office.budi.employee_id, issued_at=at(friday, 6)))


def _ask(office: ClosingOffice, row: Absence | Correction) -> None:
    row.employee_id = office.siti.employee_id or 0
    row.state, row.note, row.asked_at = "asked", "Keperluan keluarga", at(DAY, 9)
    with office.db.write() as session:
        session.add(row)


BLOCKED: list[tuple[Callable[[ClosingOffice], None], str]] = [
    (review, "reviews"),
    (received, "reviews"),
    (absence, "requests"),
    (correction, "requests"),
    (phone_with_a_gap, "devices"),
    (silent_phone, "devices"),
]


@pytest.mark.parametrize(("matter", "line"), BLOCKED, ids=[one.__name__ for one, _ in BLOCKED])
def test_what_is_open_keeps_a_month_open(
    office: ClosingOffice, matter: Callable[[ClosingOffice], None], line: str
) -> None:
    matter(office)

    with pytest.raises(MonthNotReady) as refused:
        office.close("DESA")

    counts = {kind: refused.value.extras[kind] for kind in ("reviews", "requests", "devices")}
    assert counts == {"reviews": 0, "requests": 0, "devices": 0, line: 1}


@pytest.mark.parametrize(("matter", "line"), BLOCKED, ids=[one.__name__ for one, _ in BLOCKED])
def test_a_month_is_closed_over_what_is_open_with_a_reason(
    office: ClosingOffice, matter: Callable[[ClosingOffice], None], line: str
) -> None:
    matter(office)
    office.close("DESA", reason="Gaji dibayar besok")
    (closing,) = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER).closings
    assert (closing.reason, closing.over[line]) == ("Gaji dibayar besok", 1)


def test_a_reason_that_was_not_needed_is_not_kept(office: ClosingOffice) -> None:
    office.close("DESA", reason="Untuk berjaga-jaga")
    (closing,) = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER).closings
    assert closing.reason is None


def test_hr_of_some_units_does_not_close_over_what_is_open(office: ClosingOffice) -> None:
    review(office)
    with pytest.raises(CloseAnywayNotAllowed):
        office.close("DESA", office.dewi, reason="Gaji dibayar besok")
    with pytest.raises(WordsRefused):
        office.close("DESA", office.ida, reason="  ")


def test_missing_check_ins_are_shown_and_keep_nothing_open(office: ClosingOffice) -> None:
    office.close("DESA", office.dewi)
    (closing,) = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER).closings
    assert closing.over == {"missing": 1}


def test_the_figures_are_those_of_the_days_of_each_person(office: ClosingOffice) -> None:
    live = office.time.months(OCTOBER, LAST)
    office.close("KEC", below=True)
    with office.db.read() as session:
        kept = snapshots_of(session, OCTOBER)
        of_desa = snapshots_of(session, OCTOBER, [office.units["DESA"]])
    siti, budi, dewi = (one.employee_id or 0 for one in (office.siti, office.budi, office.dewi))
    desa, kec = office.units["DESA"], office.units["KEC"]
    assert {pair: one.figures for pair, one in kept.items()} == {
        (siti, desa): live[siti].summary,
        (budi, desa): live[budi].summary,
        (dewi, kec): live[dewi].summary,
    }
    assert set(of_desa) == {(siti, desa), (budi, desa)}
    assert (kept[siti, desa].closed_by, kept[siti, desa].unit) == ("rahmat", "DESA")
    assert kept[siti, desa].closed_at == office.clock()


def test_a_month_that_is_not_over_is_not_closed_whatever_the_reason(office: ClosingOffice) -> None:
    office.clock.now = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)
    with pytest.raises(MonthNotOver):
        office.close("DESA", reason="Gaji dibayar besok")
    office.clock.now += timedelta(minutes=2)
    office.close("DESA", reason="Gaji dibayar besok")


def test_of_several_units_those_that_are_not_ready_stay_open(office: ClosingOffice) -> None:
    review(office)
    assert office.close("KEC", below=True) == ClosingReport(
        ("KEC",), (), {"DESA": {"reviews": 1, "requests": 0, "devices": 0}}
    )


def test_a_unit_that_is_closed_is_left(office: ClosingOffice) -> None:
    office.close("DESA")
    assert office.close("KEC", below=True) == ClosingReport(("KEC",), ("DESA",), {})
    with pytest.raises(AlreadyClosed):
        office.close("DESA")


def test_nobody_closes_or_unlocks_units_outside_their_reach(office: ClosingOffice) -> None:
    with pytest.raises(UnknownUnit):
        office.close("DESA", office.lain)
    office.close("DESA")
    with pytest.raises(UnknownUnit):
        office.unlock("DESA", office.lain)


@pytest.mark.parametrize(
    ("unit", "who", "may"),
    [
        ("DESA", "dewi", True),
        ("KEC", "dewi", False),
        ("KEC", "rahmat", True),
        ("KEC", "ida", True),
        ("DINAS", "lain", False),
    ],
)
def test_a_month_is_unlocked_from_above(office: ClosingOffice, unit: str, who: str, *, may: bool) -> None:
    office.close(unit)
    account: Account = getattr(office, who)
    if may:
        assert office.unlock(unit, account) == (unit,)
    else:
        with pytest.raises(UnlockNotAllowed):
            office.unlock(unit, account)


def test_unlocking_needs_a_reason_and_a_closed_month(office: ClosingOffice) -> None:
    with pytest.raises(MonthNotClosed):
        office.unlock("DESA")
    office.close("DESA")
    with pytest.raises(WordsRefused):
        office.unlock("DESA", words=" ")


def test_closing_again_shows_what_differs_from_the_closing_before(office: ClosingOffice) -> None:
    office.close("DESA")
    office.unlock("DESA")
    office.check_in(office.siti, at(DAY, 16, 45))
    office.close("DESA", office.ida)

    newest, oldest = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER).closings

    assert (oldest.changes, oldest.unlocked_by, oldest.unlock_reason) == (None, "rahmat", "Surat terlambat")
    assert (newest.changes, newest.unlocked_at, newest.closed_by) == (1, None, "ida")
    (change,) = newest.changed
    assert change.before is not None
    assert change.after is not None
    assert (change.nip, change.before.missing_out, change.after.missing_out) == ("1", 1, 0)


def test_what_changes_later_does_not_change_what_was_closed(office: ClosingOffice) -> None:
    office.close("DESA")
    with office.db.read() as session:
        before = snapshots_of(session, OCTOBER)

    office.check_in(office.siti, at(DAY, 16, 45))

    with office.db.read() as session:
        assert snapshots_of(session, OCTOBER) == before
    history = history_of(office.time, EVERYBODY, unit="DESA", month=OCTOBER)
    assert (history.since, [one.nip for one in history.since_changed]) == (1, ["1"])


def test_it_goes_on_record(office: ClosingOffice) -> None:
    office.close("DESA")
    office.unlock("DESA", office.dewi)
    with office.db.read() as session:
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.actor)
            .where(AuditEntry.subject.startswith("closing:"))
            .order_by(AuditEntry.sequence)
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("month_closed", office.rahmat.id),
        ("month_unlocked", office.dewi.id),
    ]


def test_a_removed_unit_leaves_its_closing(office: ClosingOffice) -> None:
    plant(office.db, {"LAMA": None}, office.clock())
    office.close("LAMA")
    remove_unit(office.db, code="LAMA", now=office.clock())
    with office.db.read() as session:
        row = session.scalars(select(ClosedMonth)).one()
    assert (row.unit_id, row.unit_code, row.unit_name) == (None, "LAMA", "Unit LAMA")


def test_of_two_who_close_at_once_one_does(office: ClosingOffice) -> None:
    together = threading.Barrier(2)

    def close(by: Account) -> Any:
        together.wait()
        try:
            return office.close("DESA", by)
        except AlreadyClosed as refused:
            return refused

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(close, (office.dewi, office.ida)))

    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyClosed", "ClosingReport"]
    with office.db.read() as session:
        assert session.scalar(select(func.count()).select_from(ClosedMonth)) == 1


def test_what_was_interrupted_goes_on_where_it_was(
    office: ClosingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.closing.PEOPLE_AT_ONCE", 1)

    def stop(done: int, total: int) -> None:
        raise InterruptedError(f"{done} of {total}")

    with pytest.raises(InterruptedError, match="1 of 2"):
        close_month(office.time, office.rahmat, Wanted("KEC", OCTOBER, below=True), stop)

    told: list[tuple[int, int]] = []
    report = close_month(
        office.time,
        office.rahmat,
        Wanted("KEC", OCTOBER, below=True),
        lambda done, total: told.append((done, total)),
    )
    assert (len(report.closed), len(report.before), told) == (1, 1, [(1, 2), (2, 2)])
