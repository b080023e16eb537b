"""How long a file of employees takes to be read, checked and imported, on a new SQLite database.

python -m benchmarks.roster
"""

import io
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import xlsxwriter
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from enrollment.roster import read_roster
from service.audit import AuditKeys
from service.db.session import Database
from service.roster_import import check_import, import_roster
from service.units import add_unit

RESULTS = Path(__file__).parent / "results"
UNITS = 200
BAR_S = 60.0
PACKAGES = ("sqlalchemy", "python-calamine")


def _rows(employees: int) -> Iterator[list[str]]:
    yield ["NIP", "Nama", "Kode unit", "Jabatan", "Status", "TMT"]
    for number in range(employees):
        unit = f"U{number % UNITS}"
        yield [f"{198501010000000000 + number}", f"Pegawai {number}", unit, "Staf", "PNS", "2020-01-01"]


def _csv(employees: int) -> bytes:
    return "\n".join(";".join(row) for row in _rows(employees)).encode()


def _xlsx(employees: int) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(_rows(employees)):
            sheet.write_row(number, 0, row)
    return made.getvalue()


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - begin


class Progress:
    """What was told while work went on: which share is done, and the longest time without a word."""

    def __init__(self) -> None:
        self.share = 0.0
        self.longest_silence_s = 0.0
        self._last = time.perf_counter()

    def __call__(self, done: int, total: int) -> None:
        now = time.perf_counter()
        self.longest_silence_s = max(self.longest_silence_s, now - self._last)
        self.share, self._last = done / total, now


def measure(employees: int) -> dict[str, float]:
    """Seconds of each step; and of the import, how long nothing was told of how far it is."""
    seconds: dict[str, float] = {}
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/hadir.db")
        db.upgrade()
        db.keep_trail(AuditKeys.load_or_create(Path(folder) / "keys"))
        for number in range(UNITS):
            add_unit(db, code=f"U{number}", name=f"Unit {number}", now=now)
        for kind, data in (("csv", _csv(employees)), ("xlsx", _xlsx(employees))):
            with _timed(seconds, f"read {kind}"):
                roster = read_roster(data)
        with _timed(seconds, "check (dry run)"):
            check_import(db, roster)
        with _timed(seconds, "import"):
            progress = Progress()
            import_roster(db, roster, now=now, progress=progress)
        assert progress.share == 1
        seconds["longest without progress"] = progress.longest_silence_s
        with _timed(seconds, "import again"):
            import_roster(db, roster, now=now)
        db.dispose()
    return seconds


@click.command()
@click.option("--employees", default=10_000, show_default=True)
@click.option("--json", "target", default=RESULTS / "roster.json", type=click.Path(path_type=Path))
def main(employees: int, target: Path) -> None:
    """Print the table and write the JSON."""
    seconds = measure(employees)
    table = Table(title=f"{employees:,} employees in {UNITS} units")
    for column in ("Step", "s"):
        table.add_column(column)
    for step, taken in seconds.items():
        table.add_row(step, f"{taken:.2f}")
    Console().print(table)
    whole = seconds["read xlsx"] + seconds["import"]
    Console().print(f"An XLSX file from its bytes to its rows: {whole:.1f} s (bar: {BAR_S:.0f} s)")
    measured = {"machine": machine.describe(*PACKAGES), "employees": employees, "seconds": seconds}
    target.write_text(json.dumps(measured, indent=2) + "\n")
    if whole >= BAR_S:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
