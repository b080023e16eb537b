import numpy as np
import pytest

from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Template
from service.gallery_sync import GallerySync
from service.storage_errors import OtherEncoders
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, add_employee, enrol, unit_vector, withdraw


@pytest.fixture
def sync(db: Database, ring: KeyRing) -> GallerySync:
    return GallerySync(db, ring, ENCODERS)


def test_an_empty_database_is_an_empty_gallery(sync: GallerySync) -> None:
    with sync.reading() as gallery:
        assert len(gallery) == 0


def test_what_is_enrolled_is_there_at_the_next_reading(
    sync: GallerySync, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    with sync.reading():
        pass
    person = add_employee(db, "1", clock())
    enrol(db, ring, person, unit_vector(1), clock())
    with sync.reading() as gallery:
        assert gallery.verify(person, unit_vector(1)) == pytest.approx(1)


def test_a_second_process_follows_the_first(
    sync: GallerySync, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    other = GallerySync(db, ring, ENCODERS)
    for number in range(20):
        person = add_employee(db, str(number), clock())
        enrol(db, ring, person, unit_vector(number), clock())
        with sync.reading() as ours, other.reading() as theirs:
            assert person in ours
            assert person in theirs


def test_a_new_template_takes_the_place_of_the_old_one(
    sync: GallerySync, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    person = add_employee(db, "1", clock())
    enrol(db, ring, person, unit_vector(1), clock())
    with sync.reading():
        pass
    enrol(db, ring, person, unit_vector(2), clock())
    with sync.reading() as gallery:
        np.testing.assert_allclose(gallery.vectors(person), unit_vector(2)[None])


def test_who_is_withdrawn_is_gone_at_the_next_reading(
    sync: GallerySync, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    person = add_employee(db, "1", clock())
    enrol(db, ring, person, unit_vector(1), clock())
    with sync.reading():
        pass
    withdraw(db, person, clock())
    with sync.reading() as gallery:
        assert person not in gallery


def test_a_template_moved_to_another_person_is_reported_and_left_out_and_the_others_stay(
    sync: GallerySync, db: Database, ring: KeyRing, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    victim, thief, third = (add_employee(db, nip, clock()) for nip in "123")
    for person in (victim, thief, third):
        enrol(db, ring, person, unit_vector(person), clock())
    with db.write() as session:
        stolen = session.query(Template).filter_by(employee_id=victim).one().vectors
        session.query(Template).filter_by(employee_id=thief).one().vectors = stolen
    with sync.reading() as gallery:
        assert set(gallery.keys()) == {victim, third}
    assert sync.broken == {thief}
    assert [record.getMessage() for record in caplog.records] == [
        f"the template of employee id {thief} can't be opened and is left out"
    ]


def test_a_start_with_other_encoders_than_the_templates_is_refused_with_what_to_do(
    db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    enrol(db, ring, add_employee(db, "1", clock()), unit_vector(1), clock())
    with pytest.raises(OtherEncoders, match="HADIR_ENCODERS"):
        GallerySync(db, ring, ("dlib",)).check_encoders()


def test_a_start_with_the_templates_encoders_is_fine(
    sync: GallerySync, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    sync.check_encoders()
    enrol(db, ring, add_employee(db, "1", clock()), unit_vector(1), clock())
    sync.check_encoders()
