"""Templates of other encoders, made again from the photos that are stored."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from models.encoder import parts_of
from models.engine import FaceEngine, FaceReading, NoFace, version_of
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Photo, Template
from service.enrolment import Enrolment
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.reembedding import Failed, Reembedding, ReembedReport
from tests.service.album import Album
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, add_employee, faultless_reading, unit_vector

NEW = ("dlib",)


@pytest.fixture
def album(engine: FaceEngine, astronaut_png: bytes) -> Album:
    reading = engine.read(astronaut_png)
    return Album(faultless_reading(reading.quality, reading.liveness))


@pytest.fixture
def enrolment(
    db: Database, ring: KeyRing, evidence: EvidenceStore, album: Album, clock: FakeClock
) -> Enrolment:
    """Employees 1, 2 and 3 are enrolled by two photos each."""
    enrolment = Enrolment(db, ring, evidence, album, GallerySync(db, ring, ENCODERS))
    for number in (1, 2, 3):
        add_employee(db, str(number), clock())
        photos = [album.photo(f"{number}{letter}", unit_vector(number)) for letter in "ab"]
        enrolment.enrol(str(number), photos, by=None, now=clock())
    return enrolment


def _read_with_new_encoders(album: Album) -> None:
    """From now on the pool reads with dlib alone."""
    for data, reading in album.outcomes.items():
        if isinstance(reading, FaceReading) and reading.encoders != version_of(NEW):
            (_, part) = parts_of(reading.descriptor, ENCODERS)
            album.outcomes[data] = replace(reading, descriptor=part, encoders=version_of(NEW))


@pytest.fixture
def reembedding(
    db: Database, ring: KeyRing, evidence: EvidenceStore, album: Album, enrolment: Enrolment, clock: FakeClock
) -> Reembedding:
    _read_with_new_encoders(album)
    album.submitted.clear()
    return Reembedding(db, ring, evidence, album, encoders=version_of(NEW), at_once=3, clock=clock)


def test_everyone_gets_a_template_of_the_new_encoders(
    reembedding: Reembedding, db: Database, ring: KeyRing
) -> None:
    (_, probe) = parts_of(unit_vector(2), ENCODERS)
    assert reembedding.run() == ReembedReport(renewed=3)
    with GallerySync(db, ring, NEW).reading() as gallery:
        assert sorted(gallery.keys()) == [1, 2, 3]
        assert gallery.identify(probe[None], k=1)[0][0][0] == 2


def test_templates_of_the_old_encoders_stay_for_the_way_back(
    reembedding: Reembedding, db: Database, ring: KeyRing
) -> None:
    reembedding.run()
    with GallerySync(db, ring, ENCODERS).reading() as gallery:
        assert len(gallery) == 3


def test_a_gallery_that_is_open_follows(reembedding: Reembedding, db: Database, ring: KeyRing) -> None:
    sync = GallerySync(db, ring, NEW)
    with sync.reading() as gallery:
        assert len(gallery) == 0
    reembedding.run()
    with sync.reading() as gallery:
        assert len(gallery) == 3


def test_a_second_run_reads_nothing(reembedding: Reembedding, album: Album) -> None:
    reembedding.run()
    album.submitted.clear()
    assert reembedding.run() == ReembedReport(skipped=3)
    assert album.submitted == []


def test_an_interrupted_run_goes_on_where_it_ended(reembedding: Reembedding, album: Album) -> None:
    def interrupt(done: int, _: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reembedding.run(interrupt)
    assert album.in_flight == 0
    assert reembedding.run() == ReembedReport(renewed=2, skipped=1)


def test_only_the_photos_of_the_latest_enrolment_are_read(
    enrolment: Enrolment, reembedding: Reembedding, album: Album, clock: FakeClock, db: Database
) -> None:
    album.outcomes.clear()
    album.photo("1c", unit_vector(1))
    latest = album.outcomes[b"1c"]
    assert isinstance(latest, FaceReading)
    enrolment.enrol("1", [b"1c"], by=None, now=clock())
    with db.write() as session:
        session.execute(delete(Photo).where(Photo.employee_id != 1))
    _read_with_new_encoders(album)
    album.submitted.clear()
    reembedding.run()
    assert album.submitted == [b"1c"]


def test_a_photo_that_the_new_engine_can_not_read_is_done_without(
    reembedding: Reembedding, album: Album, db: Database
) -> None:
    album.outcomes[b"1a"] = NoFace()
    assert reembedding.run().renewed == 3
    with db.read() as session:
        wanted = select(Template.photos).where(
            Template.employee_id == 1, Template.encoders == version_of(NEW)
        )
        assert session.scalars(wanted).one() == 1


def test_who_has_no_photo_that_can_be_read_is_reported(
    reembedding: Reembedding, album: Album, db: Database, evidence: EvidenceStore
) -> None:
    album.outcomes[b"1a"] = NoFace()
    with db.read() as session:
        keys = session.scalars(select(Photo.evidence_key).where(Photo.employee_id == 1)).all()
    evidence.delete(keys[1])
    report = reembedding.run()
    assert report == ReembedReport(renewed=2, failed=[Failed(1, ("no_face", "evidence_missing"))])


def test_who_is_enrolled_anew_in_the_meantime_is_left_alone(
    enrolment: Enrolment, reembedding: Reembedding, album: Album, db: Database, clock: FakeClock
) -> None:
    new = album.photo("3c", unit_vector(3))

    def enrol_the_last(done: int, _: int) -> None:
        if done == 2:
            enrolment.enrol("3", [new], by=None, now=clock())

    assert reembedding.run(enrol_the_last) == ReembedReport(renewed=2, skipped=1)
    with db.read() as session:
        assert session.scalars(select(Template.encoders).where(Template.employee_id == 3)).all() == [
            version_of(ENCODERS)
        ]


def test_progress_counts_to_the_end(reembedding: Reembedding) -> None:
    seen: list[tuple[int, int]] = []
    reembedding.run(lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert seen == sorted(seen)
