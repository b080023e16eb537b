"""A real database, real keys and a real evidence store for every test that asks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.audit import AuditKeys
from service.crypto import KeyRing
from service.db.session import Database
from service.evidence import EvidenceStore
from service.login_attempts import Delays


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    database.upgrade()
    database.keep_trail(AuditKeys.load_or_create(tmp_path / "keys"))
    yield database
    database.dispose()


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.load_or_create(tmp_path / "keys")


@pytest.fixture
def evidence(tmp_path: Path, ring: KeyRing) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence", ring)


@pytest.fixture
def delays() -> Delays:
    return Delays(AuditKeys(b"a" * 32))
