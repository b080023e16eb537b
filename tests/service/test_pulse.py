from pathlib import Path

import pytest

from service import pulse
from service.db.session import Database
from service.pulse import Pulse
from service.storage_errors import StorageUnavailable


@pytest.fixture
def db(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'hadir.db'}")
    database.upgrade()
    return database


def test_nothing_beats_before_it_was_felt(db: Database) -> None:
    assert not Pulse(db).beats()


def test_a_database_that_answers_beats(db: Database) -> None:
    felt = Pulse(db)
    felt.feel()
    assert felt.beats()


def test_a_file_that_is_gone_is_seen_at_once(db: Database, tmp_path: Path) -> None:
    felt = Pulse(db)
    felt.feel()
    (tmp_path / "hadir.db").rename(tmp_path / "elsewhere.db")
    assert not felt.beats()


def test_a_database_that_fails_does_not_beat(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    felt = Pulse(db)
    felt.feel()
    with monkeypatch.context() as away:
        away.setattr(db, "ping", _fail)
        felt.feel()
    assert not felt.beats()
    felt.feel()
    assert felt.beats()


def test_a_database_that_hangs_does_not_beat(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    felt = Pulse(db)
    felt.feel()
    monkeypatch.setattr(pulse, "STALE_AFTER_S", 0.0)
    assert not felt.beats()


def _fail() -> None:
    raise StorageUnavailable
