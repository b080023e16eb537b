"""The only process that reads faces is killed or hangs, while people wait for its answer."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import Report
from tests.hostile.machine import slowness
from tests.hostile.office import Office, make_office
from tests.hostile.phone import Phone, Reply
from tests.hostile.running_service import RunningService
from tests.hostile.scale import Scale

CLIENTS = 2
BACK_WITHIN_S = 3.0
DEADLINE_S = 4


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("office") / "data", CLIENTS)


@pytest.fixture(scope="module")
def service(office: Office) -> Iterator[RunningService]:
    """One worker: without it nobody is answered at once."""
    running = RunningService(office.data_dir, workers=1, inference_deadline_s=DEADLINE_S)
    try:
        running.start_until_ready()
        yield running
    finally:
        running.stop()


@contextmanager
def people_checking_in(service: RunningService, office: Office, selfie: bytes) -> Iterator[list[Reply]]:
    """Without a pause, each after their last answer."""
    replies: list[Reply] = []
    stop = threading.Event()

    def check_in(number: int) -> None:
        with Phone(service.port, office.tokens[number]) as phone:
            while not stop.is_set():
                replies.append(phone.check_in(selfie + f"{number} {len(replies)}".encode(), send_anyway=True))

    threads = [threading.Thread(target=check_in, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield replies
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def seconds_until_ready(service: RunningService) -> float:
    begun = time.monotonic()
    service.wait_until(lambda: service.health("ready") == 503)
    service.wait_until(lambda: service.health("ready") == 200)
    return time.monotonic() - begun


@pytest.mark.alone
def test_a_killed_worker_is_back_soon_and_nobody_is_left_without_an_answer(
    service: RunningService, office: Office, selfie: bytes, scale: Scale, report: Report
) -> None:
    slower = slowness()
    outages = []
    with people_checking_in(service, office, selfie) as replies:
        for _ in range(scale.worker_kills):
            answered = len(replies)
            # In flight: both wait for the worker that is killed now.
            service.wait_until(lambda answered=answered: len(replies) >= answered + CLIENTS)  # type: ignore[misc]
            (pid,) = service.worker_pids()
            service.signal_worker(pid, signal.SIGKILL)
            outages.append(seconds_until_ready(service))
    report(
        f"kill -9 of the worker: {scale.worker_kills} kills, {len(replies)} check-ins, back in "
        f"{min(outages):.1f}-{max(outages):.1f} s at slowness {slower:.1f}"
    )
    assert {reply.status for reply in replies} <= {201, 202}
    assert [outage for outage in outages if outage > BACK_WITHIN_S * slower] == []


def test_a_worker_that_hangs_is_replaced_and_its_photo_read_by_another(
    service: RunningService, office: Office, selfie: bytes
) -> None:
    (pid,) = service.worker_pids()
    service.signal_worker(pid, signal.SIGSTOP)
    with Phone(service.port, office.tokens[0]) as phone:
        first = phone.check_in(selfie + b"while it hangs", send_anyway=True)
        assert first.status in {201, 202}
        service.wait_until(lambda: service.worker_pids() not in ([], [pid]))
        where = f"/api/checkins/{first.json()['id']}"
        service.wait_until(lambda: phone.get(where).json()["status"] != "received")
        assert "engine_failed" not in phone.get(where).json()["reasons"]
