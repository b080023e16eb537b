"""kill -9 of the whole service while people check in."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import pytest

from tests.conftest import Report
from tests.hostile import pictures, records
from tests.hostile.machine import slowness
from tests.hostile.office import Office
from tests.hostile.phone import Phone, checkin_body, new_meta
from tests.hostile.running_service import RunningService
from tests.hostile.scale import Scale

CLIENTS = 3
READY_WITHIN_S = 5.0
STREAM_S = (0.2, 1.2)
SEED = 11


@dataclass
class Stream:
    """People who check in as fast as they are answered. For several threads; `sent` and `acknowledged` by id."""

    pictures: list[bytes]
    sent: dict[uuid.UUID, tuple[int, bytes]] = field(default_factory=dict)
    acknowledged: set[uuid.UUID] = field(default_factory=set)

    @contextmanager
    def flowing(self, service: RunningService, office: Office) -> Iterator[None]:
        stop = threading.Event()
        threads = [
            threading.Thread(target=self._send, args=(service.port, office.tokens[number], number, stop))
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def wait_for_answers(self, service: RunningService) -> None:
        """One for each client, so that on the slowest machine there is something to lose."""
        enough = len(self.acknowledged) + CLIENTS
        service.wait_until(lambda: len(self.acknowledged) >= enough)

    def send_once(self, phone: Phone, checkin_id: uuid.UUID) -> bool:
        _, picture = self.sent[checkin_id]
        meta = new_meta(checkin_id, send_anyway=True)
        if phone.send(checkin_body(picture, meta)).status not in {201, 202}:
            return False
        self.acknowledged.add(checkin_id)
        return True

    def _send(self, port: int, token: str, number: int, stop: threading.Event) -> None:
        with Phone(port, token) as phone:
            while not stop.is_set():
                checkin_id = uuid.uuid4()
                picture = self.pictures[len(self.sent) % len(self.pictures)]
                # Each picture is another: the same bytes again are told apart by the service.
                self.sent[checkin_id] = (number, picture + checkin_id.bytes)
                if not self.send_once(phone, checkin_id):
                    return


@pytest.mark.alone
def test_whatever_was_acknowledged_survives_every_kill(
    new_office: Office, selfie: bytes, scale: Scale, report: Report
) -> None:
    random = Random(SEED)
    stream = Stream([pictures.encoded("JPEG"), pictures.encoded("PNG"), selfie])
    service = RunningService(new_office.data_dir, workers=2)
    starts: list[float] = []
    late: list[float] = []
    try:
        service.start_until_ready()
        for _ in range(scale.service_kills):
            with stream.flowing(service, new_office):
                stream.wait_for_answers(service)
                threading.Event().wait(random.uniform(*STREAM_S))
                service.kill_9()
            slower = slowness()
            starts.append(service.start_until_ready())
            late += [starts[-1]] if starts[-1] > READY_WITHIN_S * slower else []
        lost_answers = set(stream.sent) - stream.acknowledged
        for checkin_id in lost_answers:
            with Phone(service.port, new_office.tokens[stream.sent[checkin_id][0]]) as phone:
                assert stream.send_once(phone, checkin_id)
    finally:
        service.stop()
    stored = records.times_stored(new_office.data_dir)
    report(
        f"kill -9 of the service: {scale.service_kills} kills, {len(stream.sent)} check-ins, of "
        f"{len(lost_answers)} the answer was lost, ready again in {min(starts):.1f}-{max(starts):.1f} s "
        f"({len(late)} late for this machine)"
    )
    assert stored == {str(checkin_id): 1 for checkin_id in stream.sent}
    assert records.selfies(new_office.data_dir) == {
        str(checkin_id): picture for checkin_id, (_, picture) in stream.sent.items()
    }
    assert records.faults_of_the_database(new_office.data_dir) == []
    assert records.breaks_of_the_trail(new_office.data_dir) == []
    assert records.decided_without_their_entry(new_office.data_dir) == []
    assert late == []
