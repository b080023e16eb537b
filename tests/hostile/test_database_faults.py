"""A database that is locked by another program, or gone."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from httpx2 import Response

from tests.hostile import application, records
from tests.hostile.application import Visit
from tests.hostile.office import Office, make_office
from tests.service.conftest import FakeClock

LOCKED_FOR_S = 1.0


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return make_office(tmp_path / "data", 1)


@pytest.fixture
def visit(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    monkeypatch.setattr("service.db.session.BUSY_TIMEOUT_S", LOCKED_FOR_S)
    clock = FakeClock()
    clock.now = datetime.now(UTC)
    with application.visit(office, clock) as visit:
        yield visit


@contextmanager
def write_lock(data_dir: Path) -> Iterator[None]:
    with closing(sqlite3.connect(data_dir / "hadir.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def moved_away(data_dir: Path) -> Iterator[None]:
    files = list(data_dir.glob("hadir.db*"))
    for file in files:
        file.rename(file.with_name(f"away-{file.name}"))
    yield
    for file in files:
        file.with_name(f"away-{file.name}").rename(file)


def is_told_that_the_storage_is_away(answer: Response) -> bool:
    return (
        answer.status_code == 503
        and answer.json()["code"] == "storage_unavailable"
        and int(answer.headers["retry-after"]) > 0
    )


def test_a_locked_database_is_told_in_time_and_stops_nobody_who_only_reads(
    visit: Visit, office: Office
) -> None:
    checkin_id = uuid.uuid4()
    answers: list[Response] = []
    with write_lock(office.data_dir):
        sending = threading.Thread(target=lambda: answers.append(visit.check_in(checkin_id)))
        sending.start()
        reads = 0
        while sending.is_alive():
            assert visit.get("/api/me").status_code == 200
            reads += 1
    assert reads > 1
    assert is_told_that_the_storage_is_away(answers[0])
    assert records.evidence_files(office.data_dir) == []
    assert visit.check_in(checkin_id).status_code == 202


def test_nothing_is_acknowledged_while_the_database_is_gone(visit: Visit, office: Office) -> None:
    assert visit.check_in().status_code == 202
    checkin_id = uuid.uuid4()
    with moved_away(office.data_dir):
        assert is_told_that_the_storage_is_away(visit.check_in(checkin_id))
        assert is_told_that_the_storage_is_away(visit.get("/api/me"))
        assert visit.get("/health/live").status_code == 200
        ready = visit.get("/health/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, False)
        assert not (office.data_dir / "hadir.db").exists()
    assert visit.check_in(checkin_id).status_code == 202
    assert records.times_stored(office.data_dir)[str(checkin_id)] == 1
    assert records.faults_of_the_database(office.data_dir) == []
