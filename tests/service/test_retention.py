import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from service.db.session import Database
from service.db.tables import Checkin, CheckinStatus, Employee, Photo
from service.evidence import EvidenceStore
from service.retention import Retention, RetentionReport
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee

DAYS = 90


@pytest.fixture
def retention(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Retention:
    return Retention(db, evidence, days=DAYS, clock=clock)


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    return add_employee(db, "1", clock())


def check_in(
    db: Database, evidence: EvidenceStore, employee_id: int, clock: FakeClock, status: CheckinStatus
) -> str:
    with db.read() as session:
        number = len(session.scalars(select(Checkin.id)).all())
    checkin_id = f"00000000-0000-4000-8000-{number:012d}"
    folder = f"checkins/{clock():%Y/%m/%d}/{checkin_id}"
    evidence.put(f"{folder}/selfie", b"a selfie")
    evidence.put(f"{folder}/frame", b"a frame")
    with db.write() as session:
        session.add(
            Checkin(
                id=checkin_id,
                employee_id=employee_id,
                kind="in",
                captured_at=clock(),
                received_at=clock(),
                counted_at=clock(),
                status=status,
                reasons=[],
                selfie_key=f"{folder}/selfie",
                selfie_sha256="0" * 64,
                frame_keys=[f"{folder}/frame"],
                meta={},
                findings={"similarity": 0.8},
            )
        )
    return checkin_id


def photo(db: Database, evidence: EvidenceStore, employee_id: int, clock: FakeClock, folder: str) -> str:
    key = f"photos/{folder}/0"
    evidence.put(key, b"a photo")
    with db.write() as session:
        session.add(
            Photo(
                employee_id=employee_id,
                sha256="0" * 64,
                phash="0" * 16,
                evidence_key=key,
                quality={},
                created_at=clock(),
            )
        )
    return key


def age(root: Path, now: FakeClock, **by: float) -> None:
    """As if every file had been written so long ago."""
    written = (now() - timedelta(**by)).timestamp()
    for path in root.rglob("*"):
        os.utime(path, (written, written))


@pytest.mark.parametrize("status", ["accepted", "retake"])
def test_images_of_decided_check_ins_are_kept_for_just_so_long(
    retention: Retention,
    db: Database,
    evidence: EvidenceStore,
    siti: int,
    clock: FakeClock,
    status: CheckinStatus,
) -> None:
    check_in(db, evidence, siti, clock, status)
    clock.advance(days=DAYS)
    assert retention.run() == RetentionReport()
    clock.advance(seconds=1)
    assert retention.run() == RetentionReport(checkins=1, images=2)
    assert list(evidence.stored_keys()) == []


def test_the_row_stays_with_its_numbers(
    retention: Retention, db: Database, evidence: EvidenceStore, siti: int, clock: FakeClock
) -> None:
    checkin_id = check_in(db, evidence, siti, clock, "accepted")
    clock.advance(days=DAYS + 1)
    retention.run()
    with db.read() as session:
        row = session.get_one(Checkin, checkin_id)
    assert (row.selfie_key, row.frame_keys, row.findings) == (None, [], {"similarity": 0.8})


@pytest.mark.parametrize("status", ["review", "received"])
def test_images_stay_while_nobody_has_decided(
    retention: Retention,
    db: Database,
    evidence: EvidenceStore,
    siti: int,
    clock: FakeClock,
    status: CheckinStatus,
) -> None:
    check_in(db, evidence, siti, clock, status)
    clock.advance(days=DAYS * 2)
    assert retention.run() == RetentionReport(kept_waiting=1)
    assert len(list(evidence.stored_keys())) == 2


def test_a_check_in_that_arrived_while_its_owner_was_erased_is_cleared_at_once(
    retention: Retention, db: Database, evidence: EvidenceStore, siti: int, clock: FakeClock
) -> None:
    checkin_id = check_in(db, evidence, siti, clock, "review")
    with db.write() as session:
        session.get_one(Employee, siti).erased_at = clock()
    assert retention.run().images == 2
    with db.read() as session:
        row = session.get_one(Checkin, checkin_id)
    assert (row.selfie_key, row.selfie_sha256, row.findings) == (None, "", {})


def test_photos_of_the_latest_enrolment_are_never_too_old(
    retention: Retention, db: Database, evidence: EvidenceStore, siti: int, clock: FakeClock
) -> None:
    first = photo(db, evidence, siti, clock, "first")
    clock.advance(days=1)
    latest = photo(db, evidence, siti, clock, "latest")
    clock.advance(days=DAYS * 5)
    assert retention.run().photos == 1
    assert not evidence.exists(first)
    assert evidence.exists(latest)


def test_what_nothing_names_is_swept_after_a_day(
    retention: Retention, evidence: EvidenceStore, clock: FakeClock, tmp_path: Path
) -> None:
    evidence.put("checkins/2026/11/24/00000000-0000-4000-8000-000000000009/selfie", b"a selfie")
    evidence.put("photos/2026/11/24/lost/0", b"a photo")
    age(tmp_path / "evidence", clock, hours=23)
    assert retention.run().orphans == 0
    age(tmp_path / "evidence", clock, hours=25)
    assert retention.run().orphans == 2
    assert list(evidence.stored_keys()) == []


def test_what_rows_name_is_not_swept(
    retention: Retention,
    db: Database,
    evidence: EvidenceStore,
    siti: int,
    clock: FakeClock,
    tmp_path: Path,
) -> None:
    check_in(db, evidence, siti, clock, "accepted")
    photo(db, evidence, siti, clock, "one")
    age(tmp_path / "evidence", clock, days=30)
    assert retention.run() == RetentionReport()
    assert len(list(evidence.stored_keys())) == 3


def test_drafts_that_a_crash_left_are_swept(
    retention: Retention, evidence: EvidenceStore, clock: FakeClock, tmp_path: Path
) -> None:
    evidence.put("elsewhere/1", b"not ours to judge")
    draft = tmp_path / "evidence" / "elsewhere" / ".2.abc"
    draft.write_bytes(b"half")
    age(tmp_path / "evidence", clock, days=2)
    assert retention.run().orphans == 1
    assert not draft.exists()
    assert evidence.exists("elsewhere/1")


def test_a_second_run_finds_nothing_to_do(
    retention: Retention, db: Database, evidence: EvidenceStore, siti: int, clock: FakeClock
) -> None:
    check_in(db, evidence, siti, clock, "accepted")
    clock.advance(days=DAYS + 1)
    retention.run()
    assert retention.run() == RetentionReport()
