"""What a caller is told when the storage fails, on an application of its own."""

import sqlite3
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from service.settings import Settings
from service.web import problems


def answer_to(failure: Exception) -> tuple[int, str, str | None]:
    """Status, code and Retry-After of an endpoint that fails so."""
    app = FastAPI()
    app.state.settings = Settings()
    problems.install(app)

    @app.get("/")
    def fail() -> None:
        raise failure

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/")
    return answer.status_code, answer.json()["code"], answer.headers.get("retry-after")


def failure_of(file: Path, *statements: str) -> Exception:
    """What SQLAlchemy makes of SQLite's refusal of the last statement."""
    engine = create_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    except Exception as failure:
        return failure
    finally:
        engine.dispose()
    raise AssertionError("nothing failed")


def test_a_database_whose_disk_is_full_is_told_as_full(tmp_path: Path) -> None:
    full = failure_of(
        tmp_path / "small.db",
        "PRAGMA max_page_count = 2",
        "CREATE TABLE images (image BLOB)",
        "INSERT INTO images VALUES (zeroblob(100000))",
    )
    assert answer_to(full) == (503, "storage_full", str(problems.RETRY_AFTER_S))


def test_a_database_that_can_not_be_opened_is_told_as_unavailable(tmp_path: Path) -> None:
    gone = failure_of(tmp_path / "no folder" / "hadir.db", "SELECT 1")
    assert answer_to(gone) == (503, "storage_unavailable", str(problems.RETRY_AFTER_S))


@pytest.mark.parametrize(
    "failure", [NoConnectionFree("none free"), InterfaceError("SELECT", {}, sqlite3.InterfaceError())]
)
def test_no_connection_to_the_database_is_told_as_unavailable(failure: Exception) -> None:
    assert answer_to(failure)[:2] == (503, "storage_unavailable")


def test_a_fault_of_the_program_is_not_taken_for_one_of_the_storage() -> None:
    wrong = IntegrityError("INSERT", {}, sqlite3.IntegrityError())
    assert answer_to(wrong) == (500, "internal", None)
