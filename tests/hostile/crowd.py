"""Many phones in a process of their own: `python -m tests.hostile.crowd`, the plan as JSON on standard input.

They send whether or not the earlier ones are answered, and each answer's time counts from when its check-in was
due. Prints what was answered, and how fast, as one JSON object.
"""

import asyncio
import base64
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count

from tests.hostile.phone import BOUNDARY, checkin_body, new_meta
from tests.hostile.running_service import HOST

WARM_UP = 20
REUSED_WITHIN_S = 2.0
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """`selfie` in base64. Alone: check-ins one after the other, before and after the capacity is measured."""

    port: int
    tokens: list[str]
    selfie: str
    alone: int
    clients_at_capacity: int
    capacity_s: float
    times: float
    overload_s: float


@dataclass
class Seen:
    """Of each check-in the status and the seconds until its answer."""

    alone: list[tuple[int, float]] = field(default_factory=list)
    at_capacity: list[tuple[int, float]] = field(default_factory=list)
    overloaded: list[tuple[int, float]] = field(default_factory=list)


class Crowd:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._selfie = base64.b64decode(plan.selfie)
        self._numbers: Iterator[int] = count()
        self._free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def check_in(self, due: float | None = None) -> tuple[int, float]:
        request = self._request()
        begun = time.monotonic() if due is None else due
        reader, writer = await self._connection()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        seconds = time.monotonic() - begun
        headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        await reader.readexactly(int(headers.get(b"content-length", b"0")))
        if headers.get(b"connection") == b"close":
            writer.close()
        else:
            self._free.append((time.monotonic(), reader, writer))
        return int(head.split(b" ", 2)[1]), seconds

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """One that was used just now, or a new one: the service closes those that are idle."""
        while self._free:
            since, reader, writer = self._free.pop()
            if time.monotonic() - since < REUSED_WITHIN_S:
                return reader, writer
            writer.close()
        return await asyncio.open_connection(HOST, self._plan.port)

    def _request(self) -> bytes:
        """From everybody in turn, each picture another."""
        number = next(self._numbers)
        body = checkin_body(self._selfie + number.to_bytes(4, "big"), new_meta(send_anyway=True))
        token = self._plan.tokens[number % len(self._plan.tokens)]
        head = (
            f"POST /api/checkins HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    async def one_after_the_other(self, check_ins: int) -> list[tuple[int, float]]:
        seen = []
        for _ in range(check_ins):
            seen.append(await self.check_in())
            await asyncio.sleep(PAUSE_S)
        return seen

    async def at_a_time(self, clients: int, seconds: float) -> list[tuple[int, float]]:
        """Each client sends when it is answered."""
        until = time.monotonic() + seconds

        async def keep_on() -> list[tuple[int, float]]:
            seen = []
            while time.monotonic() < until:
                seen.append(await self.check_in())
            return seen

        return [one for seen in await asyncio.gather(*(keep_on() for _ in range(clients))) for one in seen]

    async def at_a_rate(self, per_s: float, seconds: float) -> list[tuple[int, float]]:
        begun = time.monotonic()
        sent = []
        for number in range(int(per_s * seconds)):
            due = begun + number / per_s
            await asyncio.sleep(due - time.monotonic())
            sent.append(asyncio.create_task(self.check_in(due)))
        return list(await asyncio.gather(*sent))

    def close(self) -> None:
        for _, _, writer in self._free:
            writer.close()


async def run(plan: Plan) -> Seen:
    crowd = Crowd(plan)
    seen = Seen()
    await crowd.one_after_the_other(WARM_UP)
    seen.alone += await crowd.one_after_the_other(plan.alone // 2)
    seen.at_capacity = await crowd.at_a_time(plan.clients_at_capacity, plan.capacity_s)
    seen.alone += await crowd.one_after_the_other(plan.alone // 2)
    decided = sum(status == 201 for status, _ in seen.at_capacity)
    seen.overloaded = await crowd.at_a_rate(plan.times * decided / plan.capacity_s, plan.overload_s)
    crowd.close()
    return seen


if __name__ == "__main__":
    json.dump(asdict(asyncio.run(run(Plan(**json.load(sys.stdin))))), sys.stdout)
