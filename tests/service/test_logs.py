import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service import logs
from service.errors import UnknownEmployee
from service.logs import RequestLog

NIP = "197001011990031001"


@pytest.fixture(autouse=True)
def _loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in (*logs.OUR_LOGGERS, "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.NOTSET)
        logging.getLogger(name).propagate = True


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(RequestLog)

    @app.get("/employees/{nip}")
    def employee(nip: str) -> str:
        logging.getLogger("service.people").warning("looked up")
        return nip

    @app.get("/fails/{nip}")
    def fails(nip: str) -> None:
        raise LookupError(nip)

    @app.get("/health/live")
    def live() -> None:
        return None

    return TestClient(app, raise_server_exceptions=False)


def test_a_request_is_logged_by_its_template_and_never_by_its_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info")
    client().get(f"/employees/{NIP}?token=secret", headers={"User-Agent": "secret"})
    text = "\n".join(lines(capsys))
    assert "GET /employees/{nip} 200 " in text
    assert NIP not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", f"/nowhere/{NIP}", "GET unmatched 404"),
        ("DELETE", f"/employees/{NIP}", "DELETE /employees/{nip} 405"),
        (f"X{NIP}", "/", "OTHER unmatched 404"),
    ],
)
def test_what_nobody_answers_shows_nothing_either(
    capsys: pytest.CaptureFixture[str], method: str, path: str, said: str
) -> None:
    logs.configure("info")
    client().request(method, path)
    (line,) = lines(capsys)
    assert f"{said} " in line
    assert NIP not in line


def test_every_line_of_a_request_has_its_id_and_the_caller_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("info", "json")
    answers = [client().get(f"/employees/{NIP}", headers={"X-Request-ID": "mine"}) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert [json.loads(line)["request"] for line in lines(capsys)] == [ids[0]] * 2 + [ids[1]] * 2
    assert len({"mine", *ids}) == 3


def test_a_line_in_json_has_the_fields_of_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    client().get(f"/employees/{NIP}")
    entry = json.loads(lines(capsys)[-1])
    assert entry["level"] == "INFO"
    assert {name: entry[name] for name in ("method", "route", "status")} == {
        "method": "GET",
        "route": "/employees/{nip}",
        "status": 200,
    }
    assert entry["ms"] > 0
    assert entry["time"].endswith("Z")


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_failed_request_is_logged_as_500(capsys: pytest.CaptureFixture[str], form: logs.LogFormat) -> None:
    logs.configure("info", form)
    client().get(f"/fails/{NIP}")
    (line,) = lines(capsys)
    assert "GET /fails/{nip} 500 " in line
    assert NIP not in line


@pytest.mark.parametrize("form", ["plain", "json"])
def test_an_exception_is_logged_by_kind_and_place_without_its_text(
    capsys: pytest.CaptureFixture[str], form: logs.LogFormat
) -> None:
    logs.configure("info", form)
    try:
        try:
            int(NIP + "x")
        except ValueError as cause:
            raise KeyError(NIP) from cause
    except KeyError:
        logging.getLogger("service.people").exception("failed")
    text = "\n".join(lines(capsys))
    assert NIP not in text
    assert text.index("builtins.ValueError") < text.index("builtins.KeyError")
    assert "test_logs.py" in text


def test_the_code_of_our_own_errors_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    try:
        raise UnknownEmployee(nip=NIP)
    except UnknownEmployee:
        logging.getLogger("service.people").exception("failed")
    text = "\n".join(lines(capsys))
    assert "UnknownEmployee: unknown_employee" in text
    assert NIP not in text


def test_health_is_not_worth_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    client().get("/health/live")
    assert lines(capsys) == []


def test_libraries_are_heard_from_warnings_upwards(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    logging.getLogger("python_multipart.multipart").debug("the data: %s", NIP)
    logging.getLogger("uvicorn.access").info("GET /employees/%s", NIP)
    logging.getLogger("service.people").debug("ours")
    logging.getLogger("sqlalchemy.pool").warning("theirs")
    assert [line.split()[-1] for line in lines(capsys)] == ["ours", "theirs"]
