"""Uploads that are meant to break the service, or are broken themselves."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from random import Random

from tests.conftest import Report
from tests.hostile import crooked_requests, pictures
from tests.hostile.machine import slowness
from tests.hostile.office import Office
from tests.hostile.phone import Phone, Reply
from tests.hostile.running_service import RunningService
from tests.hostile.scale import Scale

CLIENTS = 2
WARM_UP = 100
ANSWERED_WITHIN_S = 2.0
# A service that is broken by then may take its time for all the others.
MOST_FAILURES = 5
MEMORY_GROWTH_MIB = 50.0
SEED = 20261124
# Of a hundred uploads: pictures of a face, changed; small pictures, changed; made-up ones; crooked requests.
OF_A_FACE, OF_SMALL_ONES, MADE = 10, 40, 20
HEAVY_EVERY = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """`is_checkin`: only its picture is amiss, and it must be recorded."""

    kind: str
    sent: crooked_requests.Sent
    is_checkin: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of an upload, without its bytes: there are tens of thousands."""

    kind: str
    is_checkin: bool
    reply: Reply


def hostile_uploads(selfie: bytes, number_of: int, seed: int) -> Iterator[Upload]:
    random = Random(seed)
    small = pictures.small_pictures()
    for number in range(number_of):
        if number % HEAVY_EVERY == HEAVY_EVERY - 1:
            yield _made(random.choice(pictures.HEAVY), random)
            continue
        share = random.randrange(100)
        if share < OF_A_FACE:
            yield _checkin("a face, changed", pictures.mutated(selfie, random))
        elif share < OF_A_FACE + OF_SMALL_ONES:
            yield _checkin("a picture, changed", pictures.mutated(random.choice(small), random))
        elif share < OF_A_FACE + OF_SMALL_ONES + MADE:
            yield _made(random.choice(pictures.MADE), random)
        else:
            make = random.choice(crooked_requests.CROOKED)
            yield Upload(make.__name__, make(random.choice(small), random), is_checkin=False)


def _made(make: Callable[[Random], bytes], random: Random) -> Upload:
    return _checkin(make.__name__, make(random))


def _checkin(kind: str, picture: bytes) -> Upload:
    meta = json.dumps(crooked_requests.new_meta()).encode()
    return Upload(kind, crooked_requests.with_meta(picture, meta), is_checkin=True)


def send_all(service: RunningService, office: Office, uploads: Iterator[Upload]) -> list[Outcome]:
    """By several clients at once, in the name of everybody in turn."""
    numbered = list(enumerate(uploads))

    def send(client: int) -> list[Outcome]:
        outcomes = []
        phones = [Phone(service.port, token) for token in office.tokens]
        for number, upload in numbered[client::CLIENTS]:
            phone = phones[number % len(phones)]
            reply = phone.send(upload.sent.body, content_type=upload.sent.content_type)
            outcomes.append(Outcome(upload.kind, upload.is_checkin, reply))
            if sum(_is_failure(outcome.reply) for outcome in outcomes) == MOST_FAILURES:
                break
        for phone in phones:
            phone.close()
        return outcomes

    with ThreadPoolExecutor(CLIENTS) as threads:
        return [outcome for sent in threads.map(send, range(CLIENTS)) for outcome in sent]


def test_no_upload_breaks_the_service(
    service: RunningService, office: Office, selfie: bytes, scale: Scale, report: Report
) -> None:
    slower = slowness()
    pid, workers = service.pid, service.worker_pids()
    send_all(service, office, hostile_uploads(selfie, WARM_UP, SEED - 1))
    before = service.memory_mib()
    outcomes: list[Outcome] = []
    for block in count():
        # Whoever was told to wait a moment has tried nothing.
        left = scale.mutated_uploads - sum(outcome.reply.status != 429 for outcome in outcomes)
        if left <= 0 or any(_is_failure(outcome.reply) for outcome in outcomes):
            break
        outcomes += send_all(service, office, hostile_uploads(selfie, min(1000, left), SEED + block))
    growth = service.memory_mib() - before
    slowest = max(outcomes, key=lambda outcome: outcome.reply.seconds)
    report(
        f"mutated uploads: {len(outcomes)} uploads, slowest {slowest.reply.seconds:.2f} s "
        f"({slowest.kind}) at slowness {slower:.1f}, memory {growth:+.1f} MiB, "
        f"workers replaced {len(set(workers) - set(service.worker_pids()))}, "
        f"answers {dict(Counter(outcome.reply.status for outcome in outcomes))}"
    )
    assert _kinds(outcomes, _is_failure) == {}
    assert _kinds(outcomes, lambda reply: reply.seconds > ANSWERED_WITHIN_S * slower) == {}
    recorded = [outcome for outcome in outcomes if outcome.is_checkin]
    assert _kinds(recorded, lambda reply: reply.status not in {201, 202}) == {}
    assert service.pid == pid
    assert service.alive
    assert growth < MEMORY_GROWTH_MIB


def _is_failure(reply: Reply) -> bool:
    return reply.status is None or reply.status >= 500


def _kinds(outcomes: list[Outcome], wrong: Callable[[Reply], bool]) -> dict[str, str]:
    return {one.kind: f"{one.reply}" for one in outcomes if wrong(one.reply)}
