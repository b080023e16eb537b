"""Three times as many check-ins as can be decided: the service stays quick, and refuses or defers the rest."""

import base64
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import pytest

from tests.conftest import Report
from tests.hostile.crowd import Plan, Seen
from tests.hostile.machine import slowness
from tests.hostile.office import Office
from tests.hostile.phone import Phone
from tests.hostile.running_service import ROOT, RunningService, plain_environment
from tests.hostile.scale import Scale

TIMES = 3
ALONE = 60
CLIENTS_AT_CAPACITY = 4
CAPACITY_S = 5.0
HEALTH_EVERY_S = 0.1
HEALTH_WITHIN_S = 0.1
SLOWER_THAN_ALONE = 2.0


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


def crowd(plan: Plan) -> Seen:
    """In a process of its own: what its phones wait for each other is not the service's."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.hostile.crowd"],
        input=json.dumps(asdict(plan)),
        cwd=ROOT,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Seen(**json.loads(ran.stdout))


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


@pytest.mark.alone
def test_three_times_the_load_is_answered_quickly_or_refused(
    service: RunningService, office: Office, selfie: bytes, scale: Scale, report: Report
) -> None:
    slower = slowness()
    plan = Plan(
        port=service.port,
        tokens=list(office.tokens),
        selfie=base64.b64encode(selfie).decode(),
        alone=ALONE,
        clients_at_capacity=CLIENTS_AT_CAPACITY,
        capacity_s=CAPACITY_S,
        times=TIMES,
        overload_s=scale.overload_s,
    )
    with health_watched(service) as health:
        seen = crowd(plan)
    alone = p95([seconds for _, seconds in seen.alone])
    # Accepted: the service has them, and the phone can forget them.
    accepted = [seconds for status, seconds in seen.overloaded if status in {201, 202}]
    answers = dict(Counter(status for status, _ in seen.overloaded))
    report(
        f"overload: {len(seen.at_capacity) / CAPACITY_S:.1f} a second decided at capacity, "
        f"{len(seen.overloaded) / scale.overload_s:.1f} sent, at slowness {slower:.1f}; answers {answers}"
    )
    report(
        f"overload: p95 alone {_ms(alone)}, accepted {_ms(p95(accepted))}, which is "
        f"{p95(accepted) / alone:.2f} times as long; median {_ms(sorted(accepted)[len(accepted) // 2])}"
    )
    for which, seconds in health.items():
        report(f"overload: /health/{which} p95 {_ms(p95(seconds))}, at most {_ms(max(seconds))}")
    assert set(answers) <= {201, 202, 503}
    assert p95(accepted) < SLOWER_THAN_ALONE * alone
    assert max(health["live"] + health["ready"]) < HEALTH_WITHIN_S * slower


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
