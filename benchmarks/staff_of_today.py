"""A made-up staff in the middle of a morning: a tree of units, three clocks, a night shift, a month behind it."""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from service import work_patterns
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours
from service.db.request_tables import Absence
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Checkin, Employee, Unit
from service.work_patterns import NewVersion
from service.working_time import WorkingTime

UNITS: Final = 200
# One in ten stands at the top, and nine are below each.
BELOW_EACH: Final = 10
ZONE: Final = ZoneInfo("Asia/Jakarta")
ZONES: Final = (None, None, None, "Asia/Makassar", "Asia/Jayapura")
NOW: Final = datetime(2026, 11, 30, 7, 42, 10, tzinfo=ZONE).astimezone(UTC)
FIRST_DAY: Final = date(2026, 11, 1)
SINCE: Final = datetime(2026, 9, 1, tzinfo=UTC)
# Of the last top unit, as of a hospital.
NIGHT_UNIT: Final = f"U{UNITS - BELOW_EACH + 1}"
NIGHT: Final = Hours(datetime.min.time().replace(hour=22), datetime.min.time().replace(hour=6))
SHARE_ABSENT: Final = 0.05
SHARE_CAME: Final = 0.85
IN_REVIEW_EVERY: Final = 50
# About as large as what phones send.
META: Final[dict[str, Any]] = {"position": {"lat": -6.5, "lon": 106.7, "accuracy_m": 18.0}, "link": "." * 600}


def fill(db: Database, working_time: WorkingTime, people: int, *, with_month: bool = True) -> int:
    """Gives how many check-ins there are now. with_month : also those of the days before, two a working day."""
    chance = random.Random(1)
    with db.write() as session:
        session.execute(insert(Unit), [_unit(number) for number in range(1, UNITS + 1)])
        session.execute(insert(Site), list(_sites()))
    always = NewVersion(date(2023, 4, 12), (NIGHT,), None, CUSTOMARY_WINDOWS, 0, works_on_holidays=True)
    work_patterns.add_pattern(working_time, code="MALAM", name="Jaga malam", version=always)
    work_patterns.assign(
        working_time, code="MALAM", unit=NIGHT_UNIT, nip=None, first=date(2026, 9, 1), last=None
    )
    with db.write() as session:  # after the pattern: what is recorded before a change stays as it was
        session.execute(insert(Employee), [_employee(number) for number in range(1, people + 1)])
        session.execute(insert(Absence), list(_absences(chance, people)))
    rows = [*(_month(chance, people) if with_month else ()), *_morning(chance, people)]
    with db.write() as session:
        session.execute(insert(Checkin), rows)
    return len(rows)


def _unit(number: int) -> dict[str, Any]:
    top = number - (number - 1) % BELOW_EACH
    parent = None if top == number else top
    return {
        "id": number,
        "code": f"U{number}",
        "name": f"Unit {number}",
        "created_at": SINCE,
        "parent_id": parent,
    }


def _sites() -> Iterator[dict[str, Any]]:
    for number in range(1, UNITS + 1, BELOW_EACH):
        zone = ZONES[number // BELOW_EACH % len(ZONES)]
        yield {
            "code": f"S{number}",
            "name": f"Kantor {number}",
            "unit_id": number,
            "time_zone": zone,
            "created_at": SINCE,
        }


def _employee(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "nip": f"{number:018d}",
        "name": f"Pegawai {number}",
        "active": True,
        "created_at": SINCE,
        "unit_id": 1 + number % UNITS,
    }


def _absences(chance: random.Random, people: int) -> Iterator[dict[str, Any]]:
    today = NOW.astimezone(ZONE).date()
    for number in range(1, people + 1):
        if chance.random() < SHARE_ABSENT:
            yield {
                "employee_id": number,
                "kind": chance.choice(("sakit", "izin", "cuti_tahunan", "dinas_luar")),
                "first": today,
                "last": today,
                "state": "approved",
                "note": "",
                "asked_at": SINCE,
            }


def _month(chance: random.Random, people: int) -> Iterator[dict[str, Any]]:
    day = FIRST_DAY
    while day < NOW.astimezone(ZONE).date():
        if day.weekday() < 5:
            start = datetime(day.year, day.month, day.day, 7, 30, tzinfo=ZONE)
            for number in range(1, people + 1):
                for minutes in (-10, 8.5 * 60 + 10):
                    at = start + timedelta(minutes=chance.gauss(minutes, 15))
                    yield check_in(chance, number, at)
        day += timedelta(days=1)


def _morning(chance: random.Random, people: int) -> Iterator[dict[str, Any]]:
    for number in range(1, people + 1):
        if chance.random() < SHARE_CAME:
            at = min(NOW, NOW - timedelta(minutes=chance.gauss(25, 12)))
            yield check_in(chance, number, at, in_review=number % IN_REVIEW_EVERY == 0)


def check_in(
    chance: random.Random, employee_id: int, at: datetime, *, in_review: bool = False
) -> dict[str, Any]:
    """A row of the table."""
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128))),
        "employee_id": employee_id,
        "kind": "auto",
        "captured_at": at,
        "received_at": at,
        "counted_at": at,
        "status": "review" if in_review else "accepted",
        "reasons": [],
        "selfie_sha256": "0" * 64,
        "frame_keys": [],
        "meta": META,
        "tries": 0,
    }
