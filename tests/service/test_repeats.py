"""A picture that was sent before is found, and with what; what is nobody's repeat is not."""

import uuid
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from models.repeats import from_bytes
from service import repeats
from service.db.print_tables import CheckinPrints
from service.db.session import Database
from service.db.tables import Checkin, CheckinStatus, Photo
from service.repeats import Pictures, Repeat
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee


def pictures(*seeds: int) -> Pictures:
    """Of a selfie and frames: each seed is another picture."""
    words = [np.random.default_rng(seed).integers(1, 2**63, 24).astype(np.uint64) for seed in seeds]
    return Pictures(tuple(int(each[0]) for each in words), np.stack(words).reshape(-1, 6, 4))


def nearly(prints: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    return prints ^ np.uint64(2**bits - 1)


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    return add_employee(db, "1", clock())


@pytest.fixture
def budi(db: Database, clock: FakeClock) -> int:
    return add_employee(db, "2", clock())


def checkin(
    db: Database,
    clock: FakeClock,
    employee_id: int,
    seen: Pictures | None = None,
    status: CheckinStatus = "accepted",
) -> str:
    """Stored, with its fingerprints when `seen` is given."""
    row = Checkin(
        id=str(uuid.uuid4()),
        employee_id=employee_id,
        kind="in",
        captured_at=clock(),
        received_at=clock(),
        status=status,
        reasons=[],
        selfie_key=None,
        selfie_sha256="",
        frame_keys=[],
        meta={},
    )
    with db.write() as session:
        session.add(row)
        session.flush()
        if seen:
            repeats.keep(session, row, seen)
        return row.id


def found(db: Database, clock: FakeClock, employee_id: int, seen: Pictures) -> list[Repeat]:
    checkin_id = checkin(db, clock, employee_id, status="received")
    with db.read() as session:
        return repeats.find(session, session.get_one(Checkin, checkin_id), seen)


def test_a_selfie_sent_again_names_the_check_in_it_was_sent_with(
    db: Database, clock: FakeClock, siti: int
) -> None:
    checkin(db, clock, siti, pictures(4, 5))
    earlier = checkin(db, clock, siti, pictures(1, 2, 3))
    clock.advance(days=1)
    assert found(db, clock, siti, pictures(1, 9)) == [Repeat(0, earlier, 0)]


def test_a_frame_sent_again_is_found_among_selfies_and_frames(
    db: Database, clock: FakeClock, siti: int
) -> None:
    first, second = checkin(db, clock, siti, pictures(1, 2)), checkin(db, clock, siti, pictures(3, 4))
    assert found(db, clock, siti, pictures(7, 4, 1)) == [Repeat(1, second, 0), Repeat(2, first, 0)]


def test_a_picture_that_differs_in_few_bits_is_the_same_and_in_more_is_not(
    db: Database, clock: FakeClock, siti: int
) -> None:
    one = pictures(1)
    earlier = checkin(db, clock, siti, one)
    # Three bits of each of the four words, then five.
    assert found(db, clock, siti, Pictures((5,), nearly(one.prints, 3))) == [Repeat(0, earlier, 12)]
    assert found(db, clock, siti, Pictures((5,), nearly(one.prints, 5))) == []


def test_a_retake_sent_again_for_a_person_to_look_at_is_no_repeat(
    db: Database, clock: FakeClock, siti: int
) -> None:
    checkin(db, clock, siti, pictures(1, 2), status="retake")
    assert found(db, clock, siti, pictures(1, 2)) == []


def test_an_enrolment_photo_is_found(db: Database, clock: FakeClock, siti: int) -> None:
    with db.write() as session:
        session.add(
            Photo(
                employee_id=siti,
                sha256="0" * 64,
                phash=f"{pictures(1).hashes[0] ^ 0b11:016x}",
                evidence_key="photos/1",
                quality={},
                created_at=clock(),
            )
        )
    assert found(db, clock, siti, pictures(1, 2)) == [Repeat(0, "enrolment_photo", 2)]


def test_somebody_elses_selfie_is_found(db: Database, clock: FakeClock, siti: int, budi: int) -> None:
    earlier = checkin(db, clock, budi, pictures(1, 2))
    assert found(db, clock, siti, pictures(1, 3)) == [Repeat(0, earlier, 0)]


def test_what_is_older_than_ninety_days_is_not_looked_at(db: Database, clock: FakeClock, siti: int) -> None:
    checkin(db, clock, siti, pictures(1))
    clock.now += repeats.WITHIN + timedelta(seconds=1)
    assert found(db, clock, siti, pictures(1)) == []


def test_pictures_without_detail_repeat_nothing(db: Database, clock: FakeClock, siti: int, budi: int) -> None:
    blank = Pictures((0,), np.zeros((1, 6, 4), np.uint64))
    checkin(db, clock, siti, blank)
    checkin(db, clock, budi, blank)
    assert found(db, clock, siti, blank) == []


def test_forgotten_fingerprints_are_gone(db: Database, clock: FakeClock, siti: int) -> None:
    kept, gone = checkin(db, clock, siti, pictures(1, 2)), checkin(db, clock, siti, pictures(3))
    with db.write() as session:
        assert repeats.forget(session, [gone]) == [pictures(3).picture.encode()]
    with db.read() as session:
        rows = session.scalars(select(CheckinPrints)).all()
    assert [row.checkin_id for row in rows] == [kept]
    np.testing.assert_array_equal(from_bytes(rows[0].prints), pictures(1, 2).prints)
