"""Many people at once: who is enrolled, who is not and why, and going on after an interruption."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from enrollment.bulk import PersonPhotos, PhotoSource, scan
from models.engine import FaceEngine, NoFace
from models.image import BadImage
from service import people_search, photo_reading
from service.bulk_enrolment import BulkEnrolment, BulkReport, Enrolled, PhotoRefusal, RefusedPerson
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Employee, Photo
from service.enrolment import Enrolment
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.lookalikes import LooksLike
from service.storage_errors import EngineFailed, PoolFull
from tests.service.album import Album
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, add_employee, faultless_reading, unit_vector

AT_ONCE = 4


@pytest.fixture
def album(engine: FaceEngine, astronaut_png: bytes) -> Album:
    reading = engine.read(astronaut_png)
    return Album(faultless_reading(reading.quality, reading.liveness))


@pytest.fixture
def bulk(
    db: Database, ring: KeyRing, evidence: EvidenceStore, album: Album, clock: FakeClock
) -> BulkEnrolment:
    enrolment = Enrolment(db, ring, evidence, album, GallerySync(db, ring, ENCODERS))
    return BulkEnrolment(db, album, enrolment, at_once=AT_ONCE, clock=clock)


def _person(nip: str, *photos: bytes | BadImage) -> PersonPhotos:
    def source(number: int, photo: bytes | BadImage) -> PhotoSource:
        def fetch() -> bytes:
            if isinstance(photo, BadImage):
                raise photo
            return photo

        return PhotoSource(f"{nip}/{number}.jpg", fetch)

    return PersonPhotos(nip, tuple(source(number, photo) for number, photo in enumerate(photos)))


def _staff(album: Album, count: int, photos: int = 2) -> list[PersonPhotos]:
    return [
        _person(str(nip), *(album.photo(f"{nip}-{photo}", unit_vector(nip)) for photo in range(photos)))
        for nip in range(1, count + 1)
    ]


def _count(db: Database, table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_everyone_on_the_roster_is_enrolled(
    db: Database, bulk: BulkEnrolment, album: Album, clock: FakeClock
) -> None:
    staff = _staff(album, 3)
    for person in staff:
        add_employee(db, person.nip, clock())
    report = bulk.enrol_many(staff)
    assert report == BulkReport(enrolled=[Enrolled(str(nip), 2, ()) for nip in (1, 2, 3)])
    assert all(person.photos == 2 for person in people_search.find_people(db).people)


def test_who_is_not_on_the_roster_is_refused_and_their_photos_are_not_read(
    db: Database, bulk: BulkEnrolment, album: Album
) -> None:
    report = bulk.enrol_many(_staff(album, 1))
    assert report == BulkReport(refused=[RefusedPerson("1", ("unknown_employee",))])
    assert album.submitted == []


def test_who_is_not_on_the_roster_can_be_created_with_the_nip_for_a_name(
    db: Database, bulk: BulkEnrolment, album: Album
) -> None:
    report = bulk.enrol_many(_staff(album, 2), create_missing=True)
    assert report.created == ["1", "2"]
    assert [person.name for person in people_search.find_people(db).people] == ["1", "2"]


def test_who_can_not_be_enrolled_is_not_created_either(
    db: Database, bulk: BulkEnrolment, album: Album
) -> None:
    report = bulk.enrol_many([_person("1", album.photo("a", NoFace()))], create_missing=True)
    assert report.refused == [
        RefusedPerson("1", ("no_usable_photo",), (PhotoRefusal("1/0.jpg", ("no_face",)),))
    ]
    assert _count(db, Employee) == 0


def test_photos_that_are_not_fit_are_named(bulk: BulkEnrolment, album: Album) -> None:
    person = _person("1", BadImage("damaged"), album.photo("a", unit_vector(1)), album.photo("b", NoFace()))
    report = bulk.enrol_many([person], create_missing=True)
    left_out = (PhotoRefusal("1/0.jpg", ("image_damaged",)), PhotoRefusal("1/2.jpg", ("no_face",)))
    assert report.enrolled == [Enrolled("1", 1, left_out)]


def test_photos_of_several_people_under_one_nip_are_refused(bulk: BulkEnrolment, album: Album) -> None:
    one, other = album.photo("a", unit_vector(1)), album.photo("b", unit_vector(2))
    report = bulk.enrol_many([_person("1", one, other)], create_missing=True)
    assert [person.reasons for person in report.refused] == [("not_one_person",)]


def test_the_same_face_under_two_nips_is_refused_the_second_time(bulk: BulkEnrolment, album: Album) -> None:
    staff = [_person(nip, album.photo(nip, unit_vector(1), alike=0.95)) for nip in ("1", "2")]
    report = bulk.enrol_many(staff, create_missing=True)
    assert [person.nip for person in report.enrolled] == ["1"]
    (refused,) = report.refused
    (lookalike,) = refused.lookalikes
    assert (refused.nip, refused.reasons) == ("2", ("looks_like_someone",))
    assert lookalike == LooksLike("1", "1", lookalike.similarity, None, "usual")


def test_confirmed_duplicates_are_enrolled(bulk: BulkEnrolment, album: Album) -> None:
    staff = [_person(nip, album.photo(nip, unit_vector(1))) for nip in ("1", "2")]
    report = bulk.enrol_many(staff, create_missing=True, confirm_duplicates=True)
    assert len(report.enrolled) == 2


def test_a_second_run_reads_nothing_and_skips_everyone(
    db: Database, bulk: BulkEnrolment, album: Album
) -> None:
    staff = _staff(album, 3)
    bulk.enrol_many(staff, create_missing=True)
    album.submitted.clear()
    assert bulk.enrol_many(staff) == BulkReport(skipped=["1", "2", "3"])
    assert album.submitted == []
    assert _count(db, Photo) == 6


def test_a_second_run_with_unfit_photos_stores_nothing_again(
    db: Database, bulk: BulkEnrolment, album: Album
) -> None:
    person = _person("1", album.photo("a", unit_vector(1)), album.photo("b", NoFace()))
    bulk.enrol_many([person], create_missing=True)
    assert bulk.enrol_many([person]) == BulkReport(skipped=["1"])
    assert _count(db, Photo) == 1


def test_another_photo_in_the_folder_is_a_new_enrolment(bulk: BulkEnrolment, album: Album) -> None:
    (one,), (two,) = _staff(album, 1, photos=1), _staff(album, 1, photos=2)
    bulk.enrol_many([one], create_missing=True)
    assert bulk.enrol_many([two]).enrolled == [Enrolled("1", 2, ())]


def test_an_interrupted_run_keeps_what_it_has_done_and_goes_on(bulk: BulkEnrolment, album: Album) -> None:
    staff = _staff(album, 6)

    def interrupt(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bulk.enrol_many(staff, create_missing=True, progress=interrupt)
    assert album.in_flight == 0
    report = bulk.enrol_many(staff, create_missing=True)
    assert report.skipped == ["1", "2", "3"]
    assert [person.nip for person in report.enrolled] == ["4", "5", "6"]


def test_an_engine_that_is_closed_ends_the_run(bulk: BulkEnrolment, album: Album) -> None:
    staff = [*_staff(album, 2), _person("3", album.photo("c", EngineFailed("closed")))]
    with pytest.raises(EngineFailed):
        bulk.enrol_many(staff, create_missing=True)
    assert bulk.enrol_many(staff[:2]).skipped == ["1", "2"]


def test_several_people_are_read_at_once_but_not_all(bulk: BulkEnrolment, album: Album) -> None:
    bulk.enrol_many(_staff(album, 20), create_missing=True)
    assert AT_ONCE <= album.most_in_flight <= AT_ONCE + 1


def test_a_full_pool_is_waited_for(
    bulk: BulkEnrolment, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_reading, "FULL_POOL_PAUSE_S", 0.001)
    album.refusals = [PoolFull(), PoolFull()]
    assert len(bulk.enrol_many(_staff(album, 2), create_missing=True).enrolled) == 2


def test_progress_counts_everyone_once_to_the_end(bulk: BulkEnrolment, album: Album) -> None:
    seen: list[tuple[int, int]] = []
    staff = [*_staff(album, 5), _person("x", BadImage("damaged"))]
    bulk.enrol_many(staff, create_missing=True, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (6, 6)
    assert seen == sorted(seen)


def test_nobody_is_an_empty_report(bulk: BulkEnrolment) -> None:
    assert bulk.enrol_many([]) == BulkReport()


def test_a_folder_of_photos_is_enrolled(bulk: BulkEnrolment, album: Album, tmp_path: Path) -> None:
    for nip in (1, 2):
        folder = tmp_path / "photos" / str(nip)
        folder.mkdir(parents=True)
        (folder / "a.jpg").write_bytes(album.photo(f"photo of {nip}", unit_vector(nip)))
    with scan(tmp_path / "photos") as found:
        report = bulk.enrol_many(found.people, create_missing=True)
    assert [person.nip for person in report.enrolled] == ["1", "2"]
