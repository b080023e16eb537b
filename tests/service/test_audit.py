import json
import multiprocessing
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from service import audit
from service.audit import Action, AuditKeys
from service.audit_verification import verify
from service.db.session import Database
from service.db.tables import AuditEntry, AuditHead, Employee
from service.errors import Json
from service.storage_errors import KeysRefused
from tests.service.trail import fill

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
KEYS = AuditKeys(b"s" * 32)
NIP = "198507122010011003"
PROCESSES, ENTRIES_EACH = 4, 25


def append(db: Database, subject: str = "checkin:1", facts: Mapping[str, Json] | None = None) -> int:
    with db.write() as session:
        return audit.append(
            session, KEYS, actor=7, action="verdict", subject=subject, facts=facts or {}, at=NOW
        )


def entries(db: Database) -> list[AuditEntry]:
    with db.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))


def test_an_entry_keeps_what_it_was_given(db: Database) -> None:
    append(
        db, "checkin:0a-1", {"status": "review", "reasons": ["no_match"], "similarity": 0.25, "late": None}
    )
    (entry,) = entries(db)
    assert (entry.sequence, entry.actor, entry.action, entry.subject) == (1, 7, "verdict", "checkin:0a-1")
    assert datetime.fromisoformat(entry.at) == NOW
    assert json.loads(entry.facts) == {
        "status": "review",
        "reasons": ["no_match"],
        "similarity": 0.25,
        "late": None,
    }


def test_a_hash_can_be_recomputed_from_the_row_by_anybody(db: Database) -> None:
    append(db)
    append(db, facts={"b": 1, "a": "x"})
    first, second = entries(db)
    columns = {
        "sequence": 2,
        "at": "2026-11-24T07:30:00.000000+00:00",
        "actor": 7,
        "action": "verdict",
        "subject": "checkin:1",
        "facts": '{"a":"x","b":1}',
    }
    canonical = json.dumps(columns, sort_keys=True, separators=(",", ":"))
    assert second.previous_hash == first.entry_hash
    assert second.entry_hash == sha256((first.entry_hash + canonical).encode()).hexdigest()
    assert first.previous_hash == "0" * 64


def test_numbers_have_no_gap_and_are_returned(db: Database) -> None:
    assert [append(db) for _ in range(3)] == [1, 2, 3]


def test_several_entries_of_one_transaction_follow_each_other(db: Database) -> None:
    fill(db, KEYS, 5)
    assert verify(db, KEYS).intact
    assert len(entries(db)) == 5


def test_an_entry_is_gone_with_its_fact(db: Database) -> None:
    def fail_halfway() -> None:
        with db.write() as session:
            session.add(Employee(nip="1", name="Siti", created_at=NOW))
            audit.append(session, KEYS, actor=None, action="enrolled", subject="employee:1", facts={}, at=NOW)
            raise RuntimeError

    append(db)
    with pytest.raises(RuntimeError):
        fail_halfway()
    append(db)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Employee)) == 0
    assert [entry.action for entry in entries(db)] == ["verdict", "verdict"]
    assert verify(db, KEYS).intact


def test_a_fact_that_the_database_refuses_leaves_no_entry(db: Database) -> None:
    def enrol() -> None:
        with db.write() as session:
            session.add(Employee(nip="1", name="Siti", created_at=NOW))
            audit.append(session, KEYS, actor=None, action="enrolled", subject="employee:1", facts={}, at=NOW)

    enrol()
    with pytest.raises(IntegrityError):
        enrol()
    assert len(entries(db)) == 1
    assert verify(db, KEYS).intact


def test_the_fact_is_written_before_the_head_is_held(db: Database) -> None:
    with db.write() as session:
        employee = Employee(nip="1", name="Siti", created_at=NOW)
        session.add(employee)
        audit.append(session, KEYS, actor=None, action="enrolled", subject="employee:1", facts={}, at=NOW)
        assert employee not in session.new


def test_an_entry_costs_one_read_one_insert_and_the_update_of_the_head(db: Database) -> None:
    append(db)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement.split()[0])

    with db.write() as session:
        event.listen(session.connection(), "before_cursor_execute", note)
        audit.append(session, KEYS, actor=1, action="verdict", subject="checkin:1", facts={}, at=NOW)
    assert statements == ["SELECT", "INSERT", "UPDATE"]


def append_in_a_process(url: str, process: int) -> None:
    database = Database(url)
    for number in range(ENTRIES_EACH):
        with database.write() as session:
            session.add(Employee(nip=f"{process}-{number}", name="Siti", created_at=NOW))
            audit.append(
                session, KEYS, actor=process, action="enrolled", subject="employee:1", facts={}, at=NOW
            )
    database.dispose()


def test_four_processes_write_one_chain(db: Database, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    url = f"sqlite:///{tmp_path / 'hadir.db'}"
    writers = [spawn.Process(target=append_in_a_process, args=(url, number)) for number in range(PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    found = verify(db, KEYS)
    assert found.intact
    assert found.entries == PROCESSES * ENTRIES_EACH


# --- what an entry may say


def test_an_action_that_does_not_exist_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="no action"), db.write() as session:
        audit.append(
            session, KEYS, actor=1, action=cast(Action, "gossip"), subject="employee:1", facts={}, at=NOW
        )


@pytest.mark.parametrize(
    "subject", ["checkin", "checkin:", ":1", "Siti:1", f"employee:{NIP}", "employee:Siti R"]
)
def test_a_subject_that_is_no_kind_and_id_or_names_a_person_is_refused(db: Database, subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        append(db, subject)


@pytest.mark.parametrize(
    "value",
    [
        "Siti Rahma",
        "siti@hadir.example",
        NIP,
        "x" * 201,
        "línea",
        ["Siti Rahma"],
        {"who": "Siti Rahma"},
        {"Siti Rahma": 1},
    ],
)
def test_facts_that_look_like_a_person_are_refused(db: Database, value: Json) -> None:
    with pytest.raises(ValueError, match="personal"):
        append(db, facts={"value": value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, int(NIP)])
def test_numbers_that_json_does_not_keep_are_refused(db: Database, value: float) -> None:
    with pytest.raises(ValueError, match="number"):
        append(db, facts={"value": value})


def test_facts_without_end_are_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="too many"):
        append(db, facts={"values": list(range(3000))})


@pytest.mark.parametrize(
    "value",
    ["", "no_match", "Asia/Jakarta", "https://hadir.example.go.id", "sface,dlib/1", "2026-11", "320101"],
)
def test_codes_times_and_addresses_of_pages_are_facts(db: Database, value: str) -> None:
    append(db, facts={"value": value})
    assert json.loads(entries(db)[0].facts) == {"value": value}


def test_a_pseudonym_may_be_a_subject_and_a_fact(db: Database) -> None:
    pseudonym = KEYS.pseudonym(NIP)
    append(db, f"nip:{pseudonym}", {"login": pseudonym})
    assert entries(db)[0].subject == f"nip:{pseudonym}"


def test_a_time_without_zone_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="without zone"), db.write() as session:
        audit.append(
            session,
            KEYS,
            actor=1,
            action="erased",
            subject="employee:1",
            facts={},
            at=NOW.replace(tzinfo=None),
        )


@given(a=st.datetimes(timezones=st.just(UTC)), b=st.datetimes(timezones=st.just(UTC)))
def test_the_texts_of_times_sort_as_the_times(a: datetime, b: datetime) -> None:
    assert (audit.moment(a) < audit.moment(b)) == (a < b)


def test_a_time_is_kept_in_utc() -> None:
    assert audit.moment(NOW.astimezone(timezone(timedelta(hours=9)))) == audit.moment(NOW)


# --- the secret


def test_a_pseudonym_is_the_same_each_time_and_another_for_each_value_and_installation() -> None:
    assert KEYS.pseudonym(NIP) == KEYS.pseudonym(NIP)
    others = {KEYS.pseudonym(NIP), KEYS.pseudonym(NIP[:-1]), AuditKeys(b"t" * 32).pseudonym(NIP)}
    assert len(others) == 3
    assert NIP not in KEYS.pseudonym(NIP)


@given(st.text())
def test_every_text_has_a_pseudonym(value: str) -> None:
    assert len(KEYS.pseudonym(value)) == 65


def test_a_pseudonym_can_not_be_had_for_the_mac_of_a_head() -> None:
    assert KEYS.pseudonym(f"1:{'0' * 64}") != f"~{KEYS.head_mac(1, '0' * 64)}"


def test_a_new_start_has_the_same_secret(tmp_path: Path) -> None:
    made = AuditKeys.load_or_create(tmp_path / "keys").pseudonym(NIP)
    assert AuditKeys.load_or_create(tmp_path / "keys").pseudonym(NIP) == made
    assert AuditKeys.load(tmp_path / "keys").pseudonym(NIP) == made


def test_nobody_else_can_read_the_secret_and_no_draft_stays(tmp_path: Path) -> None:
    AuditKeys.load_or_create(tmp_path / "keys")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    AuditKeys.load_or_create(tmp_path)
    (tmp_path / audit.SECRET_FILE).chmod(0o640)
    with pytest.raises(KeysRefused, match="chmod 600"):
        AuditKeys.load_or_create(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no hex", b"00", b"\xff\xfe"])
def test_a_damaged_secret_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / audit.SECRET_FILE
    file.touch(mode=0o600)
    file.write_bytes(content)
    with pytest.raises(KeysRefused, match=r"audit\.key"):
        AuditKeys.load_or_create(tmp_path)
    assert file.read_bytes() == content


def test_a_secret_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        AuditKeys.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_repr_shows_the_secret() -> None:
    assert "ss" not in repr(KEYS)


# --- the triggers


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 8",
        "DELETE FROM audit_entries",
        "INSERT OR REPLACE INTO audit_entries SELECT 1, at, 8, action, subject, facts, previous_hash, entry_hash"
        " FROM audit_entries",
        "INSERT INTO audit_entries SELECT * FROM audit_entries WHERE true"
        " ON CONFLICT (sequence) DO UPDATE SET actor = 8",
    ],
)
def test_the_database_refuses_to_change_an_entry(db: Database, statement: str) -> None:
    append(db)
    with pytest.raises(SQLAlchemyError, match="append-only"), db.write() as session:
        session.execute(text(statement))
    assert entries(db)[0].actor == 7


# --- a trail that somebody has been at


def set_head(db: Database, **values: object) -> None:
    with db.write() as session:
        session.execute(update(AuditHead).values(**values))


def test_a_forged_head_stops_no_fact_and_is_not_certified_by_the_next(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    fill(db, KEYS, 3)
    set_head(db, mac="00")
    assert append(db) == 4
    assert append(db) == 5
    assert [one.kind for one in verify(db, KEYS).breaks] == ["head_forged"]
    assert "audit verify" in caplog.text


def test_a_head_that_was_taken_back_to_the_beginning_does_not_begin_anew(db: Database) -> None:
    fill(db, KEYS, 3)
    set_head(db, sequence=0, entry_hash=audit.NOTHING, mac="")
    assert append(db) == 4
    assert [one.kind for one in verify(db, KEYS).breaks] == ["head_forged"]


def test_a_head_that_is_gone_stops_no_fact_and_is_not_certified_by_the_next(db: Database) -> None:
    fill(db, KEYS, 3)
    with db.write() as session:
        session.execute(text("DELETE FROM audit_head"))
    assert append(db) == 4
    assert append(db) == 5
    assert [one.kind for one in verify(db, KEYS).breaks] == ["head_forged"]


@pytest.mark.parametrize("mac", [b"\x00", 17, "ö"])
def test_a_head_of_another_type_stops_no_fact(db: Database, mac: object) -> None:
    fill(db, KEYS, 3)
    with db.write() as session:
        session.execute(text("UPDATE audit_head SET mac = :mac"), {"mac": mac})
    assert append(db) == 4


def test_a_secret_that_was_lost_stops_no_fact(db: Database) -> None:
    fill(db, AuditKeys(b"lost" * 8), 3)
    assert append(db) == 4
    assert [one.kind for one in verify(db, KEYS).breaks] == ["head_forged"]
