import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError

import pytest
from sqlalchemy import text

from service.audit import AuditKeys
from service.audit_checkpoints import Checkpoint, SigningKey, read_from
from service.audit_notes import note
from service.audit_schedule import CheckpointExport
from service.db.session import Database
from service.storage_errors import TrailBroken
from tests.service.conftest import FakeClock


@pytest.fixture
def signing(tmp_path: Path) -> SigningKey:
    return SigningKey.load_or_create(tmp_path / "keys")


class Collector:
    """Stands at the other end of the line: keeps what is posted to it, and answers as it is told to."""

    def __init__(self) -> None:
        self.status = 204
        self.received: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.received.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(collector.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/checkpoints"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def export_to(
    target: str, db: Database, signing: SigningKey, tmp_path: Path, clock: FakeClock
) -> CheckpointExport:
    return CheckpointExport(db, AuditKeys.load(tmp_path / "keys"), signing, target, clock=clock)


def do_something(db: Database, clock: FakeClock) -> None:
    with db.write() as session:
        note(session, "unit_added", "unit:1", by=None, at=clock())


def change_the_past(db: Database) -> None:
    with db.write() as session:
        session.execute(text("DROP TRIGGER audit_entries_no_update"))
        session.execute(text("UPDATE audit_entries SET entry_hash = subject WHERE sequence = 1"))


def test_each_export_adds_a_line_to_the_file(
    db: Database, signing: SigningKey, tmp_path: Path, clock: FakeClock
) -> None:
    file = tmp_path / "checkpoints.jsonl"
    export = export_to(str(file), db, signing, tmp_path, clock)
    for _ in range(2):
        do_something(db, clock)
        export.run()
    assert [one.sequence for one in read_from(file, signing)] == [1, 2]


def test_an_export_is_posted_to_an_address(
    db: Database, signing: SigningKey, tmp_path: Path, clock: FakeClock, collector: Collector
) -> None:
    do_something(db, clock)
    taken = export_to(collector.address, db, signing, tmp_path, clock).run()
    (line,) = collector.received
    assert Checkpoint.from_line(line) == taken
    assert signing.signed(taken)
    assert json.loads(line)["checkpoint"]["sequence"] == 1


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_does_not_take_it_is_an_error(
    db: Database,
    signing: SigningKey,
    tmp_path: Path,
    clock: FakeClock,
    collector: Collector,
    status: int,
) -> None:
    collector.status = status
    with pytest.raises(HTTPError):
        export_to(collector.address, db, signing, tmp_path, clock).run()
    assert len(collector.received) == 1


def test_a_trail_that_lost_what_was_posted_is_not_certified(
    db: Database, signing: SigningKey, tmp_path: Path, clock: FakeClock, collector: Collector
) -> None:
    export = export_to(collector.address, db, signing, tmp_path, clock)
    do_something(db, clock)
    export.run()
    do_something(db, clock)
    change_the_past(db)
    with pytest.raises(TrailBroken):
        export.run()
    assert len(collector.received) == 1
