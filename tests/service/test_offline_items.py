"""Stored check-ins through the use case: judged by the clocks and by their order, whatever it was on the way."""

import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from models.engine import FaceEngine
from service import offline_passes
from service.audit import AuditKeys
from service.audit_decisions import check_decisions
from service.checkins import Answer, Checkins, Submission
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Checkin
from service.evidence import EvidenceStore
from service.examination import Examiner
from service.gallery_sync import GallerySync
from service.item_keys import ItemKeys
from service.sealed_item import open_item
from service.web.api_checkins import parse_meta, submission_of
from tests.service.conftest import FakeClock
from tests.service.made_up import (
    ENCODERS,
    FakeReader,
    add_employee,
    enrol,
    faultless_reading,
    near,
    unit_vector,
)
from tests.service.stored_items import Sealed, StoringPhone

PEOPLE = 20
MANY = 1_000
TIMES = 3
SEED = 11


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where that is possible: a thousand check-ins wait for thousands of writes to reach the disk."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


class AnyPicture(FakeReader):
    """Sees in every picture whom it names, living."""

    def submit(self, image: bytes):  # type: ignore[no-untyped-def]
        self.outcomes[image] = near(unit_vector(int(image.split(b"-")[1])), 0.8)
        return super().submit(image)


@dataclass
class Office:
    db: Database
    checkins: Checkins
    keys: ItemKeys
    clock: FakeClock
    siti: int
    ring: KeyRing

    def phone(self, owner: int | None = None) -> StoringPhone:
        """A phone that has just been in contact."""
        now = self.clock()
        given = offline_passes.issue(self.db, owner or self.siti, now)
        return StoringPhone(self.keys.current, given.id, now)

    def send(self, sealed: bytes, owner: int | None = None) -> Answer:
        opened = open_item(self.keys, sealed)
        submission = submission_of(parse_meta(opened.meta, opened.offline), opened.selfie, opened.frames)
        submission = replace(submission, item_hash=opened.hash)
        return self.checkins.submit(owner or self.siti, submission, self.clock())

    def state(self, checkin_id: uuid.UUID) -> tuple[str, tuple[str, ...]]:
        answer = self.checkins.answer(str(checkin_id), self.siti)
        return answer.status, answer.reasons


@pytest.fixture
def make_office(
    db: Database,
    evidence: EvidenceStore,
    ring: KeyRing,
    clock: FakeClock,
    engine: FaceEngine,
    astronaut_png: bytes,
    tmp_path: Path,
) -> Iterator[Callable[[], Office]]:
    made: list[Checkins] = []

    def make() -> Office:
        siti = add_employee(db, "1", clock())
        enrol(db, ring, siti, unit_vector(1), clock())
        reading = engine.read(astronaut_png)
        examiner = Examiner(
            db,
            evidence,
            AnyPicture(faultless_reading(reading.quality, reading.liveness)),
            GallerySync(db, ring, ENCODERS),
            threshold=lambda _photos: 0.66,
            clock=clock,
            challenges=False,
        )
        checkins = Checkins(
            db,
            evidence,
            examiner,
            zone=ZoneInfo("Asia/Jakarta"),
            workers=1,
            queue_limit=8,
            answer_wait_s=5,
            clock=clock,
        )
        made.append(checkins)
        return Office(db, checkins, ItemKeys.load_or_create(tmp_path / "keys"), clock, siti, ring)

    yield make
    for checkins in made:
        checkins.close()


@pytest.fixture
def office(make_office: Callable[[], Office]) -> Office:
    return make_office()


def test_a_confirmed_item_counts_when_it_was_taken(office: Office) -> None:
    phone = office.phone()
    taken = office.clock() + timedelta(hours=1)
    _, sealed = phone.item(b"siti-1", taken)
    office.clock.advance(hours=20)

    answer = office.send(sealed.later)

    assert (answer.status, answer.reasons) == ("accepted", ())
    assert (answer.captured_at, answer.counted_at, answer.received_at) == (taken, taken, office.clock())


def test_what_is_sent_at_once_counts_when_it_arrives(office: Office) -> None:
    phone = office.phone()
    _, sealed = phone.item(b"siti-1", office.clock())
    office.clock.advance(seconds=4)

    answer = office.send(sealed.at_once)

    assert (answer.status, answer.counted_at) == ("accepted", office.clock())


def test_an_item_of_a_restarted_phone_counts_provisionally_and_goes_to_review(office: Office) -> None:
    phone = office.phone()
    taken = office.clock() + timedelta(hours=1)
    _, sealed = phone.item(b"siti-1", taken, steady=False)
    office.clock.advance(hours=20)

    answer = office.send(sealed.later)

    assert (answer.status, answer.reasons, answer.counted_at) == ("review", ("offline_unconfirmed",), taken)


def test_somebody_elses_pass_confirms_nothing(office: Office) -> None:
    other = offline_passes.issue(office.db, add_employee(office.db, "2", office.clock()), office.clock())
    phone = StoringPhone(office.keys.current, other.id, office.clock())
    _, sealed = phone.item(b"siti-1", office.clock() + timedelta(hours=1))
    office.clock.advance(hours=2)

    assert office.send(sealed.later).reasons == ("offline_unconfirmed",)


def items(office: Office, count: int) -> list[tuple[uuid.UUID, Sealed]]:
    phone = office.phone()
    made = []
    for number in range(count):
        office.clock.advance(minutes=1)
        made.append(phone.item(f"siti-1-{number}".encode(), office.clock()))
    office.clock.advance(hours=1)
    return made


def test_an_item_waits_for_the_one_before_it_and_is_judged_when_that_comes(office: Office) -> None:
    (first, sealed_first), (second, sealed_second), (third, sealed_third) = items(office, 3)

    office.send(sealed_third.later)
    office.send(sealed_second.later)
    assert office.state(second) == office.state(third) == ("review", ("offline_earlier_missing",))
    office.send(sealed_first.later)

    assert [office.state(one) for one in (first, second, third)] == [("accepted", ())] * 3


def test_an_item_before_it_that_was_sent_at_once_is_its_predecessor_too(office: Office) -> None:
    (_, first), (second, then) = items(office, 2)

    office.send(first.at_once)
    office.send(then.later)

    assert office.state(second) == ("accepted", ())


def test_two_items_in_one_place_break_the_chain(office: Office) -> None:
    phone = office.phone()
    twin = replace(phone)
    first, sealed_first = phone.item(b"siti-1-a", office.clock() + timedelta(minutes=1))
    other, sealed_other = twin.item(b"siti-1-b", office.clock() + timedelta(minutes=2))
    after, sealed_after = twin.item(b"siti-1-c", office.clock() + timedelta(minutes=3))
    office.clock.advance(hours=1)

    office.send(sealed_first.later)
    office.send(sealed_after.later)
    office.send(sealed_other.later)

    assert office.state(first) == ("accepted", ())
    assert office.state(other) == office.state(after) == ("review", ("offline_chain_broken",))


def test_what_a_person_has_judged_stays_when_the_item_before_it_comes(office: Office) -> None:
    (_, sealed_first), (second, sealed_second) = items(office, 2)
    office.send(sealed_second.later)
    with office.db.write() as session:
        session.get_one(Checkin, str(second)).status = "rejected"

    office.send(sealed_first.later)

    assert office.state(second)[0] == "rejected"


def test_a_settled_decision_is_in_the_audit_trail(office: Office, tmp_path: Path) -> None:
    (_, sealed_first), (_, sealed_second) = items(office, 2)
    office.send(sealed_second.later)
    office.send(sealed_first.later)

    report = check_decisions(office.db, AuditKeys.load(tmp_path / "keys"))
    assert (report.checked, report.found) == (2, 0)


def test_an_item_sent_again_is_the_same_check_in(office: Office) -> None:
    ((_, sealed),) = items(office, 1)
    first = office.send(sealed.at_once)
    office.clock.advance(hours=1)

    assert office.send(sealed.later) == first


@pytest.mark.timeout(600)  # ten seconds where nothing else is going on
def test_a_thousand_items_three_times_in_any_order_are_stored_once_with_both_times(office: Office) -> None:
    shuffled = random.Random(SEED)
    owners = [add_employee(office.db, str(number), office.clock()) for number in range(2, PEOPLE + 2)]
    for number, owner in enumerate(owners, 2):
        enrol(office.db, office.ring, owner, unit_vector(number), office.clock())
    phones = [office.phone(owner) for owner in owners]
    taken, doubtful, sendings = {}, set(), []
    for number in range(MANY):
        office.clock.advance(minutes=4)
        whose = number % PEOPLE
        steady = shuffled.random() < 0.5
        picture = f"employee-{whose + 2}-{number}".encode()
        one, made = phones[whose].item(picture, office.clock(), steady=steady)
        taken[str(one)] = office.clock()
        sendings.append((made.later, owners[whose]))
        if not steady:
            doubtful.add(str(one))
    sendings *= TIMES
    shuffled.shuffle(sendings)

    for item, owner in sendings:
        office.send(item, owner)

    with office.db.read() as session:
        rows = session.scalars(select(Checkin)).all()
    assert len(rows) == MANY
    assert {row.id: (row.captured_at, row.counted_at, row.received_at) for row in rows} == {
        one: (at, at, office.clock()) for one, at in taken.items()
    }
    assert {row.id for row in rows if row.status == "review"} == doubtful
    assert {row.status for row in rows} == {"review", "accepted"}
    assert {tuple(row.reasons) for row in rows} == {(), ("offline_unconfirmed",)}


def test_the_meta_of_an_item_names_its_pass(office: Office) -> None:
    ((one, sealed),) = items(office, 1)
    office.send(sealed.later)

    with office.db.read() as session:
        meta = session.get_one(Checkin, str(one)).meta
    assert set(meta["offline"]) >= {"pass", "sequence", "previous", "monotonic_ms", "last_contact"}
    assert json.dumps(meta)


def test_a_pass_that_was_kept_long_enough_is_forgotten(office: Office) -> None:
    old = offline_passes.issue(office.db, office.siti, office.clock())
    office.clock.advance(days=61)
    offline_passes.issue(office.db, office.siti, office.clock())

    with office.db.read() as session:
        assert offline_passes.issued_at(session, old.id, office.siti) is None


def test_an_unsealed_item_has_its_time_judged_too(office: Office) -> None:
    taken = office.clock() + timedelta(minutes=5)
    phone = office.phone()
    offline = {
        "pass": phone.pass_id,
        "sequence": 1,
        "previous": phone.previous,
        "clock": taken.isoformat(),
        "monotonic_ms": 300_000,
        "last_contact": phone.contact.isoformat(),
    }
    office.clock.advance(hours=3)
    sent = Submission(uuid.uuid4(), "in", taken, b"siti-1", (), {"offline": offline})

    answer = office.checkins.submit(office.siti, sent, office.clock())

    assert (answer.status, answer.counted_at) == ("accepted", taken)
