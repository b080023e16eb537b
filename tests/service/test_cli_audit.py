import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from service.audit import AuditKeys
from service.audit_checkpoints import SigningKey
from service.cli_audit import audit
from service.db.session import Database
from tests.service.trail import Intruder, fill


@pytest.fixture(autouse=True)
def installation(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AuditKeys:
    """What a first start makes, with five entries in the trail."""
    keys = AuditKeys.load_or_create(tmp_path / "keys")
    SigningKey.load_or_create(tmp_path / "keys")
    monkeypatch.setenv("HADIR_DATA_DIR", str(tmp_path))
    fill(db, keys, 5)
    return keys


@pytest.fixture
def intruder(tmp_path: Path) -> Iterator[Intruder]:
    intruder = Intruder(tmp_path)
    yield intruder
    intruder.close()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(audit, [str(argument) for argument in arguments])


def test_an_intact_trail_is_said_to_be_so() -> None:
    result = run("verify")
    assert result.exit_code == 0
    assert result.output == (
        "5 entries, from 2026-11-24T00:31:00.000000+00:00 to 2026-11-24T00:35:00.000000+00:00.\n"
        "0 decided check-ins compared with the trail.\n"
        "Nothing was changed.\n"
    )


def test_a_program_gets_the_same_in_json() -> None:
    result = run("verify", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "intact": True,
        "entries": 5,
        "began_at": "2026-11-24T00:31:00.000000+00:00",
        "ended_at": "2026-11-24T00:35:00.000000+00:00",
        "checkpoints": 0,
        "breaks_found": 0,
        "breaks": [],
        "decisions": {
            "checked": 0,
            "before_the_trail": 0,
            "found": 0,
            "changed": [],
            "unwritten": [],
            "deleted": [],
        },
    }


def test_a_change_is_told_and_ends_the_command_with_a_code_of_its_own(intruder: Intruder) -> None:
    intruder.change("actor", 99, 2)
    intruder.run("DELETE FROM audit_entries WHERE sequence >= 4")
    result = run("verify")
    assert result.exit_code == 3
    assert "Nothing was changed" not in result.output
    lines = result.output.splitlines()
    assert any("2" in line and "changed after it was written" in line for line in lines)
    assert any("4-5" in line and "cut off" in line for line in lines)


def test_a_program_gets_the_breaks(intruder: Intruder) -> None:
    intruder.run("DELETE FROM audit_entries WHERE sequence = 2")
    result = run("verify", "--json")
    assert result.exit_code == 3
    found = json.loads(result.output)
    assert found["intact"] is False
    assert found["breaks"] == [{"kind": "deleted", "first": 2, "last": 2, "origin": None}]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_entries SET sequence = -sequence WHERE sequence = 3", "not written by the service"),
        ("UPDATE audit_entries SET sequence = 6 WHERE sequence = 3", "moved here from number 3"),
        ("UPDATE audit_head SET mac = ''", "head row was not written"),
        ("DELETE FROM audit_head", "head row is gone"),
    ],
)
def test_every_break_has_its_words(intruder: Intruder, statement: str, words: str) -> None:
    intruder.run(statement)
    assert words in run("verify").output


def test_a_long_list_is_cut(intruder: Intruder, db: Database, installation: AuditKeys) -> None:
    fill(db, installation, 30)
    intruder.run("UPDATE audit_entries SET actor = 99")
    assert "and 15 more" in run("verify").output


def test_a_checkpoint_is_added_to_a_file_and_verified_from_it(tmp_path: Path) -> None:
    assert run("checkpoint", "-o", tmp_path / "log").exit_code == 0
    assert run("checkpoint", "-o", tmp_path / "log").exit_code == 0
    result = run("verify", "--checkpoint", tmp_path / "log")
    assert result.exit_code == 0
    assert "Compared with 2 checkpoints." in result.output


def test_a_checkpoint_finds_a_trail_that_was_taken_back(
    intruder: Intruder, db: Database, installation: AuditKeys, tmp_path: Path
) -> None:
    earlier = intruder.rows(), intruder.head()
    fill(db, installation, 3)
    run("checkpoint", "-o", tmp_path / "log")
    intruder.put(*earlier)
    assert run("verify").exit_code == 0
    result = run("verify", "--checkpoint", tmp_path / "log")
    assert result.exit_code == 3
    assert "6-8" in result.output


def test_a_checkpoint_says_what_it_signed(tmp_path: Path) -> None:
    assert "entry 5" in run("checkpoint", "-o", tmp_path / "log").output
    assert json.loads(run("checkpoint", "-o", tmp_path / "log", "--json").output)["sequence"] == 5


def test_a_checkpoint_can_be_piped_to_another_machine(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(run("checkpoint", "-o", "-").output)
    assert run("verify", "--checkpoint", tmp_path / "log").exit_code == 0


def test_a_changed_trail_gets_no_checkpoint(intruder: Intruder, tmp_path: Path) -> None:
    intruder.run("DELETE FROM audit_entries WHERE sequence = 5")
    result = run("checkpoint", "-o", tmp_path / "log")
    assert result.exit_code == 1
    assert "hadir audit verify" in result.output
    assert not (tmp_path / "log").exists()


def test_a_file_that_is_no_checkpoint_is_not_compared_with(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("minutes of the meeting\n")
    result = run("verify", "--checkpoint", tmp_path / "log")
    assert result.exit_code == 1
    assert "line 1: this is no checkpoint" in result.output


def test_the_public_key_is_printed_for_others() -> None:
    load_pem_public_key(run("public-key").output.encode())


def test_another_folder_does_not_verify_and_nothing_is_made_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HADIR_DATA_DIR", str(tmp_path / "misspelled"))
    result = run("verify")
    assert result.exit_code == 1
    assert "audit.key" in result.output
    assert not (tmp_path / "misspelled").exists()


def test_a_database_without_a_trail_does_not_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADIR_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    result = run("verify")
    assert result.exit_code == 1
    assert "database can't be used" in result.output
