"""What is in the data folder, read while the service runs or after it was killed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from service import wiring
from service.audit import AuditKeys
from service.audit_verification import verify
from service.settings import Settings


@contextmanager
def database(data_dir: Path) -> Iterator[sqlite3.Connection]:
    with closing(
        sqlite3.connect(f"file:{data_dir / 'hadir.db'}?mode=ro", uri=True, timeout=30)
    ) as connection:
        yield connection


def times_stored(data_dir: Path) -> dict[str, int]:
    """How many rows each check-in has, by its id."""
    with database(data_dir) as connection:
        return dict(connection.execute("SELECT id, count(*) FROM checkins GROUP BY id"))


def undecided(data_dir: Path) -> int:
    with database(data_dir) as connection:
        found: int = connection.execute("SELECT count(*) FROM checkins WHERE status = 'received'").fetchone()[
            0
        ]
        return found


def faults_of_the_database(data_dir: Path) -> list[str]:
    """As SQLite sees it itself; none when it is whole."""
    with database(data_dir) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        found += [f"foreign key of {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")]
    return [fault for fault in found if fault != "ok"]


def breaks_of_the_trail(data_dir: Path) -> list[str]:
    settings = Settings(data_dir=data_dir)
    with closing(wiring.build(settings)) as services:
        keys = AuditKeys.load_or_create(settings.keys_dir)
        return [str(found) for found in verify(services.db, keys).breaks]


def decided_without_their_entry(data_dir: Path) -> list[str]:
    """The check-ins that are decided and have not just one decision in the trail."""
    with database(data_dir) as connection:
        return [
            str(checkin_id)
            for (checkin_id,) in connection.execute(
                "SELECT id FROM checkins WHERE status != 'received' AND 1 != (SELECT count(*) FROM audit_entries"
                " WHERE action = 'decision' AND subject = 'checkin:' || checkins.id)"
            )
        ]


def selfies(data_dir: Path) -> dict[str, bytes]:
    """The image of each check-in, opened. Raises when one is missing or does not open."""
    with closing(wiring.build(Settings(data_dir=data_dir))) as services, database(data_dir) as connection:
        rows = connection.execute("SELECT id, selfie_key FROM checkins")
        return {str(checkin_id): services.evidence.get(key) for checkin_id, key in rows}


def evidence_files(data_dir: Path) -> list[Path]:
    """Everything below the folder of evidence that is no folder, drafts included."""
    return [path for path in (data_dir / "evidence").rglob("*") if path.is_file()]
