"""Rotation of keys, with everything that may be written or go wrong meanwhile."""

import fcntl
import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select, update

from models.engine import FaceEngine
from service.checkins import Checkins, Submission
from service.crypto import KeyRing, key_id_of
from service.db.session import Database
from service.db.tables import Account, Checkin, Template
from service.evidence import EvidenceStore
from service.examination import Examiner
from service.gallery_sync import GallerySync
from service.item_keys import ItemKeys
from service.key_rotation import Broken, KeyRotation
from service.sealed_item import open_item
from service.second_factor import seal_context
from service.storage_errors import RotationRefused, SealBroken
from tests.conftest import Report
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
from tests.service.stored_items import seal

PEOPLE, PEOPLE_SOAK = 200, 10_000
CHECKINS = 60
ENROL_EVERY = 3
# Of a face that is no one of the people's.
NOBODY = 2_000_000


@pytest.fixture
def rotation(db: Database, evidence: EvidenceStore, ring: KeyRing, tmp_path: Path) -> KeyRotation:
    return KeyRotation(db, evidence, ring, tmp_path / "keys")


def enrolled(db: Database, ring: KeyRing, clock: FakeClock, people: int) -> list[int]:
    ids = [add_employee(db, str(number), clock()) for number in range(1, people + 1)]
    for employee_id in ids:
        enrol(db, ring, employee_id, unit_vector(employee_id), clock())
    return ids


def keys_of_templates(db: Database) -> set[bytes]:
    with db.read() as session:
        return {key_id_of(sealed) for sealed in session.scalars(select(Template.vectors))}


def keys_of_images(evidence: EvidenceStore) -> set[bytes | None]:
    return {evidence.key_id(key) for key in evidence.stored_keys()}


def ids_in_file(folder: Path) -> set[str]:
    return set(json.loads((folder / "keys" / "keys.json").read_text())["keys"])


def swap_templates(db: Database) -> None:
    with db.write() as session:
        one, other = session.scalars(select(Template).order_by(Template.id).limit(2))
        one.vectors, other.vectors = other.vectors, one.vectors


def test_everything_opens_as_before_and_nothing_is_left_on_the_old_key(
    rotation: KeyRotation,
    db: Database,
    ring: KeyRing,
    evidence: EvidenceStore,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    enrolled(db, ring, clock, 3)
    evidence.put("photos/1", b"a face")
    (old,) = ids_in_file(tmp_path)
    report = rotation.run()
    assert report.resealed == {"template": 3, "evidence": 1}
    assert report.dropped == [old]
    assert ids_in_file(tmp_path) == {report.current}
    assert keys_of_templates(db) == keys_of_images(evidence) == {bytes.fromhex(report.current)}
    later = KeyRing.load_or_create(tmp_path / "keys")
    assert EvidenceStore(tmp_path / "evidence", later).get("photos/1") == b"a face"
    with GallerySync(db, later, ENCODERS).reading() as gallery:
        assert [gallery.verify(person, unit_vector(person)) for person in (1, 2, 3)] == pytest.approx([1] * 3)


def test_phones_are_given_a_new_key_and_what_they_sealed_before_still_opens(
    rotation: KeyRotation, tmp_path: Path
) -> None:
    keys = ItemKeys.load_or_create(tmp_path / "keys")
    former = keys.current
    sealed = seal(former, {}, [b"picture"], {}).at_once

    rotation.run()

    assert keys.current != former
    assert open_item(keys, sealed).selfie == b"picture"


def test_the_secrets_of_second_factors_are_sealed_anew_too(
    rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    with db.write() as session:
        account = Account(login="hr", role="hr", disabled=False, created_at=clock())
        session.add(account)
        session.flush()
        account.totp_secret = ring.seal(b"secret", seal_context(account.id))
    assert rotation.run().resealed == {"second_factor": 1}
    with db.read() as session:
        account = session.scalars(select(Account)).one()
        assert account.totp_secret is not None
        assert ring.is_current(account.totp_secret)
        assert ring.open(account.totp_secret, seal_context(account.id)) == b"secret"


@pytest.fixture
def reader(engine: FaceEngine, astronaut_png: bytes) -> FakeReader:
    reading = engine.read(astronaut_png)
    return FakeReader(faultless_reading(reading.quality, reading.liveness))


@pytest.fixture
def service(
    db: Database, tmp_path: Path, reader: FakeReader, clock: FakeClock, ring: KeyRing
) -> Iterator[Checkins]:
    """Another process: its keys are read when it starts, and nobody tells it of a rotation."""
    own = KeyRing.load_or_create(tmp_path / "keys")
    evidence = EvidenceStore(tmp_path / "evidence", own)
    gallery = GallerySync(db, own, ENCODERS)
    examiner = Examiner(db, evidence, reader, gallery, threshold=lambda _: 0.66, clock=clock)
    checkins = Checkins(
        db,
        evidence,
        examiner,
        zone=ZoneInfo("Asia/Jakarta"),
        workers=1,
        queue_limit=8,
        answer_wait_s=20,
        clock=clock,
    )
    yield checkins
    checkins.close()


@dataclass
class Day:
    """The first half of the people checks in, some of the other half are enrolled anew. `faces`: of these."""

    service: Checkins
    reader: FakeReader
    db: Database
    ring: KeyRing
    clock: FakeClock
    people: list[int]
    faces: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def go_on(self, begun: threading.Event, numbers: Iterator[int]) -> None:
        begun.wait(30)
        for number in numbers:
            if self.over.is_set() and number >= CHECKINS:
                return
            self.check_in(number)
            if number % ENROL_EVERY == 0:
                self.enrol_anew(number)

    def check_in(self, number: int) -> None:
        half = len(self.people) // 2
        person = self.people[number % half]
        selfie = f"selfie {number}".encode()
        self.reader.outcomes[selfie] = near(unit_vector(person), 0.8, seed=NOBODY)
        submission = Submission(uuid.uuid4(), "in", self.clock(), selfie, (), {})
        answer = self.service.submit(person, submission, self.clock())
        self.told[f"{answer.status} {answer.reasons}"] += 1

    def enrol_anew(self, number: int) -> None:
        half = len(self.people) // 2
        person = self.people[half + number % half]
        self.faces[person] = unit_vector(1_000_000 + number)
        enrol(self.db, self.ring, person, self.faces[person], self.clock())


@pytest.mark.timeout(1800)
def test_check_ins_and_enrolments_go_on_during_a_rotation(
    rotation: KeyRotation,
    service: Checkins,
    reader: FakeReader,
    db: Database,
    evidence: EvidenceStore,
    clock: FakeClock,
    tmp_path: Path,
    ring: KeyRing,
    soak: bool,
    report: Report,
) -> None:
    people = enrolled(db, ring, clock, PEOPLE_SOAK if soak else PEOPLE)
    for number in range(30):
        evidence.put(f"photos/{number}", b"a face")
    day = Day(service, reader, db, KeyRing.load_or_create(tmp_path / "keys"), clock, people)
    begun = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        going_on = [threads.submit(day.go_on, begun, count(first, 2)) for first in range(2)]
        try:
            done = rotation.run(progress=lambda *_: begun.set())
        finally:
            begun.set()
            day.over.set()
        for thread in going_on:
            thread.result()
    report(f"key rotation: {done.resealed} sealed anew during {day.told.total()} check-ins")
    assert set(day.told) == {"review ('no_liveness',)"}
    assert day.told.total() >= CHECKINS
    assert (done.broken, done.kept) == ([], [])
    assert keys_of_templates(db) == keys_of_images(evidence) == {bytes.fromhex(done.current)}
    later = KeyRing.load_or_create(tmp_path / "keys")
    assert later.ids == {bytes.fromhex(done.current)}
    with GallerySync(db, later, ENCODERS).reading() as gallery:
        assert len(gallery) == len(people)
        for person, face in day.faces.items():
            assert gallery.verify(person, face) == pytest.approx(1)
    with db.read() as session:
        for row in session.scalars(select(Checkin)):
            assert evidence.get(row.selfie_key or "").startswith(b"selfie")


def test_an_enrolment_during_the_rotation_is_never_overwritten(
    rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    enrolled(db, ring, clock, 1)
    real = ring.seal
    written: list[str] = []

    class Enrols(KeyRing):
        """Somebody enrols the person anew between the reading of the old template and its writing."""

        def seal(self, plain: bytes, context: str) -> bytes:
            if not written:
                written.append(context)
                enrol(db, ring, 1, unit_vector(7), clock())
            return real(plain, context)

    meddling = Enrols.load_or_create(tmp_path / "keys")
    evidence = EvidenceStore(tmp_path / "evidence", meddling)
    report = KeyRotation(db, evidence, meddling, tmp_path / "keys").run()
    assert report.resealed["template"] == 0
    with GallerySync(db, ring, ENCODERS).reading() as gallery:
        assert gallery.verify(1, unit_vector(7)) == pytest.approx(1)


def test_an_image_that_is_erased_meanwhile_stays_erased(
    evidence: EvidenceStore, rotation: KeyRotation, tmp_path: Path
) -> None:
    for name in "ab":
        evidence.put(f"photos/{name}", b"a face")
    rotation.run(progress=lambda done, _: evidence.delete("photos/b") if done == 1 else None)
    assert list(evidence.stored_keys()) == ["photos/a"]


def test_an_image_sealed_just_before_the_new_key_is_sealed_anew_by_whoever_wrote_it(
    rotation: KeyRotation, ring: KeyRing, tmp_path: Path
) -> None:
    class Late(KeyRing):
        """The rotation runs from beginning to end between the seal and the file."""

        def seal(self, plain: bytes, context: str) -> bytes:
            sealed = super().seal(plain, context)
            if not done:
                done.append(rotation.run())
            return sealed

    done: list[object] = []
    store = EvidenceStore(tmp_path / "evidence", Late.load_or_create(tmp_path / "keys"))
    store.put("photos/1", b"a face")
    assert store.key_id("photos/1") == ring.current
    later = EvidenceStore(tmp_path / "evidence", KeyRing.load_or_create(tmp_path / "keys"))
    assert later.get("photos/1") == b"a face"


def test_an_interrupted_rotation_goes_on_without_another_key(
    rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    def interrupt(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    enrolled(db, ring, clock, 5)
    with pytest.raises(KeyboardInterrupt):
        rotation.run(progress=interrupt)
    assert len(ids_in_file(tmp_path)) == 2
    current = ring.current
    assert rotation.run().resealed["template"] == 3
    assert keys_of_templates(db) == {current}
    assert ids_in_file(tmp_path) == {current.hex()}


def test_what_can_not_be_opened_is_reported_left_alone_and_keeps_its_key(
    rotation: KeyRotation,
    db: Database,
    ring: KeyRing,
    evidence: EvidenceStore,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    enrolled(db, ring, clock, 3)
    swap_templates(db)
    for name in ("cut", "changed", "good"):
        evidence.put(f"photos/{name}", b"a face")
    root = tmp_path / "evidence" / "photos"
    (root / "cut").write_bytes((root / "cut").read_bytes()[:-1])
    (root / "changed").write_bytes((root / "changed").read_bytes()[:-1] + b"\0")
    before = {name: (root / name).read_bytes() for name in ("cut", "changed")}
    (old,) = ids_in_file(tmp_path)
    report = rotation.run()
    assert sorted(map(str, report.broken)) == sorted(
        map(
            str,
            [
                Broken("template", 1),
                Broken("template", 2),
                Broken("evidence", "photos/cut"),
                Broken("evidence", "photos/changed"),
            ],
        )
    )
    assert (report.kept, report.dropped) == ([old], [])
    assert {name: (root / name).read_bytes() for name in before} == before
    assert old in ids_in_file(tmp_path)


def test_templates_that_were_swapped_are_never_compared_with(
    rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    enrolled(db, ring, clock, 3)
    swap_templates(db)
    rotation.run()
    sync = GallerySync(db, ring, ENCODERS)
    with sync.reading() as gallery:
        assert list(gallery.keys()) == [3]
    assert sync.broken == {1, 2}


def test_a_cut_template_is_never_compared_with(
    rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    enrolled(db, ring, clock, 1)
    with db.write() as session:
        sealed = session.scalars(select(Template.vectors)).one()
        session.execute(update(Template).values(vectors=sealed[: len(sealed) // 2]))
    assert rotation.run().broken == [Broken("template", 1)]
    with GallerySync(db, ring, ENCODERS).reading() as gallery:
        assert len(gallery) == 0


def test_a_new_key_can_be_forced_while_something_broken_keeps_an_old_one(
    rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock, tmp_path: Path
) -> None:
    enrolled(db, ring, clock, 3)
    swap_templates(db)
    first = rotation.run().current
    report = rotation.run(add_key=True)
    assert report.current != first
    assert report.dropped == [first]
    assert len(ids_in_file(tmp_path)) == 2


def test_two_rotations_at_once_are_refused(rotation: KeyRotation, ring: KeyRing, tmp_path: Path) -> None:
    before = ids_in_file(tmp_path)
    with (tmp_path / "keys" / "rotation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RotationRefused, match="rotation_refused"):
            rotation.run()
    assert ids_in_file(tmp_path) == before


def test_with_keys_of_the_environment_all_is_sealed_with_the_current_one(
    db: Database, tmp_path: Path, clock: FakeClock
) -> None:
    old, new = b"old.", b"new."
    before = KeyRing({old: b"o" * 32}, old)
    enrolled(db, before, clock, 2)
    now = KeyRing({old: b"o" * 32, new: b"n" * 32}, new)
    report = KeyRotation(db, EvidenceStore(tmp_path / "evidence", now), now, None).run()
    assert (report.resealed["template"], report.dropped) == (2, [old.hex()])
    with GallerySync(db, KeyRing({new: b"n" * 32}, new), ENCODERS).reading() as gallery:
        assert len(gallery) == 2


def test_a_new_key_for_the_environment_is_the_operators_to_make(
    db: Database, ring: KeyRing, evidence: EvidenceStore
) -> None:
    with pytest.raises(RotationRefused):
        KeyRotation(db, evidence, ring, None).run(add_key=True)


def test_progress_counts_to_the_end(
    rotation: KeyRotation, db: Database, ring: KeyRing, evidence: EvidenceStore, clock: FakeClock
) -> None:
    enrolled(db, ring, clock, 3)
    evidence.put("photos/1", b"a face")
    seen: list[tuple[int, int]] = []
    rotation.run(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_key_file_stays_this_users_alone(rotation: KeyRotation, tmp_path: Path) -> None:
    rotation.run()
    assert (tmp_path / "keys" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_dropped_key_no_longer_opens_for_who_starts_later(
    rotation: KeyRotation, ring: KeyRing, tmp_path: Path
) -> None:
    sealed = ring.seal(b"a face", "")
    rotation.run()
    with pytest.raises(SealBroken):
        KeyRing.load_or_create(tmp_path / "keys").open(sealed, "")


def test_what_a_running_process_had_read_before_the_key_was_dropped_still_opens(
    rotation: KeyRotation, ring: KeyRing, tmp_path: Path
) -> None:
    running = KeyRing.load_or_create(tmp_path / "keys")
    sealed = running.seal(b"a face", "")
    rotation.run()
    assert running.open(sealed, "") == b"a face"


def test_vectors_keep_every_bit(rotation: KeyRotation, db: Database, ring: KeyRing, clock: FakeClock) -> None:
    enrolled(db, ring, clock, 1)
    with GallerySync(db, ring, ENCODERS).reading() as gallery:
        before = gallery.vectors(1).copy()
    rotation.run()
    with GallerySync(db, ring, ENCODERS).reading() as gallery:
        assert np.array_equal(gallery.vectors(1), before)
