from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from service.audit import AuditKeys
from service.audit_decisions import DecisionCheck, check_decisions, note_decision
from service.db.session import Database
from service.db.tables import Checkin
from service.erasure import Erasure
from service.evidence import EvidenceStore
from service.login_attempts import Delays
from service.retention import Retention
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee

SITI, BUDI = "1", "2"


@pytest.fixture
def people(db: Database, clock: FakeClock) -> dict[str, int]:
    return {nip: add_employee(db, nip, clock()) for nip in (SITI, BUDI)}


@pytest.fixture
def checkin_id(db: Database, evidence: EvidenceStore, people: dict[str, int], clock: FakeClock) -> str:
    """Siti's, decided, and Budi resembles her a little."""
    checkin_id = "00000000-0000-4000-8000-000000000001"
    key = f"checkins/{clock():%Y/%m/%d}/{checkin_id}/selfie"
    evidence.put(key, b"a selfie")
    row = Checkin(
        id=checkin_id,
        employee_id=people[SITI],
        kind="in",
        captured_at=clock(),
        received_at=clock(),
        counted_at=clock(),
        status="received",
        reasons=[],
        selfie_key=key,
        selfie_sha256="5" * 64,
        frame_keys=[],
        meta={"position": {"lat": -6.59, "lon": 106.79, "accuracy_m": 18.0}},
    )
    with db.write() as session:
        session.add(row)
    with db.write() as session:
        row = session.get_one(Checkin, checkin_id)
        row.status, row.reasons, row.decided_at = "review", ["no_liveness"], clock()
        row.findings = {
            "threshold": 0.663,
            "clock_difference_s": -1.25,
            "similarity": 0.8123,
            "rivals": [{"employee_id": people[BUDI], "similarity": 0.32}],
        }
        note_decision(session, row)
    return checkin_id


@pytest.fixture
def check(db: Database, tmp_path: Path) -> Callable[[], DecisionCheck]:
    return lambda: check_decisions(db, AuditKeys.load(tmp_path / "keys"))


def test_a_decision_that_nobody_changed_is_as_it_was(
    checkin_id: str, check: Callable[[], DecisionCheck]
) -> None:
    assert check() == DecisionCheck(checked=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "accepted"},
        {"reasons": []},
        {"employee_id": 2},
        {"kind": "out"},
        {"counted_at": None},
        {"selfie_sha256": "6" * 64},
        {"encoders": "dlib/1"},
        {"meta": {"position": {"lat": -6.59, "lon": 106.80, "accuracy_m": 18.0}}},
        {"findings": {"threshold": 0.663, "clock_difference_s": -1.25, "similarity": 0.9123}},
        {"findings": {"threshold": 0.5, "clock_difference_s": -1.25, "similarity": 0.8123}},
        {"findings": None},
    ],
    ids=str,
)
def test_a_change_behind_the_services_back_is_found(
    db: Database, checkin_id: str, check: Callable[[], DecisionCheck], changes: dict[str, Any]
) -> None:
    with db.write() as session:
        row = session.get_one(Checkin, checkin_id)
        for name, value in changes.items():
            setattr(row, name, value)
    assert check() == DecisionCheck(checked=1, found=1, changed=[checkin_id])


def test_a_time_moved_by_a_second_is_found(
    db: Database, checkin_id: str, check: Callable[[], DecisionCheck]
) -> None:
    with db.write() as session:
        row = session.get_one(Checkin, checkin_id)
        row.received_at -= timedelta(seconds=1)
    assert check().changed == [checkin_id]


def test_a_deleted_check_in_is_found(
    db: Database, checkin_id: str, check: Callable[[], DecisionCheck]
) -> None:
    with db.write() as session:
        session.execute(delete(Checkin))
    assert check() == DecisionCheck(found=1, deleted=[checkin_id])


def test_a_check_in_that_somebody_put_there_is_found(
    db: Database, checkin_id: str, clock: FakeClock, check: Callable[[], DecisionCheck]
) -> None:
    forged = "00000000-0000-4000-8000-00000000000f"
    clock.advance(minutes=1)
    with db.write() as session:
        session.add(
            Checkin(
                id=forged,
                employee_id=1,
                kind="in",
                captured_at=clock(),
                received_at=clock(),
                counted_at=clock(),
                status="accepted",
                reasons=[],
                selfie_sha256="",
                frame_keys=[],
                meta={},
                decided_at=clock(),
            )
        )
    assert check() == DecisionCheck(checked=1, found=1, unwritten=[forged])


def test_what_was_decided_before_there_was_a_trail_is_counted_apart(
    db: Database, checkin_id: str, clock: FakeClock, check: Callable[[], DecisionCheck]
) -> None:
    with db.write() as session:
        row = session.get_one(Checkin, checkin_id)
        session.expunge(row)
        early = Checkin(
            id="00000000-0000-4000-8000-00000000000e",
            **{
                name: getattr(row, name)
                for name in (
                    "employee_id",
                    "kind",
                    "captured_at",
                    "received_at",
                    "counted_at",
                    "status",
                    "reasons",
                    "selfie_sha256",
                    "frame_keys",
                    "meta",
                )
            },
            decided_at=clock() - timedelta(days=1),
        )
        session.add(early)
    assert check() == DecisionCheck(checked=1, before_the_trail=1)


def test_one_that_waits_is_not_looked_at(
    db: Database, checkin_id: str, check: Callable[[], DecisionCheck]
) -> None:
    with db.write() as session:
        row = session.get_one(Checkin, checkin_id)
        session.expunge(row)
        waiting = Checkin(
            id="00000000-0000-4000-8000-00000000000d",
            employee_id=row.employee_id,
            kind="in",
            captured_at=row.captured_at,
            received_at=row.received_at,
            status="received",
            reasons=[],
            selfie_sha256="",
            frame_keys=[],
            meta={},
        )
        session.add(waiting)
    assert check() == DecisionCheck(checked=1)


@pytest.mark.parametrize("nip", [SITI, BUDI])
def test_erasure_is_no_change(
    db: Database,
    evidence: EvidenceStore,
    delays: Delays,
    checkin_id: str,
    clock: FakeClock,
    check: Callable[[], DecisionCheck],
    nip: str,
) -> None:
    Erasure(db, evidence, delays).erase(nip, clock())
    assert check() == DecisionCheck(checked=1)


def test_withdrawn_consent_is_no_change(
    db: Database,
    evidence: EvidenceStore,
    delays: Delays,
    people: dict[str, int],
    checkin_id: str,
    clock: FakeClock,
    check: Callable[[], DecisionCheck],
) -> None:
    Erasure(db, evidence, delays).withdraw_consent(people[SITI], clock(), by=None)
    assert check() == DecisionCheck(checked=1)


def test_the_end_of_the_images_time_is_no_change(
    db: Database,
    evidence: EvidenceStore,
    checkin_id: str,
    clock: FakeClock,
    check: Callable[[], DecisionCheck],
) -> None:
    clock.advance(days=91)
    Retention(db, evidence, days=90, clock=clock).run()
    assert check() == DecisionCheck(checked=1)


def test_a_changed_status_shows_after_erasure_too(
    db: Database,
    evidence: EvidenceStore,
    delays: Delays,
    checkin_id: str,
    clock: FakeClock,
    check: Callable[[], DecisionCheck],
) -> None:
    Erasure(db, evidence, delays).erase(SITI, clock())
    with db.write() as session:
        session.get_one(Checkin, checkin_id).status = "accepted"
    assert check().changed == [checkin_id]


def test_a_face_can_not_be_blanked_without_its_erasure(
    db: Database, checkin_id: str, check: Callable[[], DecisionCheck]
) -> None:
    with db.write() as session:
        row = session.get_one(Checkin, checkin_id)
        row.selfie_sha256, row.findings = "", {"threshold": 0.663, "clock_difference_s": -1.25}
    assert check().changed == [checkin_id]


def test_progress_goes_through_all_check_ins(db: Database, checkin_id: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    check_decisions(
        db, AuditKeys.load(tmp_path / "keys"), progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 1)]
