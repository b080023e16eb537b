"""Which keys a start takes, and which it refuses to start with."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from service.audit_notes import note
from service.crypto import KeyRing, ring_json
from service.db.session import Database
from service.evidence import EvidenceStore
from service.settings import Settings
from service.storage_errors import KeysRefused
from service.stored_keys import load_audit_keys, load_ring
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee, enrol, unit_vector

MINE = b"mine"
OF_THE_ENVIRONMENT = SecretStr(ring_json({MINE: b"m" * 32}, MINE).decode())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an installation in the folder that the other fixtures use."""
    return Settings(data_dir=tmp_path)


def enrol_somebody(db: Database, ring: KeyRing, clock: FakeClock) -> None:
    enrol(db, ring, add_employee(db, "1", clock()), unit_vector(1), clock())


def test_the_first_start_makes_keys(settings: Settings, db: Database) -> None:
    ring = load_ring(settings, db)
    assert load_ring(settings, db).ids == ring.ids
    assert (settings.keys_dir / "keys.json").is_file()


def test_lost_keys_refuse_the_start_while_there_are_templates(
    settings: Settings, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    enrol_somebody(db, ring, clock)
    (settings.keys_dir / "keys.json").unlink()
    with pytest.raises(KeysRefused, match=r"keys\.json is missing, but there are templates"):
        load_ring(settings, db)
    assert not (settings.keys_dir / "keys.json").exists()


def test_lost_keys_refuse_the_start_while_there_are_images(
    settings: Settings, db: Database, evidence: EvidenceStore
) -> None:
    evidence.put("photos/1", b"a face")
    (settings.keys_dir / "keys.json").unlink()
    with pytest.raises(KeysRefused, match="is missing"):
        load_ring(settings, db)


def test_the_keys_of_another_installation_refuse_the_start(
    settings: Settings, db: Database, clock: FakeClock
) -> None:
    enrol_somebody(db, KeyRing({b"else": b"e" * 32}, b"else"), clock)
    with pytest.raises(KeysRefused, match="None of the stored templates"):
        load_ring(settings.model_copy(update={"keys": OF_THE_ENVIRONMENT}), db)


def test_keys_of_the_environment_need_no_file(settings: Settings, db: Database, clock: FakeClock) -> None:
    chosen = settings.model_copy(update={"keys": OF_THE_ENVIRONMENT})
    ring = load_ring(chosen, db)
    assert ring.current == MINE
    enrol_somebody(db, ring, clock)
    assert load_ring(chosen, db).ids == {MINE}
    assert not (settings.keys_dir / "keys.json").exists()


def test_the_first_start_makes_the_audit_trails_secret(settings: Settings, db: Database) -> None:
    (settings.keys_dir / "audit.key").unlink()
    load_audit_keys(settings, db)
    assert (settings.keys_dir / "audit.key").stat().st_mode & 0o777 == 0o600


def test_a_lost_secret_refuses_the_start_while_there_is_a_trail(
    settings: Settings, db: Database, clock: FakeClock
) -> None:
    with db.write() as session:
        note(session, "unit_added", "unit:1", by=None, at=clock())
    (settings.keys_dir / "audit.key").unlink()
    with pytest.raises(KeysRefused, match="audit trail that was written with it"):
        load_audit_keys(settings, db)
    assert not (settings.keys_dir / "audit.key").exists()
