"""Three times as many check-ins as can be decided: the service stays quick, and refuses or defers the rest."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

from tests.conftest import Report
from tests.hostile.machine import slowness
from tests.hostile.office import Office
from tests.hostile.phone import Phone, Reply
from tests.hostile.running_service import RunningService
from tests.hostile.scale import Scale

TIMES = 3
WARM_UP = 20
UNLOADED = 40
CLIENTS_AT_CAPACITY = 4
CAPACITY_S = 5.0
CLIENTS = 64
HEALTH_EVERY_S = 0.1
HEALTH_WITHIN_S = 0.1
SLOWER_THAN_UNLOADED = 2.0


class Crowd:
    """Many phones, each with its own connection; whichever is free sends the next check-in."""

    def __init__(self, service: RunningService, office: Office, selfie: bytes) -> None:
        self._service = service
        self._office = office
        self._selfie = selfie
        self._sent = 0
        self._counting = threading.Lock()
        self._opened: list[Phone] = []
        self._own = threading.local()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for phone in self._opened:
            phone.close()

    def check_in(self) -> Reply:
        with self._counting:
            self._sent += 1
            number = self._sent
        if not hasattr(self._own, "phone"):
            tokens = self._office.tokens
            self._own.phone = Phone(self._service.port, tokens[number % len(tokens)])
            self._opened.append(self._own.phone)
        reply: Reply = self._own.phone.check_in(self._selfie + number.to_bytes(4, "big"), send_anyway=True)
        return reply

    def at_a_time(self, clients: int, seconds: float) -> list[Reply]:
        """Each client sends when it is answered."""
        until = time.monotonic() + seconds

        def keep_on(_: int) -> list[Reply]:
            replies = []
            while time.monotonic() < until:
                replies.append(self.check_in())
            return replies

        with ThreadPoolExecutor(clients) as threads:
            return [reply for replies in threads.map(keep_on, range(clients)) for reply in replies]

    def at_a_rate(self, per_s: float, seconds: float) -> list[Reply]:
        """Whether or not the earlier ones are answered."""
        begun = time.monotonic()
        sent: list[Future[Reply]] = []
        with ThreadPoolExecutor(CLIENTS) as threads:
            while (now := time.monotonic()) < begun + seconds:
                sent += [threads.submit(self.check_in) for _ in range(int((now - begun) * per_s) - len(sent))]
                time.sleep(0.005)
        return [reply.result() for reply in sent]


@contextmanager
def health_watched(service: RunningService) -> Iterator[dict[str, list[float]]]:
    """Seconds of each answer to /health/live and /health/ready."""
    taken: dict[str, list[float]] = {"live": [], "ready": []}
    stop = threading.Event()

    def watch() -> None:
        with Phone(service.port) as probe:
            while not stop.wait(HEALTH_EVERY_S):
                for which, seconds in taken.items():
                    reply = probe.get(f"/health/{which}")
                    assert reply.status == 200
                    seconds.append(reply.seconds)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()


@contextmanager
def quick_to_notice_answers() -> Iterator[None]:
    """Dozens of phones are threads of this process: what each waits for the others is not the service's."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def test_three_times_the_load_is_answered_quickly_or_refused(
    service: RunningService, office: Office, selfie: bytes, scale: Scale, report: Report
) -> None:
    slower = slowness()
    with Crowd(service, office, selfie) as crowd, quick_to_notice_answers():
        for _ in range(WARM_UP):
            crowd.check_in()
        unloaded = p95([crowd.check_in().seconds for _ in range(UNLOADED)])
        at_capacity = crowd.at_a_time(CLIENTS_AT_CAPACITY, CAPACITY_S)
        capacity_per_s = sum(reply.status == 201 for reply in at_capacity) / CAPACITY_S
        with health_watched(service) as health:
            replies = crowd.at_a_rate(TIMES * capacity_per_s, scale.overload_s)
    # Accepted: the service has them, and the phone can forget them.
    accepted = [reply.seconds for reply in replies if reply.status in {201, 202}]
    decided = [reply.seconds for reply in replies if reply.status == 201]
    answers = dict(Counter(reply.status for reply in replies))
    report(
        f"overload: {capacity_per_s:.1f} a second decided at capacity, "
        f"{len(replies) / scale.overload_s:.1f} sent, at slowness {slower:.1f}; answers {answers}"
    )
    report(
        f"overload: p95 unloaded {_ms(unloaded)}, accepted {_ms(p95(accepted))}, "
        f"of these decided at once {_ms(p95(decided))}"
    )
    for which, seconds in health.items():
        report(f"overload: /health/{which} p95 {_ms(p95(seconds))}, at most {_ms(max(seconds))}")
    assert {reply.status for reply in replies} <= {201, 202, 503}
    assert p95(accepted) < SLOWER_THAN_UNLOADED * unloaded
    assert max(health["live"] + health["ready"]) < HEALTH_WITHIN_S * slower


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
