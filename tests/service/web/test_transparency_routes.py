"""Public figures over HTTP: for everybody, kept by caches, and nothing but read."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from service import wiring
from service.app import create_app
from service.settings import Settings
from service.working_time import WorkingTime
from tests.service.org_tree import plant, put
from tests.service.web.page_source import PageSource


def made(tmp_path: Path, transparency: str) -> FastAPI:
    settings = Settings(data_dir=tmp_path, workers=1, transparency=transparency)
    app = create_app(settings)
    app.state.services = wiring.build(settings)
    return app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    app = made(tmp_path, "on")
    yield app
    app.state.services.close()


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def month(app: FastAPI) -> date:
    """Published: two agencies of twelve people, and one of three."""
    services: wiring.Services = app.state.services
    long_ago = services.clock() - timedelta(days=140)
    plant(services.db, {"A": None, "B": None, "=C": None}, long_ago)
    for unit, count in (("A", 12), ("B", 12), ("=C", 3)):
        for number in range(count):
            put(services.db, f"{unit}{number}", unit, long_ago)
    wanted = (services.clock() - timedelta(days=62)).date().replace(day=1)
    return services.transparency.publish(wanted).month


PATHS = ("/transparency", "/api/transparency", "/api/transparency?format=csv")


@pytest.mark.parametrize("path", PATHS)
def test_everybody_may_keep_it_and_no_cookie_is_set(visitor: TestClient, month: date, path: str) -> None:
    answer = visitor.get(path, headers={"cookie": "hadir_session=x; hadir_language=en"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert "set-cookie" not in answer.headers
    again = visitor.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert visitor.get(path, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_the_public_cannot_make_it_compute(
    visitor: TestClient, month: date, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computes")

    monkeypatch.setattr(WorkingTime, "months", refuse)
    sign = "&" if "?" in path else "?"
    assert visitor.get(f"{path}{sign}month={month:%Y-%m}").status_code == 200
    assert visitor.get(f"{path}{sign}month=2020-01").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_before_the_first_month_there_is_nothing(visitor: TestClient, path: str) -> None:
    assert visitor.get(path).status_code == 200
    assert visitor.get(path + ("&" if "?" in path else "?") + "month=2026-01").status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_an_operator_can_leave_it_off(tmp_path: Path, path: str) -> None:
    app = made(tmp_path, "off")
    assert TestClient(app).get(path).status_code == 404
    app.state.services.close()


def test_the_numbers_are_withheld_in_every_form(visitor: TestClient, month: date) -> None:
    answer = visitor.get("/api/transparency").json()
    hidden = {row["unit"] for row in answer["units"] if row["withheld"]}
    assert (answer["month"], "=C" in hidden) == (f"{month:%Y-%m}", True)
    table = list(
        csv.DictReader(io.StringIO(visitor.get("/api/transparency?format=csv").text.lstrip("\ufeff")))
    )
    assert {row["unit"].lstrip("'") for row in table if row["withheld"] == "1"} - {""} == hidden
    assert all(row["people"] == "" for row in table if row["withheld"] == "1")
    assert "'=C" in {row["unit"] for row in table}


@pytest.mark.parametrize(
    ("language", "heading"), [("id", "Kehadiran per OPD"), ("en", "Attendance by agency")]
)
def test_the_page_speaks_both_languages_without_a_script(
    visitor: TestClient, month: date, language: str, heading: str
) -> None:
    page = visitor.get("/transparency", headers={"accept-language": language})
    chosen = visitor.get(f"/transparency?language={language}", headers={"accept-language": "en"})
    assert f"<h1>{heading}</h1>" in page.text
    assert f"<h1>{heading}</h1>" in chosen.text
    assert page.headers["vary"].startswith("Accept-Language")
    source = PageSource(page.text)
    assert (source.faults, source.scripts) == ([], [])
