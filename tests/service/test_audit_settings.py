import json

from sqlalchemy import select

from service.audit_settings import note_settings
from service.db.session import Database
from service.db.tables import AuditEntry
from service.settings import Settings
from tests.service.conftest import FakeClock


def noted(db: Database) -> list[dict[str, object]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "setting_changed"))
        return [json.loads(row.facts) for row in rows]


def test_settings_are_noted_when_they_are_others_than_before(db: Database, clock: FakeClock) -> None:
    for threshold in (None, None, 0.7, 0.7, None):
        note_settings(db, Settings(match_threshold=threshold), clock())
    assert [one["match_threshold"] for one in noted(db)] == [None, 0.7, None]


def test_where_checkpoints_go_is_not_told(db: Database, clock: FakeClock) -> None:
    note_settings(db, Settings(checkpoint_to="https://user:secret@example.org"), clock())
    (facts,) = noted(db)
    assert facts["checkpoints_exported"] is True
    assert "secret" not in json.dumps(facts)
