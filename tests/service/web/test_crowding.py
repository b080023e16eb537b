import json
from collections.abc import AsyncIterator

import anyio
import pytest
from fastapi import FastAPI, Request
from starlette.types import Receive, Scope, Send

from service.settings import Settings
from service.web import crowding, problems
from service.web.crowding import CHECKINS, MOST_AT_ONCE, MOST_RECEIVED_FOR_LONG, Crowding
from tests.service.web.asgi import Answer, ask, http_scope, pieces, run

BODY = {"content-length": "3"}


class Office:
    """An application that answers when it is let, behind its door. `waiting`: of those inside."""

    def __init__(self) -> None:
        self.waiting = 0
        self.inside = 0
        self.open = anyio.Event()
        app = FastAPI()
        app.state.settings = Settings()
        problems.install(app)

        @app.api_route("/{path:path}", methods=["GET", "POST"])
        async def stay(request: Request) -> None:
            await request.body()
            self.inside += 1
            await self.open.wait()

        self.door = Crowding(app, waiting=lambda: self.waiting)
        self.answers: list[Answer] = []

    async def visit(self, path: str = "/x", *, method: str = "POST") -> None:
        headers = BODY if method == "POST" else {}
        self.answers.append(await ask(self.door, http_scope(path, headers, method), pieces(b"abc")))


async def fill(office: Office, number: int, entering: anyio.abc.TaskGroup, path: str = "/x") -> None:
    for _ in range(number):
        entering.start_soon(office.visit, path)
    while office.inside < number:
        await anyio.sleep(0)


def statuses(office: Office) -> list[int | None]:
    return [answer.status for answer in office.answers]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_more_than_can_be_worked_on_is_refused_at_once(method: str) -> None:
    async def scene() -> None:
        office = Office()
        async with anyio.create_task_group() as entering:
            await fill(office, MOST_AT_ONCE, entering)
            await office.visit(method=method)
            (refused,) = office.answers
            assert refused.status == 503
            assert json.loads(refused.body)["code"] == "overloaded"
            assert int(refused.headers["retry-after"]) > 0
            office.open.set()
        await office.visit()
        assert statuses(office) == [503] + [200] * (MOST_AT_ONCE + 1)

    run(scene)


def test_check_ins_beyond_what_is_received_at_once_are_refused_when_that_lasts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowding, "LONG_S", 0.0)

    async def scene() -> None:
        office = Office()
        async with anyio.create_task_group() as entering:
            await fill(office, MOST_RECEIVED_FOR_LONG, entering, CHECKINS)
            await anyio.sleep(0.01)
            await office.visit(CHECKINS)
            assert statuses(office) == [503]
            entering.start_soon(office.visit, "/api/login")
            while office.inside <= MOST_RECEIVED_FOR_LONG:
                await anyio.sleep(0)
            office.open.set()
        await office.visit(CHECKINS)
        assert statuses(office)[1:] == [200] * (MOST_RECEIVED_FOR_LONG + 2)

    run(scene)


def test_a_rush_that_does_not_last_is_let_in() -> None:
    async def scene() -> None:
        office = Office()
        async with anyio.create_task_group() as entering:
            await fill(office, 5 * MOST_RECEIVED_FOR_LONG, entering, CHECKINS)
            office.open.set()
        assert statuses(office) == [200] * (5 * MOST_RECEIVED_FOR_LONG)

    run(scene)


def test_those_who_only_wait_for_a_decision_crowd_nobody_out() -> None:
    async def scene() -> None:
        office = Office()
        async with anyio.create_task_group() as entering:
            await fill(office, MOST_AT_ONCE, entering)
            office.waiting = 1
            entering.start_soon(office.visit)
            while office.inside <= MOST_AT_ONCE:
                await anyio.sleep(0)
            office.open.set()
        assert statuses(office) == [200] * (MOST_AT_ONCE + 1)

    run(scene)


def test_a_body_that_is_still_being_sent_crowds_nobody_out() -> None:
    async def scene() -> None:
        office = Office()
        sent = anyio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"a"
            await sent.wait()

        async with anyio.create_task_group() as entering:
            for _ in range(MOST_AT_ONCE):
                entering.start_soon(ask, office.door, http_scope("/x", BODY), slowly())
            await anyio.sleep(0.01)
            entering.start_soon(office.visit)
            while not office.inside:
                await anyio.sleep(0)
            office.open.set()
            sent.set()
        assert statuses(office) == [200]

    run(scene)


def test_the_health_of_a_crowded_service_is_still_told() -> None:
    async def scene() -> None:
        office = Office()
        async with anyio.create_task_group() as entering:
            await fill(office, MOST_AT_ONCE, entering)
            entering.start_soon(lambda: office.visit("/health/live", method="GET"))
            while office.inside <= MOST_AT_ONCE:
                await anyio.sleep(0)
            office.open.set()
        assert 503 not in statuses(office)

    run(scene)


def test_what_is_no_request_passes() -> None:
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def scene() -> None:
        await Crowding(inner, waiting=lambda: 0)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]

    run(scene)
    assert seen == ["lifespan"]
