"""How long the recap of a whole regency takes, and its files: a made-up month in a database of its own.

python -m benchmarks.recap [--people 5000] [--output FILE.json]
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks import staff_month
from benchmarks.machine import describe
from service.audit import AuditKeys
from service.db.session import Database
from service.reach import EVERYBODY
from service.recap_csv import as_csv
from service.recap_figures import fingerprint
from service.recap_pdf import Paper, as_pdf
from service.recap_xlsx import as_xlsx
from service.recaps import Recaps

RUNS: Final = 3
BAR_S: Final = 5.0
# An office without another one below it.
ONE_UNIT: Final = "U100"
OUTPUT: Final = Path(__file__).parent / "results" / "recap.json"
PAPER: Final = Paper(
    "Pemerintah Kabupaten", "K7MD-2XQ9-4RTB", "https://example.go.id/verify/K7MD", "id", staff_month.ZONE
)
LINES: Final = {
    "recording_s": "recording what was expected",
    "month_s": "the month of everybody (days judged)",
    "figures_s": "recap of the whole regency (figures)",
    "fingerprint_s": "fingerprint of its figures",
    "csv_s": "its CSV",
    "xlsx_s": "its XLSX",
    "pdf_s": "its PDF",
    "unit_figures_s": "recap of one unit (figures)",
    "unit_pdf_s": "its PDF",
}
Result = TypeVar("Result")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=staff_month.PEOPLE)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the result goes as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), arguments.people)
    result["machine"] = describe()
    print(
        f"{result['people']} employees, {result['units']} units, {result['check_ins']} check-ins, one month"
    )
    print(f"best of {RUNS}, in seconds; recording, XLSX and the PDF of all once")
    for name, label in LINES.items():
        print(f"  {label:<42} {result[name]:8.2f}")
    print(f"bar for the figures of the whole regency: {BAR_S:.0f} s; memory at most {result['peak_mib']} MiB")
    arguments.output.parent.mkdir(exist_ok=True)
    arguments.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if result["figures_s"] < BAR_S else 1


def measure(folder: Path, people: int) -> dict[str, Any]:
    db = Database(f"sqlite:///{folder / 'hadir.db'}")
    db.upgrade()
    db.keep_trail(AuditKeys.load_or_create(folder / "keys"))
    made = staff_month.fill(db, people)
    time_of = staff_month.working_time(db)
    took: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Result], runs: int = RUNS) -> Result:
        for _ in range(runs):
            began = time.perf_counter()
            result = work()
            seconds = time.perf_counter() - began
            took[name] = min(seconds, took.get(name, seconds))
        return result

    timed("recording_s", time_of.record, 1)
    first, last = staff_month.FIRST, staff_month.LAST
    months = timed("month_s", lambda: time_of.months(first, last))
    assert len(months) == people
    assert all(month.summary.working_days == staff_month.WORKING_DAYS for month in months.values())
    months.clear()
    recaps = Recaps(time_of)
    everybody = recaps.scope_of(EVERYBODY)
    recap = timed("figures_s", lambda: recaps.figures_of(everybody, first, last))
    assert recap.totals.people == people
    timed("fingerprint_s", lambda: fingerprint(recap.rows))
    timed("csv_s", lambda: b"".join(as_csv(recap, "id")))
    timed("xlsx_s", lambda: as_xlsx(recap, "id", PAPER.organisation), 1)
    timed("pdf_s", lambda: as_pdf(recap, PAPER), 1)
    one = recaps.scope_of(EVERYBODY, ONE_UNIT)
    of_unit = timed("unit_figures_s", lambda: recaps.figures_of(one, first, last))
    assert 0 < of_unit.totals.people < people
    timed("unit_pdf_s", lambda: as_pdf(of_unit, PAPER))
    db.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "people": people,
        "units": made.units,
        "check_ins": made.check_ins,
        "absences": made.absences,
        "peak_mib": peak,
        **took,
    }


if __name__ == "__main__":
    sys.exit(main())
