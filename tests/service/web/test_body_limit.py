"""Bodies that are refused, on an application that only reads them. Slow ones: test_slow_clients.py."""

import json
from collections.abc import AsyncIterator

import anyio
import pytest
from fastapi import FastAPI, Request
from sqlalchemy.exc import OperationalError
from starlette.types import Scope

from service.settings import Settings
from service.web import problems
from service.web.body_limit import CHECKIN_BYTES, JSON_BYTES, BodyLimit
from service.web.json_depth import DEEPEST
from tests.service.web.asgi import Answer, ask, http_scope, pieces, run

reading = FastAPI()
reading.state.settings = Settings()
problems.install(reading)


@reading.post("/{path:path}")
async def length(request: Request) -> dict[str, int]:
    return {"length": len(await request.body())}


async def known(_: Scope) -> bool:
    return True


async def unknown(_: Scope) -> bool:
    return False


async def database_gone(_: Scope) -> bool:
    raise OperationalError("SELECT", {}, Exception())


def send(app: BodyLimit, path: str, *data: bytes, **headers: str) -> Answer:
    async def send_it() -> Answer:
        return await ask(app, http_scope(path, headers), pieces(*data))

    return run(send_it)


def code(answer: Answer) -> str:
    return str(json.loads(answer.body)["code"])


def test_a_body_within_the_limit_arrives_whole() -> None:
    answer = send(BodyLimit(reading, knows=known), "/api/login", b"ab", b"cde")
    assert json.loads(answer.body) == {"length": 5}


def test_what_a_body_held_is_free_again_after_its_answer() -> None:
    app = BodyLimit(reading, knows=known, held_bytes=JSON_BYTES)
    for _ in range(3):
        assert send(app, "/api/login", bytes(JSON_BYTES)).status == 200


def test_bodies_that_together_are_more_than_the_memory_for_them_are_refused_for_now() -> None:
    app = BodyLimit(reading, knows=known, held_bytes=100_000)

    async def send_two() -> list[Answer]:
        first_has_begun, second_is_answered = anyio.Event(), anyio.Event()
        answers: list[Answer] = []

        async def slow_body() -> AsyncIterator[bytes]:
            yield bytes(60_000)
            first_has_begun.set()
            await second_is_answered.wait()

        async def first() -> None:
            answers.append(await ask(app, http_scope("/api/login", {}), slow_body()))

        async with anyio.create_task_group() as both:
            both.start_soon(first)
            await first_has_begun.wait()
            answers.append(await ask(app, http_scope("/api/login", {}), pieces(bytes(60_000))))
            second_is_answered.set()
        return answers

    second, first = run(send_two)
    assert (second.status, code(second)) == (503, "overloaded")
    assert int(second.headers["retry-after"]) > 0
    assert first.status == 200


@pytest.mark.parametrize(
    "headers", [{"content-length": str(JSON_BYTES + 1)}, {"transfer-encoding": "chunked"}]
)
def test_a_large_body_of_a_stranger_is_refused_before_it_is_read(headers: dict[str, str]) -> None:
    answer = send(BodyLimit(reading, knows=unknown), "/api/checkins", b"", **headers)
    assert (answer.status, code(answer)) == (401, "not_signed_in")


def test_a_large_body_is_not_read_while_nobody_can_be_known() -> None:
    app = BodyLimit(reading, knows=database_gone)
    answer = send(app, "/api/checkins", b"", **{"content-length": str(JSON_BYTES + 1)})
    assert (answer.status, code(answer)) == (503, "storage_unavailable")


def test_a_small_body_needs_no_acquaintance() -> None:
    answer = send(BodyLimit(reading, knows=unknown), "/api/checkins", b"abc", **{"content-length": "3"})
    assert answer.status == 200


def test_a_body_that_grows_over_its_limit_is_refused() -> None:
    answer = send(BodyLimit(reading, knows=known), "/api/checkins", *[bytes(CHECKIN_BYTES // 2)] * 3)
    assert (answer.status, code(answer)) == (413, "too_large")


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    deep = b"[" * (DEEPEST + 1)
    answer = send(BodyLimit(reading, knows=known), "/api/login", deep, **{"content-type": "application/json"})
    assert (answer.status, code(answer)) == (422, "too_deep")


def test_a_picture_full_of_brackets_is_no_json() -> None:
    answer = send(
        BodyLimit(reading, knows=known), "/api/login", b"[" * 100, **{"content-type": "multipart/form-data"}
    )
    assert answer.status == 200
