"""How long it takes to look through and to close the month of the whole staff, on a new SQLite database.

python -m benchmarks.closing [--people 5000] [--output FILE.json]
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import insert, select, update

from benchmarks.machine import describe
from benchmarks.staff_month import FIRST, PEOPLE, SINCE, fill, working_time
from service.audit import AuditKeys
from service.closing import Wanted, close_month
from service.closing_views import checklist_of, overview
from service.db.session import Database
from service.db.tables import Account, Unit
from service.reach import EVERYBODY

TOP: Final = "TOP"
Answer = TypeVar("Answer")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--output", type=Path, help="write the result as JSON too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), arguments.people)
    result["machine"] = describe()
    print(f"{result['people']} employees in {result['units']} units, one month")
    print(f"the page of all units: {result['overview_s']:.2f} s")
    print(f"the checklist with every day: {result['checklist_s']:.2f} s")
    print(f"closing all units: {result['closing_s']:.2f} s, others wait at most {result['longest_s']:.2f} s")
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(folder: Path, people: int) -> dict[str, Any]:
    db = Database(f"sqlite:///{folder / 'hadir.db'}")
    db.upgrade()
    db.keep_trail(AuditKeys.load_or_create(folder / "keys"))
    fill(db, people)
    with db.write() as session:
        top = session.execute(
            insert(Unit).values(code=TOP, name="Top", created_at=SINCE).returning(Unit.id)
        ).scalar_one()
        session.execute(update(Unit).where(Unit.id != top).values(parent_id=top))
        session.add(Account(login="admin", role="admin", created_at=SINCE))
    time_of = working_time(db)
    time_of.record()
    with db.read() as session:
        admin = session.scalars(select(Account)).one()
    shown, overview_s = _timed(lambda: overview(time_of, EVERYBODY, FIRST))
    _, checklist_s = _timed(
        lambda: checklist_of(time_of, EVERYBODY, unit=TOP, month=FIRST, below=True, with_days=True)
    )
    ends: list[float] = [time.perf_counter()]
    report, closing_s = _timed(
        lambda: close_month(
            time_of,
            admin,
            Wanted(TOP, FIRST, below=True, reason="Over what is under review"),
            lambda *_: ends.append(time.perf_counter()),
        )
    )
    db.dispose()
    assert len(report.closed) == len(shown.units)
    return {
        "people": people,
        "units": len(shown.units),
        "overview_s": overview_s,
        "checklist_s": checklist_s,
        "closing_s": closing_s,
        "longest_s": max(later - earlier for earlier, later in pairwise(ends[1:])),
    }


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    began = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
