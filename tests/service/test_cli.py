"""The command line, as its users and their scripts see it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from models.image import encode_jpeg
from service import cli_output
from service.audit import AuditKeys
from service.auth import Auth
from service.cli import main
from service.clock import utc_now
from service.db.session import Database
from service.db.tables import Account, Unit
from service.demo import relit
from service.settings import Settings
from tests.service.org_tree import plant

CHECKOUT = Path(__file__).resolve().parents[2]
Run = Callable[..., Result]
DutyOf = Callable[[str], tuple[str, str | None]]


def _run(data_dir: Path, *arguments: object, **environment: str) -> Result:
    env = {"HADIR_DATA_DIR": str(data_dir), "HADIR_WORKERS": "1"} | environment
    return CliRunner(env=env).invoke(main, [str(argument) for argument in arguments])


def _json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _one_line(result: Result) -> str:
    """The error of a command that failed as it should: one line on standard error, nothing on standard output."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    assert result.stdout == ""
    return line


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """In an installation of its own."""
    return lambda *arguments, **environment: _run(tmp_path / "data", *arguments, **environment)


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory, astronaut_png: bytes) -> Run:
    """In an installation with one person, enrolled. Tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("staffed")
    (folder / "photos" / "1").mkdir(parents=True)
    (folder / "photos" / "1" / "a.png").write_bytes(astronaut_png)
    report = _json(_run(folder / "data", "enrol", folder / "photos", "--create-missing", "--json"))
    assert report["created"] == ["1"]
    return lambda *arguments, **environment: _run(folder / "data", *arguments, **environment)


@pytest.fixture
def selfie(tmp_path: Path, astronaut_png: bytes) -> Path:
    path = tmp_path / "selfie.jpg"
    path.write_bytes(relit(astronaut_png))
    return path


@pytest.fixture
def wall(tmp_path: Path) -> Path:
    path = tmp_path / "wall.jpg"
    path.write_bytes(encode_jpeg(np.full((480, 360, 3), 160, np.uint8)))
    return path


# --- help


def test_help_loads_nothing_heavy() -> None:
    script = "import sys, service.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    heavy = {"cv2", "numpy", "sqlalchemy", "fastapi", "pydantic", "onnxruntime", "rich", "models"}
    assert heavy.isdisjoint(done.stdout.split())


def test_python_m_service_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "service", "--help"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    for command in ("serve", "init", "demo", "user", "enrol", "identify", "verify", "gallery", "reembed"):
        assert f"\n  {command} " in done.stdout


# --- init and user


def test_init_makes_keys_and_database_and_a_link_for_the_administrator(run: Run, tmp_path: Path) -> None:
    told = _json(run("init", "--json"))
    assert told["data_dir"] == str(tmp_path / "data")
    assert {path.name for path in (tmp_path / "data").iterdir()} >= {"hadir.db", "keys"}
    assert told["admin"]["setup_url"].startswith("http://127.0.0.1:8000/setup/")


def test_links_lead_to_the_public_address(run: Run) -> None:
    told = _json(run("init", "--json", HADIR_PUBLIC_URL="https://hadir.example.go.id"))
    assert told["admin"]["setup_url"].startswith("https://hadir.example.go.id/setup/")


def test_the_administrators_link_works_and_then_there_is_none(run: Run, tmp_path: Path) -> None:
    token = _json(run("init", "--json"))["admin"]["setup_url"].rpartition("/")[2]
    db = Database(f"sqlite:///{tmp_path / 'data' / 'hadir.db'}")
    db.keep_trail(AuditKeys.load(tmp_path / "data" / "keys"))
    with db.write() as session:
        account = Auth(Settings()).use_setup_link(session, token, "rahasia sekali", utc_now())
        assert (account.login, account.role) == ("admin", "admin")
    db.dispose()
    assert _json(run("init", "--json"))["admin"] is None
    assert "already" in run("init").stdout


def test_init_without_json_says_where_the_password_is_set(run: Run) -> None:
    assert "http://127.0.0.1:8000/setup/" in run("init").stdout


def test_a_user_is_added_with_a_link(run: Run) -> None:
    told = _json(run("user", "add", "Siti", "--role", "hr", "--json"))
    assert (told["login"], told["role"], told["nip"], told["unit"]) == ("siti", "hr", None, None)
    assert "/setup/" in told["setup_url"]


def test_a_user_may_be_a_new_employee(run: Run) -> None:
    _json(run("user", "add", "1", "--nip", "1", "--name", "Siti Rahmawati", "--json"))
    assert _json(run("gallery", "stats", "--json"))["employees"] == 1


def test_a_login_is_given_once(run: Run) -> None:
    run("user", "add", "siti", "--role", "hr")
    assert _one_line(run("user", "add", "siti", "--role", "auditor")) == (
        "Error: Another employee or account has this NIP."
    )


def test_a_user_of_an_unknown_employee_is_refused(run: Run) -> None:
    assert _one_line(run("user", "add", "x", "--role", "hr", "--nip", "9")) == (
        "Error: There is no employee with this NIP."
    )


@pytest.mark.parametrize(
    "arguments", [("siti",), ("siti", "--role", "hr", "--name", "Siti"), ("siti", "--role", "king")]
)
def test_a_user_command_that_makes_no_sense_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    assert run("user", "add", *arguments).exit_code == 2


@pytest.fixture
def duty(run: Run, tmp_path: Path) -> Iterator[DutyOf]:
    """Role and limit of an account, by its login; there is a unit KEC."""
    run("init")
    db = Database(f"sqlite:///{tmp_path / 'data' / 'hadir.db'}")
    plant(db, {"KEC": None}, utc_now())

    def told(login: str) -> tuple[str, str | None]:
        with db.read() as session:
            account = session.scalars(select(Account).where(Account.login == login)).one()
            limit = session.get(Unit, account.unit_id) if account.unit_id else None
            return account.role, limit.code if limit else None

    yield told
    db.dispose()


def test_a_user_may_be_limited_to_a_unit(run: Run, duty: DutyOf) -> None:
    assert _json(run("user", "add", "siti", "--role", "hr", "--unit", "KEC", "--json"))["unit"] == "KEC"
    assert duty("siti") == ("hr", "KEC")


def test_a_role_and_its_limit_are_changed(run: Run, duty: DutyOf) -> None:
    run("user", "add", "siti", "--role", "hr")
    assert run("user", "role", "siti", "auditor", "--unit", "KEC").stdout == "siti: auditor, limited to KEC\n"
    assert duty("siti") == ("auditor", "KEC")
    assert _json(run("user", "role", "siti", "auditor", "--json"))["unit"] is None
    assert duty("siti") == ("auditor", None)


def test_an_unknown_unit_is_refused_in_one_line(run: Run) -> None:
    assert _one_line(run("user", "add", "siti", "--role", "hr", "--unit", "NOTHING")) == (
        "Error: There is no unit with this code."
    )


def test_the_last_administrator_is_not_demoted(run: Run) -> None:
    run("init")
    assert _one_line(run("user", "role", "admin", "hr")).startswith("Error: There would be no administrator")


# --- enrol


def test_one_persons_photos_are_enrolled_by_nip(run: Run, selfie: Path, wall: Path) -> None:
    report = _json(run("enrol", selfie, wall, "--nip", "19850330 2003", "--create-missing", "--json"))
    assert report["enrolled"] == [
        {
            "nip": "198503302003",
            "template_photos": 1,
            "left_out": [{"name": "198503302003/wall.jpg", "problems": ["no_face"]}],
        }
    ]


def test_a_folder_of_one_persons_photos_is_enrolled_by_nip(run: Run, selfie: Path, tmp_path: Path) -> None:
    (tmp_path / "siti").mkdir()
    selfie.rename(tmp_path / "siti" / "a.jpg")
    report = _json(run("enrol", tmp_path / "siti", "--nip", "1", "--create-missing", "--json"))
    assert [person["nip"] for person in report["enrolled"]] == ["1"]


def test_a_zip_is_enrolled_and_what_is_not_used_is_listed(
    run: Run, selfie: Path, wall: Path, tmp_path: Path
) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(selfie, "1/a.jpg")
        archive.write(wall, "2/a.jpg")
        archive.write(wall, "../3/a.jpg")
        archive.write(wall, "Bu [bold]Ani/a.jpg")
    result = run("enrol", path, "--create-missing")
    assert result.exit_code == 0
    assert "1 enrolled (1 new on the roster), 0 already enrolled by these photos, 1 refused." in result.stdout
    for words in ("No face was found", "The name leads outside", "Bu [bold]Ani/a.jpg", "not a NIP"):
        assert words in result.stdout


def test_who_is_not_on_the_roster_is_not_enrolled_unasked(run: Run, selfie: Path) -> None:
    result = run("enrol", selfie, "--nip", "1")
    assert result.exit_code == 1
    assert "There is no employee with this NIP." in result.stdout
    assert result.stderr == "Error: Nobody was enrolled.\n"


def test_enrolling_again_changes_nothing(staffed: Run, tmp_path: Path, astronaut_png: bytes) -> None:
    (tmp_path / "a.png").write_bytes(astronaut_png)
    report = _json(staffed("enrol", tmp_path / "a.png", "--nip", "1", "--json"))
    assert (report["enrolled"], report["skipped"]) == ([], ["1"])


def test_the_same_face_under_another_nip_is_refused_with_whose_it_is(staffed: Run, selfie: Path) -> None:
    result = staffed("enrol", selfie, "--nip", "2", "--create-missing")
    assert result.exit_code == 1
    assert "looks like that of another employee. 1 1 (0." in result.stdout


def test_what_is_no_zip_is_refused_in_one_line(run: Run, selfie: Path) -> None:
    assert _one_line(run("enrol", selfie)) == "Error: The file is not a ZIP that can be read."


def test_what_is_no_nip_is_refused_in_one_line(run: Run, selfie: Path) -> None:
    assert _one_line(run("enrol", selfie, "--nip", "a/b")) == "Error: This is not a NIP."


def test_several_folders_without_a_nip_are_a_usage_error(run: Run, tmp_path: Path, selfie: Path) -> None:
    assert run("enrol", tmp_path, selfie).exit_code == 2


# --- identify, verify, gallery


def test_a_selfie_is_identified(staffed: Run, selfie: Path) -> None:
    told = _json(staffed("identify", selfie, "--json"))
    (candidate,) = told["candidates"]
    assert (candidate["nip"], candidate["match"]) == ("1", True)
    assert candidate["similarity"] > candidate["threshold"]
    assert "yes" in staffed("identify", selfie).stdout


def test_with_nobody_enrolled_nobody_is_found(run: Run, selfie: Path) -> None:
    assert _json(run("identify", selfie, "--json"))["candidates"] == []
    assert run("identify", selfie).stdout == "Nobody is enrolled.\n"


def test_a_selfie_is_verified(staffed: Run, selfie: Path) -> None:
    told = _json(staffed("verify", "1", selfie, "--json"))
    assert (told["nip"], told["verdict"], told["rival"]) == ("1", "match", None)
    assert staffed("verify", "1", selfie).stdout.startswith("match: similarity 0.")


def test_a_higher_threshold_is_obeyed(staffed: Run, selfie: Path) -> None:
    told = _json(staffed("verify", "1", selfie, "--json", HADIR_MATCH_THRESHOLD="0.9999"))
    assert told["verdict"] == "no_match"


def test_who_is_unknown_or_not_enrolled_can_not_be_verified(run: Run, selfie: Path) -> None:
    assert _one_line(run("verify", "1", selfie)) == "Error: There is no employee with this NIP."
    run("user", "add", "1", "--nip", "1", "--name", "Siti")
    assert _one_line(run("verify", "1", selfie)) == "Error: This employee is not enrolled."


def test_a_photo_without_a_face_is_said_to_have_none(run: Run, wall: Path) -> None:
    assert _one_line(run("identify", wall)) == "Error: No face was found in the photo."


def test_a_file_that_is_no_photo_is_said_to_be_none(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("not a photo")
    assert (
        _one_line(run("identify", tmp_path / "a.jpg"))
        == "Error: This file is not a photo that can be read here."
    )


def test_the_gallery_is_summed_up(staffed: Run) -> None:
    stats = _json(staffed("gallery", "stats", "--json"))
    assert (stats["employees"], stats["enrolled"], stats["photos"]) == (1, 1, 1)
    assert stats["templates"] == {stats["encoders"]: 1}
    assert "1 of 1 employees are enrolled" in staffed("gallery", "stats").stdout


def test_other_encoders_are_refused_until_the_templates_are_made_anew(
    run: Run, selfie: Path, tmp_path: Path
) -> None:
    _json(run("enrol", selfie, "--nip", "1", "--create-missing", "--json"))
    assert "HADIR_ENCODERS" in _one_line(run("identify", selfie, HADIR_ENCODERS="dlib"))
    assert _json(run("reembed", "--json", HADIR_ENCODERS="dlib")) == {
        "renewed": 1,
        "skipped": 0,
        "failed": [],
    }
    assert _json(run("verify", "1", selfie, "--json", HADIR_ENCODERS="dlib"))["verdict"] == "match"
    assert "1 were there" in run("reembed", HADIR_ENCODERS="dlib").stdout
    assert _json(run("verify", "1", selfie, "--json"))["verdict"] == "match"


# --- demo


def test_the_demonstration_speaks_json(run: Run, tmp_path: Path) -> None:
    told = _json(run("demo", "--json"))
    assert (told["enrolled"], told["genuine"]["matched"]) == (1, 1)
    assert not (tmp_path / "data").exists()


# --- errors


def test_a_wrong_setting_is_named_in_one_line(run: Run) -> None:
    assert "HADIR_PORT" in _one_line(run("init", HADIR_PORT="eighty"))


def test_a_data_folder_that_can_not_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "file" in _one_line(_run(tmp_path / "file" / "data", "init"))


def test_a_database_that_is_none_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("this is no database" * 100)
    assert "database" in _one_line(run("init", HADIR_DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}"))


def test_a_fault_of_the_program_keeps_its_traceback() -> None:
    assert cli_output.explained(KeyError("a bug")) is None


def test_every_reason_of_a_refused_file_has_words() -> None:
    reasons = (
        "unsafe_path link encrypted too_many_bytes not_a_photo not_in_nip_folder bad_nip too_many_photos no_photos"
        " unknown_employee looks_like_someone same_photo not_one_person no_usable_photo no_face many_faces"
        " engine_failed evidence_missing seal_broken image_damaged blurred"
    )
    for reason in reasons.split():
        assert cli_output.in_words(reason) != reason


def test_progress_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with cli_output.progress("Working") as update:
        update(1, 2)
    assert capsys.readouterr() == ("", "")


# --- serve


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def server(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"HADIR_DATA_DIR": str(tmp_path / "data"), "HADIR_WORKERS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", str(port)],
        cwd=CHECKOUT,
        env=environment,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.communicate()


def _answers(port: int, within_s: float) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def test_the_service_answers_and_ends_when_it_is_told_to(server: subprocess.Popen[bytes], port: int) -> None:
    assert _answers(port, within_s=60)
    server.send_signal(signal.SIGTERM)
    _, log = server.communicate(timeout=30)
    assert b"Traceback" not in log
    assert b"/health/live HTTP" not in log


def test_the_service_says_in_one_line_why_it_does_not_start(staffed: Run) -> None:
    assert "HADIR_ENCODERS" in _one_line(staffed("serve", HADIR_ENCODERS="sface"))
