"""A made-up month of a regency, in bulk: employees in a tree of units, check-ins, reviews, approved absences."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from service.approved_of_days import ApprovedOfDays
from service.db.request_tables import Absence
from service.db.session import Database
from service.db.tables import Checkin, Employee, Unit
from service.working_time import WorkingTime
from service.workplaces import zones_of

PEOPLE: Final = 5_000
UNITS: Final = 200
# So many stand at the top, the others below them.
AGENCIES: Final = 20
ZONE: Final = ZoneInfo("Asia/Jakarta")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
WORKING_DAYS: Final = 22
# When the month is looked at, and since when people are on the roster.
NOW: Final = datetime(2026, 11, 3, 3, tzinfo=UTC)
SINCE: Final = datetime(2026, 9, 1, tzinfo=UTC)
# Shares of days: nobody knows better, and each kind must occur.
NOTHING, NO_DEPARTURE, IN_REVIEW = 0.02, 0.03, 0.01
AWAY_PEOPLE: Final = 0.15
LONGEST_AWAY_DAYS: Final = 5
KINDS: Final = ("izin", "sakit", "cuti_tahunan", "dinas_luar")
# About as large as what phones send.
META: Final[dict[str, Any]] = {"position": {"lat": -6.5, "lon": 106.7, "accuracy_m": 18.0}, "link": "." * 600}


@dataclass(frozen=True, slots=True)
class Made:
    people: int
    units: int
    check_ins: int
    absences: int


def working_time(db: Database) -> WorkingTime:
    """The use cases of the made-up month, at `NOW`."""
    return WorkingTime(db, zone=ZONE, clock=lambda: NOW, zones_of=zones_of, approved_of=ApprovedOfDays(ZONE))


def fill(db: Database, people: int = PEOPLE, units: int = UNITS, *, seed: int = 1) -> Made:
    """The same for the same seed. The database must be empty."""
    chance = random.Random(seed)
    absences = list(_absences(people, chance))
    away = {
        (one["employee_id"], one["first"] + timedelta(days=number))
        for one in absences
        for number in range((one["last"] - one["first"]).days + 1)
    }
    check_ins = list(_check_ins(people, away, chance))
    with db.write() as session:
        session.execute(insert(Unit), [_unit(number) for number in range(1, units + 1)])
        session.execute(insert(Employee), [_employee(number, units) for number in range(1, people + 1)])
        if absences:
            session.execute(insert(Absence), absences)
        session.execute(insert(Checkin), check_ins)
    return Made(people, units, len(check_ins), len(absences))


def _unit(number: int) -> dict[str, Any]:
    above = None if number <= AGENCIES else 1 + number % AGENCIES
    return {
        "id": number,
        "code": f"U{number}",
        "name": f"Unit {number}",
        "parent_id": above,
        "created_at": SINCE,
    }


def _employee(number: int, units: int) -> dict[str, Any]:
    return {
        "id": number,
        "nip": f"{number:018d}",
        "name": f"Pegawai {number}",
        "active": True,
        "created_at": SINCE,
        "unit_id": 1 + number % units,
        "employment": ("pns", "pppk", "thl")[number % 3],
    }


def _absences(people: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for employee_id in range(1, people + 1):
        if chance.random() < AWAY_PEOPLE:
            first = FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))
            last = min(LAST, first + timedelta(days=chance.randrange(LONGEST_AWAY_DAYS)))
            yield {
                "employee_id": employee_id,
                "state": "approved",
                "note": "Keperluan",
                "asked_at": SINCE,
                "kind": chance.choice(KINDS),
                "first": first,
                "last": last,
            }


def _check_ins(people: int, away: set[tuple[int, date]], chance: random.Random) -> Iterator[dict[str, Any]]:
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
        if day.weekday() > 4:
            continue
        start = datetime(day.year, day.month, day.day, 7, 30, tzinfo=ZONE)
        for employee_id in range(1, people + 1):
            if (employee_id, day) in away or chance.random() < NOTHING:
                continue
            yield _check_in(employee_id, start + timedelta(minutes=chance.gauss(-10, 15)), chance)
            if chance.random() >= NO_DEPARTURE:
                yield _check_in(employee_id, start + timedelta(minutes=chance.gauss(520, 15)), chance)


def _check_in(employee_id: int, at: datetime, chance: random.Random) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128))),
        "employee_id": employee_id,
        "kind": "auto",
        "captured_at": at,
        "received_at": at,
        "counted_at": at,
        "status": "review" if chance.random() < IN_REVIEW else "accepted",
        "reasons": [],
        "selfie_sha256": "0" * 64,
        "frame_keys": [],
        "meta": META,
        "tries": 0,
    }
