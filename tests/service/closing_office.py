"""A small organisation whose October can be closed, for tests of closing."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from service.approved_of_days import ApprovedOfDays
from service.closing import ClosingReport, Wanted, close_month, unlock_month
from service.db.session import Database
from service.db.tables import Account, Checkin, CheckinKind, CheckinStatus, Employee
from service.working_time import WorkingTime
from service.workplaces import zones_of
from tests.service.conftest import FakeClock
from tests.service.org_tree import account, plant
from tests.service.request_desk import employee

ZONE = ZoneInfo("Asia/Jakarta")
OCTOBER = date(2026, 10, 1)
# A Monday, on which Siti checked in and did not check out.
DAY = date(2026, 10, 5)
ADDED = datetime(2026, 9, 1, 3, tzinfo=UTC)
IN_NOVEMBER = datetime(2026, 11, 24, 3, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClosingOffice:
    """KEC with DESA below it, and DINAS. Siti and Budi work in DESA, Dewi in KEC, whose HR she is.

    Rahmat is HR of all, Lain HR of DINAS, Ida administrator. Everybody was present all October, Siti but for DAY.
    """

    db: Database
    time: WorkingTime
    clock: FakeClock
    units: dict[str, int]
    siti: Account
    budi: Account
    dewi: Account
    rahmat: Account
    lain: Account
    ida: Account

    def close(
        self, unit: str, by: Account | None = None, *, below: bool = False, reason: str | None = None
    ) -> ClosingReport:
        return close_month(self.time, by or self.rahmat, Wanted(unit, OCTOBER, below, reason))

    def unlock(
        self, unit: str, by: Account | None = None, *, below: bool = False, words: str = "Surat terlambat"
    ) -> tuple[str, ...]:
        return unlock_month(self.time, by or self.rahmat, unit=unit, month=OCTOBER, below=below, words=words)

    def check_in(
        self,
        whose: Account,
        at: datetime,
        kind: CheckinKind = "auto",
        status: CheckinStatus = "accepted",
    ) -> str:
        with self.db.write() as session:
            row = add_checkin(session, whose, at, kind, status)
        return row.id


def add_checkin(
    session: Session,
    whose: Account,
    at: datetime,
    kind: CheckinKind = "auto",
    status: CheckinStatus = "accepted",
) -> Checkin:
    assert whose.employee_id is not None
    row = checkin_of(whose.employee_id, at, kind, status)
    session.add(row)
    return row


def checkin_of(
    employee_id: int, at: datetime, kind: CheckinKind = "auto", status: CheckinStatus = "accepted"
) -> Checkin:
    return Checkin(
        id=str(uuid.uuid4()),
        employee_id=employee_id,
        kind=kind,
        captured_at=at,
        received_at=at,
        counted_at=at,
        status=status,
        reasons=[] if status == "accepted" else ["no_liveness"],
        selfie_sha256="0" * 64,
        frame_keys=[],
        meta={},
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """By the clock of the office."""
    return datetime.combine(day, time(hour, minute), ZONE)


def working_days() -> Iterator[date]:
    days = (OCTOBER + timedelta(days=number) for number in range(31))
    return (day for day in days if day.weekday() < 5)


@contextmanager
def open_closing_office(db: Database, clock: FakeClock) -> Iterator[ClosingOffice]:
    units = plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, ADDED)
    siti = employee(db, "1", "employee", "DESA", ADDED)
    budi = employee(db, "3", "employee", "DESA", ADDED)
    dewi = employee(db, "2", "hr", "KEC", ADDED, limit="KEC")
    office = ClosingOffice(
        db,
        WorkingTime(db, zone=ZONE, clock=clock, zones_of=zones_of, approved_of=ApprovedOfDays(ZONE)),
        clock,
        units,
        siti,
        budi,
        dewi,
        rahmat=account(db, "rahmat", "hr", ADDED),
        lain=account(db, "lain", "hr", ADDED, limit="DINAS"),
        ida=account(db, "ida", "admin", ADDED),
    )
    clock.now = datetime(2026, 10, 1, 1, tzinfo=UTC)
    office.time.record()
    with db.write() as session:
        for day in working_days():
            for person in (siti, budi, dewi):
                add_checkin(session, person, at(day, 7, 15))
                if (person, day) != (siti, DAY):
                    add_checkin(session, person, at(day, 16, 45))
    clock.now = IN_NOVEMBER
    office.time.record()
    yield office


def move(office: ClosingOffice, whose: Account, unit: str) -> None:
    with office.db.write() as session:
        session.get_one(Employee, whose.employee_id).unit_id = office.units[unit]
