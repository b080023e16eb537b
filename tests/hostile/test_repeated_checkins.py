"""Phones that send the same check-ins again and again, in any order, at the same time."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.hostile import pictures, records
from tests.hostile.office import Office
from tests.hostile.phone import Phone, Reply, checkin_body, new_meta
from tests.hostile.running_service import RunningService
from tests.hostile.scale import Scale

TIMES = 3
CLIENTS = 2
SEED = 3


def test_the_same_check_ins_three_times_by_two_clients_are_stored_once(
    service: RunningService, office: Office, scale: Scale
) -> None:
    random = Random(SEED)
    picture = pictures.encoded("JPEG")
    ids = [uuid.UUID(int=random.getrandbits(128), version=4) for _ in range(scale.repeated_checkins)]
    bodies = {one: checkin_body(picture + one.bytes, new_meta(one, send_anyway=True)) for one in ids}
    before = records.times_stored(office.data_dir)
    sendings = ids * TIMES
    random.shuffle(sendings)

    def send(client: int) -> list[tuple[uuid.UUID, Reply]]:
        replies = []
        phones = [Phone(service.port, token) for token in office.tokens]
        for one in sendings[client::CLIENTS]:
            replies.append((one, phones[one.int % len(phones)].send(bodies[one])))  # noqa: PERF401
        for phone in phones:
            phone.close()
        return replies

    with ThreadPoolExecutor(CLIENTS) as threads:
        replies = [reply for sent in threads.map(send, range(CLIENTS)) for reply in sent]
    assert {reply.status for _, reply in replies} <= {201, 202}
    arrivals: dict[uuid.UUID, set[str]] = {}
    for one, reply in replies:
        arrivals.setdefault(one, set()).add(reply.json()["received_at"])
    assert [one for one, times in arrivals.items() if len(times) != 1] == []
    stored = records.times_stored(office.data_dir)
    assert {one: stored[one] for one in stored if one not in before} == {str(one): 1 for one in ids}
