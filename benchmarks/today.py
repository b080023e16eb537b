"""How long it takes to say how the whole staff stands just now: the API and the page, asked first and again.

python -m benchmarks.today
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click
from fastapi.testclient import TestClient
from httpx2 import Response
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.staff_of_today import NOW, UNITS, fill
from service import people as accounts
from service import wiring
from service.app import create_app
from service.settings import Settings
from service.staff_today import FRESH_FOR
from service.wiring import Services

RESULTS: Final = Path(__file__).parent / "results"
TIMES: Final = 15
BAR_MS: Final = 300.0
PACKAGES: Final = ("sqlalchemy", "fastapi")
PASSWORD: Final = "pagi cerah di kantor"
STAFF: Final = "/api/today/staff"


class Clock:
    """Stands still, so that it is always the same morning; moved on, what was counted is no longer fresh."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self) -> None:
        self.now += FRESH_FOR + timedelta(milliseconds=1)


def measure(people: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind of answer: the first one, and the others; processor: the median of all."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "hadir", workers=1)
        before = wiring.build(settings, clock)
        fill(before.db, before.working_time, people)
        before.working_time.record()
        before.close()
        with TestClient(create_app(settings, clock=clock)) as client:
            services: Services = client.app.state.services  # type: ignore[attr-defined]
            headers = _sign_in(client, services)
            return _measured(client, clock, headers)


def _measured(client: TestClient, clock: Clock, headers: dict[str, str]) -> dict[str, dict[str, float]]:
    def get(path: str, **more: str) -> Response:
        answer = client.get(path, headers=headers | more)
        assert answer.status_code in {200, 304}, answer.text
        return answer

    counted_anew = _timed(lambda: get(STAFF), before=clock.pass_by)
    etag = get(STAFF).headers["ETag"]
    return {
        "all units, counted anew": counted_anew,
        "all units, counted just now": _timed(lambda: get(STAFF)),
        "nothing has changed (304)": _timed(lambda: get(STAFF, **{"If-None-Match": etag})),
        "a unit and its people, counted anew": _timed(lambda: get(f"{STAFF}?unit=U11"), before=clock.pass_by),
        "all who are missing, counted anew": _timed(
            lambda: get(f"{STAFF}?status=missing"), before=clock.pass_by
        ),
        "the page": _timed(lambda: get("/today")),
    }


def _sign_in(client: TestClient, services: Services) -> dict[str, str]:
    link = accounts.first_admin(services.db, services.auth, login="admin", now=services.clock())
    assert link is not None
    client.post("/api/setup", json={"token": link.token, "password": PASSWORD})
    answer = client.post("/api/login", json={"login": "admin", "password": PASSWORD, "kind": "bearer"})
    client.cookies.clear()
    token = answer.json()["token"]
    # A page knows its viewer by the cookie alone.
    client.post("/api/login", json={"login": "admin", "password": PASSWORD})
    return {"Authorization": f"Bearer {token}"}


def _timed(ask: Callable[[], object], before: Callable[[], None] = lambda: None) -> dict[str, float]:
    taken, worked = [], []
    for _ in range(TIMES):
        before()
        began, processor_began = time.perf_counter(), time.process_time()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - processor_began))
    first, *others = taken
    return {
        "first_ms": round(first, 1),
        "median_ms": round(statistics.median(others), 1),
        "least_ms": round(min(others), 1),
        "most_ms": round(max(others), 1),
        "processor_ms": round(statistics.median(worked), 1),
    }


@click.command()
@click.option("--people", default=5_000, show_default=True)
@click.option("--json", "target", default=RESULTS / "today.json", type=click.Path(path_type=Path))
def main(people: int, target: Path) -> None:
    """Print the table and write the JSON."""
    found = measure(people)
    table = Table(title=f"{people:,} employees in {UNITS} units, a month of check-ins (bar: {BAR_MS:.0f} ms)")
    for column in ("Answer", "first, ms", "median", "least", "most", "processor"):
        table.add_column(column)
    for answer, taken in found.items():
        table.add_row(answer, *(f"{value:.0f}" for value in taken.values()))
    Console().print(table)
    measured = {"machine": machine.describe(*PACKAGES), "people": people, "units": UNITS, "answers": found}
    target.write_text(json.dumps(measured, indent=2) + "\n")


if __name__ == "__main__":
    main()
