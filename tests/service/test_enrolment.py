"""Photos become a template, or nothing at all is stored."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from models.engine import FaceEngine, ManyFaces, NoFace
from models.image import BadImage
from service.consent import CURRENT_VERSION, Consented
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Account, AuditEntry, Consent, Employee, GalleryChange, Photo, Template
from service.enrolment import Enrolment, EnrolmentResult, PhotoOutcome
from service.errors import LooksLikeSomeone, PhotosRefused, UnknownEmployee
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.inference import InferencePool
from service.lookalikes import LooksLike
from service.storage_errors import EngineFailed, PoolFull, StorageFull
from tests.service.album import Album
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, VERSION, add_employee, faultless_reading, near, unit_vector

SITI, BUDI = unit_vector(1), unit_vector(2)


@pytest.fixture
def album(engine: FaceEngine, astronaut_png: bytes) -> Album:
    reading = engine.read(astronaut_png)
    return Album(faultless_reading(reading.quality, reading.liveness))


@pytest.fixture
def gallery(db: Database, ring: KeyRing) -> GallerySync:
    return GallerySync(db, ring, ENCODERS)


@pytest.fixture
def enrolment(
    db: Database, ring: KeyRing, evidence: EvidenceStore, album: Album, gallery: GallerySync, clock: FakeClock
) -> Enrolment:
    for nip in ("1", "2"):
        add_employee(db, nip, clock())
    return Enrolment(db, ring, evidence, album, gallery)


@pytest.fixture
def enrol(enrolment: Enrolment, clock: FakeClock) -> Callable[..., EnrolmentResult]:
    def one(nip: str, *photos: bytes, confirm_duplicate: bool = False) -> EnrolmentResult:
        return enrolment.enrol(nip, photos, by=None, confirm_duplicate=confirm_duplicate, now=clock())

    return one


Enrol = Callable[..., EnrolmentResult]


def _rows(db: Database, table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _photos(db: Database) -> list[Photo]:
    with db.read() as session:
        return list(session.scalars(select(Photo).order_by(Photo.id)))


def _files(tmp_path: Path) -> int:
    return sum(path.is_file() for path in (tmp_path / "evidence").rglob("*"))


def test_accepted_photos_become_the_employees_template(
    db: Database, enrol: Enrol, album: Album, gallery: GallerySync
) -> None:
    result = enrol("1", album.photo("a", SITI), album.photo("b", SITI))
    assert result == EnrolmentResult(
        "1", "enrolled", (PhotoOutcome(0, True, ()), PhotoOutcome(1, True, ())), template_photos=2
    )
    with gallery.reading() as people:
        assert people.verify(1, near(SITI, 0.9)) > 0.85
    with db.read() as session:
        (template,) = session.scalars(select(Template)).all()
        assert (template.employee_id, template.encoders, template.photos) == (1, VERSION, 2)


def test_the_accepted_photos_are_kept_sealed_and_open_again(
    db: Database, enrol: Enrol, album: Album, evidence: EvidenceStore, tmp_path: Path
) -> None:
    photo = album.photo("the very bytes of a photo", SITI)
    enrol("1", photo)
    (row,) = _photos(db)
    assert evidence.get(row.evidence_key) == photo
    assert (row.sha256, row.phash) == (album.outcomes[photo].sha256, f"{album.outcomes[photo].phash:016x}")  # type: ignore[union-attr]
    assert all(
        photo not in file.read_bytes() for file in (tmp_path / "evidence").rglob("*") if file.is_file()
    )


def test_the_row_says_who_enrolled(
    db: Database, enrolment: Enrolment, album: Album, clock: FakeClock
) -> None:
    with db.write() as session:
        session.add(Account(id=7, login="hr", role="hr", disabled=False, created_at=clock()))
    enrolment.enrol("1", [album.photo("a", SITI)], by=7, now=clock())
    assert _photos(db)[0].created_by == 7


def test_a_photo_that_is_not_fit_is_left_out_and_not_kept(
    db: Database, enrol: Enrol, album: Album, tmp_path: Path
) -> None:
    result = enrol(
        "1", album.photo("a", NoFace()), album.photo("b", SITI), album.photo("c", SITI, roll_deg=80)
    )
    assert [photo.problems for photo in result.photos] == [("no_face",), (), ("tilted",)]
    assert (result.template_photos, len(_photos(db)), _files(tmp_path)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (NoFace(), "no_face"),
        (ManyFaces(), "many_faces"),
        (BadImage("damaged"), "image_damaged"),
        (EngineFailed("crashed"), "engine_failed"),
        (EngineFailed("deadline"), "engine_failed"),
    ],
)
def test_when_no_photo_is_fit_each_says_why_and_nothing_is_stored(
    db: Database, enrol: Enrol, album: Album, tmp_path: Path, refusal: Exception, code: str
) -> None:
    with pytest.raises(PhotosRefused) as refused:
        enrol("1", album.photo("a", refusal))
    assert refused.value.extras == {
        "photos": [{"index": 0, "accepted": False, "problems": [code]}],
        "set_problems": ["no_usable_photo"],
    }
    assert (_rows(db, Photo), _rows(db, Template), _rows(db, GalleryChange), _files(tmp_path)) == (0, 0, 0, 0)


def test_photos_of_two_people_are_refused(enrol: Enrol, album: Album) -> None:
    with pytest.raises(PhotosRefused) as refused:
        enrol("1", album.photo("a", SITI), album.photo("b", BUDI))
    assert refused.value.extras["set_problems"] == ["not_one_person"]


def test_an_unknown_employee_is_not_enrolled_and_no_photo_is_read(enrol: Enrol, album: Album) -> None:
    with pytest.raises(UnknownEmployee):
        enrol("3", album.photo("a", SITI))
    assert album.submitted == []


def test_a_face_that_is_enrolled_under_another_nip_is_refused(
    db: Database, enrol: Enrol, album: Album, tmp_path: Path
) -> None:
    enrol("1", album.photo("a", SITI, alike=1.0))
    with pytest.raises(LooksLikeSomeone) as refused:
        enrol("2", album.photo("b", SITI, alike=0.81))
    similarity = pytest.approx(0.81, abs=0.02)
    assert refused.value.extras == {
        "lookalikes": [
            {"nip": "1", "name": "Pegawai 1", "similarity": similarity, "unit": None, "likeness": "usual"}
        ]
    }
    assert (_rows(db, Template), _files(tmp_path)) == (1, 1)


def test_a_confirmed_lookalike_is_enrolled_and_told(enrol: Enrol, album: Album) -> None:
    enrol("1", album.photo("a", SITI))
    result = enrol("2", album.photo("b", SITI), confirm_duplicate=True)
    assert result.status == "enrolled"
    (twin,) = result.lookalikes
    assert twin == LooksLike("1", "Pegawai 1", twin.similarity, None, "usual")
    assert twin.similarity > 0.7


def test_only_who_was_looked_at_is_confirmed(
    db: Database, enrolment: Enrolment, album: Album, clock: FakeClock
) -> None:
    add_employee(db, "3", clock())
    enrolment.enrol("1", [album.photo("a", SITI)], by=None, now=clock())
    enrolment.enrol("2", [album.photo("b", SITI)], by=None, looked_at=["1"], now=clock())
    with pytest.raises(LooksLikeSomeone):
        enrolment.enrol("3", [album.photo("c", SITI)], by=None, looked_at=["1"], now=clock())
    result = enrolment.enrol("3", [album.photo("c", SITI)], by=None, looked_at=["1", "2"], now=clock())
    assert result.status == "enrolled"


def test_the_trail_says_how_like_the_earlier_enrolment_the_new_one_is(
    db: Database, enrol: Enrol, album: Album
) -> None:
    enrol("1", album.photo("a", SITI))
    enrol("1", album.photo("b", BUDI))
    with db.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "enrolled"))
        first, second = [json.loads(entry.facts)["like_earlier"] for entry in entries]
    assert first is None
    assert second < 0.3


def test_people_who_are_less_alike_are_not_mentioned(enrol: Enrol, album: Album) -> None:
    enrol("1", album.photo("a", SITI, alike=1.0))
    assert enrol("2", album.photo("b", near(SITI, 0.69), alike=1.0)).lookalikes == ()


def test_a_new_enrolment_replaces_the_template_and_keeps_the_old_photos(
    db: Database, enrol: Enrol, album: Album, gallery: GallerySync, clock: FakeClock
) -> None:
    enrol("1", album.photo("a", SITI))
    clock.advance(days=365)
    older = near(SITI, 0.8)
    enrol("1", album.photo("b", older), album.photo("c", older))
    assert (_rows(db, Template), len(_photos(db))) == (1, 3)
    with gallery.reading() as people:
        assert len(people.vectors(1)) == 1
        assert people.verify(1, older) > 0.9


def test_an_enrolment_removes_templates_of_other_encoders(
    db: Database, enrol: Enrol, album: Album, clock: FakeClock
) -> None:
    with db.write() as session:
        session.add(
            Template(employee_id=1, encoders="dlib/1", vectors=b"sealed", photos=1, created_at=clock())
        )
    enrol("1", album.photo("a", SITI))
    with db.read() as session:
        assert session.scalars(select(Template.encoders)).all() == [VERSION]


def test_the_same_photos_again_change_nothing(
    db: Database, enrol: Enrol, album: Album, clock: FakeClock
) -> None:
    photos = album.photo("a", SITI), album.photo("b", SITI)
    enrol("1", *photos)
    clock.advance(minutes=1)
    result = enrol("1", *reversed(photos))
    assert (result.status, result.template_photos) == ("unchanged", 2)
    assert (_rows(db, Photo), _rows(db, GalleryChange)) == (2, 1)


def test_the_same_photos_again_repair_a_template_that_does_not_open(
    db: Database, enrol: Enrol, album: Album, gallery: GallerySync, clock: FakeClock
) -> None:
    enrol("1", album.photo("a", SITI))
    with db.write() as session:
        session.scalars(select(Template)).one().vectors = b"spoilt"
        session.add(GalleryChange(employee_id=1, changed_at=clock()))
    assert enrol("1", album.photo("a", SITI)).status == "enrolled"
    with gallery.reading() as people:
        assert 1 in people


def test_only_the_photos_of_the_latest_enrolment_count_as_the_same(enrol: Enrol, album: Album) -> None:
    enrol("1", album.photo("a", SITI))
    assert enrol("1", album.photo("b", SITI)).status == "enrolled"
    assert enrol("1", b"b").status == "unchanged"
    assert enrol("1", b"a", b"b").status == "enrolled"


def test_back_to_earlier_photos_is_a_new_enrolment(db: Database, enrol: Enrol, album: Album) -> None:
    first, second = album.photo("a", SITI), album.photo("b", SITI)
    for photo in (first, second, first):
        assert enrol("1", photo).status == "enrolled"
    assert _rows(db, GalleryChange) == 3


def test_a_full_pool_stops_the_enrolment_and_what_was_sent(db: Database, enrol: Enrol, album: Album) -> None:
    photos = album.photo("a", SITI), album.photo("b", SITI)
    album.on_submit = lambda: album.refusals.append(PoolFull())
    with pytest.raises(PoolFull):
        enrol("1", *photos)
    assert album.in_flight == 0
    assert _rows(db, Photo) == 0


def test_a_closed_engine_is_not_the_photos_fault(enrol: Enrol, album: Album) -> None:
    with pytest.raises(EngineFailed, match="engine_failed"):
        enrol("1", album.photo("a", EngineFailed("closed")))


def test_files_of_a_failed_transaction_are_removed(
    db: Database, enrol: Enrol, album: Album, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    event.listen(GalleryChange, "before_insert", fail)
    try:
        with pytest.raises(RuntimeError, match="the disk is gone"):
            enrol("1", album.photo("a", SITI), album.photo("b", SITI))
    finally:
        event.remove(GalleryChange, "before_insert", fail)
    assert (_files(tmp_path), _rows(db, Photo), _rows(db, Template)) == (0, 0, 0)


class _FullAfterOne(EvidenceStore):
    """A disk with room for one more image."""

    room = 1

    def put(self, key: str, data: bytes) -> None:
        if not self.room:
            raise StorageFull
        self.room -= 1
        super().put(key, data)


def test_a_full_disk_stores_nothing(
    db: Database,
    ring: KeyRing,
    enrolment: Enrolment,
    album: Album,
    gallery: GallerySync,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    store = _FullAfterOne(tmp_path / "evidence", ring)
    with pytest.raises(StorageFull):
        Enrolment(db, ring, store, album, gallery).enrol(
            "1", [album.photo("a", SITI), album.photo("b", SITI)], by=None, now=clock()
        )
    assert (_files(tmp_path), _rows(db, Photo)) == (0, 0)


def test_of_one_face_enrolled_under_two_nips_at_once_one_is_refused(enrol: Enrol, album: Album) -> None:
    both = threading.Barrier(2, timeout=10)
    photos = {"1": album.photo("a", SITI), "2": album.photo("b", SITI)}

    def together() -> None:
        both.wait()

    album.on_submit = together

    def one(nip: str) -> str:
        try:
            return enrol(nip, photos[nip]).status
        except LooksLikeSomeone as refused:
            return refused.code

    with ThreadPoolExecutor() as threads:
        assert sorted(threads.map(one, photos)) == ["enrolled", "looks_like_someone"]


def test_of_two_enrolments_of_one_employee_at_once_the_template_is_of_one(
    db: Database, enrol: Enrol, album: Album, gallery: GallerySync
) -> None:
    photos = [album.photo(str(number), SITI) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        assert {result.status for result in threads.map(lambda photo: enrol("1", photo), photos)} == {
            "enrolled"
        }
    assert (_rows(db, Template), _rows(db, Photo)) == (1, 8)
    with gallery.reading() as people:
        assert len(people.vectors(1)) == 1


def test_a_photo_is_checked_without_storing_anything(
    db: Database, enrolment: Enrolment, album: Album, tmp_path: Path
) -> None:
    photo = album.photo("a", SITI)
    assert enrolment.check(photo).outcome == album.outcomes[photo]
    assert (_rows(db, Photo), _files(tmp_path)) == (0, 0)


def test_a_real_photo_is_enrolled_by_a_real_pool(
    db: Database,
    ring: KeyRing,
    evidence: EvidenceStore,
    clock: FakeClock,
    astronaut_png: bytes,
    engine: FaceEngine,
) -> None:
    with db.write() as session:
        session.add(Employee(nip="1", name="Eileen Collins", created_at=clock()))
    pool = InferencePool(ENCODERS, workers=1, queue_limit=4, deadline_s=60)
    pool.start()
    try:
        gallery = GallerySync(db, ring, ENCODERS)
        result = Enrolment(db, ring, evidence, pool, gallery).enrol(
            "1", [astronaut_png], by=None, now=clock()
        )
    finally:
        pool.close()
    assert result.template_photos == 1
    with gallery.reading() as people:
        assert people.verify(1, engine.read(astronaut_png).descriptor) == pytest.approx(1, abs=1e-4)


def _consents(db: Database) -> list[tuple[str, str, bool]]:
    with db.read() as session:
        rows = session.scalars(select(Consent).order_by(Consent.id))
        return [(row.text_version, row.language, row.given_by is None) for row in rows]


def test_the_consent_is_recorded_with_the_template(
    db: Database, enrolment: Enrolment, album: Album, clock: FakeClock
) -> None:
    photos = [album.photo("siti", SITI)]
    enrolment.enrol("1", photos, by=None, consent=Consented("id"), now=clock())
    assert _consents(db) == [(CURRENT_VERSION, "id", True)]


def test_where_nothing_is_stored_no_consent_is_either(
    db: Database, enrolment: Enrolment, album: Album, clock: FakeClock
) -> None:
    with pytest.raises(PhotosRefused):
        enrolment.enrol("1", [album.photo("nobody", NoFace())], by=None, consent=Consented("id"), now=clock())
    assert _consents(db) == []


def test_a_consent_that_was_not_recorded_can_be_added_by_the_same_photos(
    db: Database, enrolment: Enrolment, enrol: Enrol, album: Album, clock: FakeClock
) -> None:
    photo = album.photo("siti", SITI)
    enrol("1", photo)
    for _ in range(2):
        again = enrolment.enrol("1", [photo], by=None, consent=Consented("en"), now=clock())
        assert again.status == "unchanged"
    assert _consents(db) == [(CURRENT_VERSION, "en", True)]
