import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from service.settings import DATA_SET_VARIABLES, Settings, load_settings, variable
from service.storage_errors import SettingsRefused

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)


def documented_row(field: str) -> str:
    info = Settings.model_fields[field]
    default = "" if info.default in (None, PydanticUndefined) else info.default
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    return f"| `{variable(field)}` | {f'`{shown}`' if shown else ''} | {info.description} |"


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()
    assert settings.resolved_database_url == "sqlite:///data/hadir.db"
    assert settings.workers >= 1
    assert not settings.secure_cookies


def test_encoders_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADIR_ENCODERS", "sface, dlib")
    assert load_settings().encoders == ("sface", "dlib")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HADIR_ENCODERS", "sface,arcface", "unknown encoder 'arcface'; known are sface, dlib"),
        ("HADIR_ENCODERS", "dlib,dlib", "one or more different encoders"),
        ("HADIR_ENCODERS", "", "unknown encoder ''"),
        ("HADIR_TIME_ZONE", "Asia/Atlantis", "'Asia/Atlantis' is not an IANA time zone"),
        ("HADIR_TIME_ZONE", "../etc/passwd", "is not an IANA time zone"),
        ("HADIR_DATA_DIR", __file__, "is not a folder that this process can write to"),
        ("HADIR_WEIGHTS_DIR", "/nowhere/weights", "/nowhere/weights is not a folder"),
        ("HADIR_PUBLIC_URL", "hadir.example", "must be http:// or https://"),
        ("HADIR_PUBLIC_URL", "https://hadir.example/app", "without a path"),
        ("HADIR_DATABASE_URL", "mysql://u@db/x", "mysql is not supported"),
        ("HADIR_DATABASE_URL", "sqlite://", "names no database"),
        ("HADIR_PORT", "70000", "less than or equal to 65535"),
        ("HADIR_MATCH_THRESHOLD", "1.5", "less than or equal to 1"),
        ("HADIR_LANGUAGE", "xx", "'id' or 'en'"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused, match=rf"{name}: .*{re.escape(said)}"):
        load_settings()


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADIR_MATCH_TRESHOLD", "0.4")
    monkeypatch.setenv("HADIR_PORT", "http")
    with pytest.raises(SettingsRefused) as refused:
        load_settings()
    assert "HADIR_MATCH_TRESHOLD: there is no such setting" in str(refused.value)
    assert "HADIR_PORT: " in str(refused.value)


def test_an_unknown_variable_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADIR_WORKER", "2")
    with pytest.raises(SettingsRefused, match="HADIR_WORKER: there is no such setting"):
        load_settings()


def test_the_folders_of_the_test_photos_are_no_unknown_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DATA_SET_VARIABLES:
        monkeypatch.setenv(name, "/photos")
    load_settings()


def test_no_message_and_no_repr_shows_the_database_password(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "secret" not in repr(Settings(database_url="postgresql://hadir:secret@db/hadir"))
    monkeypatch.setenv("HADIR_DATABASE_URL", "oracle://hadir:secret@db/hadir")
    with pytest.raises(SettingsRefused) as refused:
        load_settings()
    assert "secret" not in str(refused.value)
    with pytest.raises(ValidationError) as invalid:
        Settings()
    assert "secret" not in str(invalid.value)


def test_nobody_idles_longer_than_a_session_lasts() -> None:
    with pytest.raises(ValidationError, match="HADIR_SESSION_MAX_H"):
        Settings(session_max_h=24)


def test_https_makes_the_cookies_secure() -> None:
    settings = Settings(public_url="https://hadir.example.go.id/")
    assert settings.secure_cookies
    assert settings.public_url == "https://hadir.example.go.id"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_the_readme_documents_every_setting(field: str) -> None:
    if not README.exists():
        pytest.skip("needs the README beside the code")
    assert documented_row(field) in README.read_text(encoding="utf-8").splitlines()


def test_the_readme_documents_no_setting_that_is_not_there() -> None:
    if not README.exists():
        pytest.skip("needs the README beside the code")
    documented = set(re.findall(r"^\| `(HADIR_\w+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented - DATA_SET_VARIABLES == {variable(field) for field in Settings.model_fields}
