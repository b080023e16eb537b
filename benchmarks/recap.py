"""How long a month of the whole staff takes: made-up check-ins in a database of its own, then the computation.

python -m benchmarks.recap [--people 5000] [--output FILE.json]
"""

import argparse
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from benchmarks.machine import describe
from service.approved_of_days import ApprovedOfDays
from service.attendance_months import Month
from service.audit import AuditKeys
from service.db.session import Database
from service.db.tables import Checkin, Employee, Unit
from service.working_time import WorkingTime
from service.workplaces import zones_of

PEOPLE: Final = 5_000
UNITS: Final = 200
RUNS: Final = 3
BAR_S: Final = 5.0
ZONE: Final = ZoneInfo("Asia/Jakarta")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
NOW: Final = datetime(2026, 11, 3, 3, tzinfo=UTC)
SINCE: Final = datetime(2026, 9, 1, tzinfo=UTC)
# About as large as what phones send.
META: Final[dict[str, Any]] = {"position": {"lat": -6.5, "lon": 106.7, "accuracy_m": 18.0}, "link": "." * 600}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--output", type=Path, help="write the result as JSON too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), arguments.people)
    result["machine"] = describe()
    print(f"{result['people']} employees, {result['check_ins']} check-ins, one month")
    print(f"recording what was expected: {result['recording_s']:.2f} s")
    print(f"the month, best of {RUNS}: {result['month_s']:.2f} s (bar: {BAR_S:.0f} s)")
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if result["month_s"] < BAR_S else 1


def measure(folder: Path, people: int) -> dict[str, Any]:
    db = Database(f"sqlite:///{folder / 'hadir.db'}")
    db.upgrade()
    db.keep_trail(AuditKeys.load_or_create(folder / "keys"))
    check_ins = fill(db, people)
    working_time = WorkingTime(
        db, zone=ZONE, clock=lambda: NOW, zones_of=zones_of, approved_of=ApprovedOfDays(ZONE)
    )
    began = time.perf_counter()
    working_time.record()
    recording_s = time.perf_counter() - began
    runs = [_timed(working_time, people) for _ in range(RUNS)]
    db.dispose()
    return {"people": people, "check_ins": check_ins, "recording_s": recording_s, "month_s": min(runs)}


def fill(db: Database, people: int) -> int:
    """Gives how many check-ins there are now."""
    rows = list(_check_ins(people))
    with db.write() as session:
        units = [{"code": f"U{n}", "name": f"Unit {n}", "created_at": SINCE} for n in range(1, UNITS + 1)]
        session.execute(insert(Unit), units)
        employees = [
            {
                "id": n,
                "nip": f"{n:018d}",
                "name": f"Pegawai {n}",
                "active": True,
                "created_at": SINCE,
                "unit_id": 1 + n % UNITS,
            }
            for n in range(1, people + 1)
        ]
        session.execute(insert(Employee), employees)
        session.execute(insert(Checkin), rows)
    return len(rows)


def _check_ins(people: int) -> Iterator[dict[str, Any]]:
    random.seed(1)
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
        if day.weekday() > 4:
            continue
        start = datetime(day.year, day.month, day.day, 7, 30, tzinfo=ZONE)
        for employee_id in range(1, people + 1):
            arrival = start + timedelta(minutes=random.gauss(-10, 15))
            departure = start + timedelta(minutes=random.gauss(8.5 * 60 + 10, 15))
            yield _check_in(employee_id, arrival)
            yield _check_in(employee_id, departure)


def _check_in(employee_id: int, at: datetime) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=random.getrandbits(128))),
        "employee_id": employee_id,
        "kind": "auto",
        "captured_at": at,
        "received_at": at,
        "counted_at": at,
        "status": "accepted",
        "reasons": [],
        "selfie_sha256": "0" * 64,
        "frame_keys": [],
        "meta": META,
        "tries": 0,
    }


def _timed(working_time: WorkingTime, people: int) -> float:
    began = time.perf_counter()
    months: dict[int, Month] = working_time.months(FIRST, LAST)
    took = time.perf_counter() - began
    assert len(months) == people
    assert all(month.summary.working_days == 22 for month in months.values())
    return took


if __name__ == "__main__":
    sys.exit(main())
