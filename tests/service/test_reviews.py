import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from service import reviews
from service.audit import AuditKeys
from service.audit_decisions import check_decisions, note_decision
from service.db.session import Database
from service.db.tables import Account, AuditEntry, Checkin, CheckinStatus, Photo, Verdict, VerdictKind
from service.erasure import Erasure
from service.errors import InvalidRequest, NotInReview, OwnCheckin, UnknownCheckin
from service.evidence import EvidenceStore
from service.login_attempts import Delays
from service.storage_errors import EvidenceMissing
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee

NOBODYS = str(uuid.UUID(int=0))


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    return add_employee(db, "1", clock())


def account_of(db: Database, clock: FakeClock, login: str, employee_id: int | None = None) -> Account:
    with db.write() as session:
        account = Account(login=login, role="hr", employee_id=employee_id, created_at=clock())
        session.add(account)
    return account


@pytest.fixture
def judge(db: Database, clock: FakeClock) -> Account:
    return account_of(db, clock, "rahmat")


def check_in(
    db: Database,
    evidence: EvidenceStore,
    employee_id: int,
    clock: FakeClock,
    status: CheckinStatus = "review",
) -> str:
    checkin_id = str(uuid.uuid4())
    folder = f"checkins/{clock():%Y/%m/%d}/{checkin_id}"
    evidence.put(f"{folder}/selfie-1", b"a selfie")
    evidence.put(f"{folder}/frame-0-1", b"a frame")
    with db.write() as session:
        row = Checkin(
            id=checkin_id,
            employee_id=employee_id,
            kind="in",
            captured_at=clock(),
            received_at=clock(),
            counted_at=clock(),
            status=status,
            reasons=["no_liveness"],
            selfie_key=f"{folder}/selfie-1",
            selfie_sha256="5" * 64,
            frame_keys=[f"{folder}/frame-0-1"],
            meta={},
            findings={"similarity": 0.81},
            decided_at=clock(),
        )
        session.add(row)
        session.flush()
        note_decision(session, row)
    clock.advance(minutes=1)
    return checkin_id


@pytest.fixture
def checkin_id(db: Database, evidence: EvidenceStore, siti: int, clock: FakeClock) -> str:
    return check_in(db, evidence, siti, clock)


def row_of(db: Database, checkin_id: str) -> Checkin:
    with db.read() as session:
        return session.get_one(Checkin, checkin_id)


def views_of(db: Database, checkin_id: str) -> int:
    with db.read() as session:
        viewed = select(AuditEntry).where(
            AuditEntry.action == "evidence_viewed", AuditEntry.subject == f"checkin:{checkin_id}"
        )
        return len(session.scalars(viewed).all())


@pytest.mark.parametrize(
    ("kind", "status", "counts"),
    [
        ("genuine", "accepted", True),
        ("technical_fault", "accepted", True),
        ("impostor", "rejected", False),
        ("cant_tell", "review", True),
    ],
)
def test_a_verdict_takes_effect_at_once(
    db: Database,
    judge: Account,
    checkin_id: str,
    clock: FakeClock,
    kind: VerdictKind,
    status: CheckinStatus,
    counts: bool,
) -> None:
    assert reviews.give_verdict(db, judge, checkin_id, kind, "seen", clock()) == status
    row = row_of(db, checkin_id)
    assert (row.status, row.counted_at is not None) == (status, counts)


def test_nobody_judges_their_own(
    db: Database, evidence: EvidenceStore, siti: int, checkin_id: str, clock: FakeClock
) -> None:
    herself = account_of(db, clock, "1", siti)
    with pytest.raises(OwnCheckin):
        reviews.give_verdict(db, herself, checkin_id, "genuine", "", clock())
    assert row_of(db, checkin_id).status == "review"
    assert reviews.waiting(db, herself, page=1).total == 0
    assert not reviews.open_review(db, herself, checkin_id, clock()).may_judge


@pytest.mark.parametrize("status", ["received", "accepted", "retake", "rejected"])
def test_only_what_is_in_review_is_judged(
    db: Database, evidence: EvidenceStore, judge: Account, siti: int, clock: FakeClock, status: CheckinStatus
) -> None:
    decided = check_in(db, evidence, siti, clock, status)
    with pytest.raises(NotInReview):
        reviews.give_verdict(db, judge, decided, "genuine", "", clock())


def test_of_two_verdicts_at_once_one_counts(
    db: Database, judge: Account, checkin_id: str, clock: FakeClock
) -> None:
    def give(kind: VerdictKind) -> str:
        try:
            return reviews.give_verdict(db, judge, checkin_id, kind, "seen", clock())
        except NotInReview:
            return "too late"

    with ThreadPoolExecutor(2) as threads:
        given = list(threads.map(give, ("genuine", "impostor")))
    assert given.count("too late") == 1
    assert row_of(db, checkin_id).status in given


def test_after_a_doubt_somebody_else_can_decide(
    db: Database, judge: Account, checkin_id: str, clock: FakeClock
) -> None:
    other = account_of(db, clock, "dewi")
    reviews.give_verdict(db, judge, checkin_id, "cant_tell", "", clock())
    reviews.give_verdict(db, other, checkin_id, "genuine", "", clock())
    given = reviews.open_review(db, judge, checkin_id, clock()).verdicts
    assert [(one.kind, one.by) for one in given] == [("cant_tell", "rahmat"), ("genuine", "dewi")]


@pytest.mark.parametrize("kind", ["impostor", "technical_fault"])
def test_a_grave_verdict_says_why(
    db: Database, judge: Account, checkin_id: str, clock: FakeClock, kind: VerdictKind
) -> None:
    with pytest.raises(InvalidRequest):
        reviews.give_verdict(db, judge, checkin_id, kind, "  ", clock())
    assert row_of(db, checkin_id).status == "review"


def test_what_does_not_exist_is_not_judged(db: Database, judge: Account, clock: FakeClock) -> None:
    with pytest.raises(UnknownCheckin):
        reviews.give_verdict(db, judge, NOBODYS, "genuine", "", clock())
    with pytest.raises(UnknownCheckin):
        reviews.open_review(db, judge, NOBODYS, clock())


def test_the_longest_waiting_is_first(
    db: Database, evidence: EvidenceStore, judge: Account, siti: int, clock: FakeClock
) -> None:
    first, second = (check_in(db, evidence, siti, clock) for _ in range(2))
    check_in(db, evidence, siti, clock, "accepted")
    listed = reviews.waiting(db, judge, page=1)
    assert [one.id for one in listed.records] == [first, second]
    assert listed.total == 2


def test_the_images_of_both_sides_are_shown_and_each_view_is_on_record(
    db: Database, evidence: EvidenceStore, judge: Account, siti: int, checkin_id: str, clock: FakeClock
) -> None:
    evidence.put("photos/a/0", b"an enrolment photo")
    with db.write() as session:
        session.add(
            Photo(
                employee_id=siti,
                evidence_key="photos/a/0",
                sha256="6" * 64,
                phash="0" * 16,
                quality={},
                created_at=clock(),
            )
        )
    review = reviews.open_review(db, judge, checkin_id, clock())
    assert review.images == ("selfie", "frame-1", "enrolment-1")
    shown = [reviews.image_of(db, evidence, judge, checkin_id, one, clock()) for one in review.images]
    assert shown == [b"a selfie", b"a frame", b"an enrolment photo"]
    assert views_of(db, checkin_id) == 4


@pytest.mark.parametrize("name", ["", "selfie-1", "frame-9", "../../keys/keys.json", "enrolment-1"])
def test_only_its_own_images_are_shown(
    db: Database,
    evidence: EvidenceStore,
    judge: Account,
    checkin_id: str,
    clock: FakeClock,
    name: str,
) -> None:
    with pytest.raises(EvidenceMissing):
        reviews.image_of(db, evidence, judge, checkin_id, name, clock())


def test_a_verdict_is_in_the_trail_and_the_decisions_still_agree(
    db: Database, judge: Account, checkin_id: str, clock: FakeClock, tmp_path: Path
) -> None:
    keys = AuditKeys.load(tmp_path / "keys")
    reviews.give_verdict(db, judge, checkin_id, "impostor", "a photo of a photo", clock())
    assert check_decisions(db, keys).intact
    with db.write() as session:
        session.get_one(Checkin, checkin_id).status = "accepted"
    assert check_decisions(db, keys).changed == [checkin_id]


def test_the_words_of_a_verdict_go_with_the_person(
    db: Database, evidence: EvidenceStore, delays: Delays, judge: Account, checkin_id: str, clock: FakeClock
) -> None:
    reviews.give_verdict(db, judge, checkin_id, "impostor", "Siti's brother", clock())
    Erasure(db, evidence, delays).erase("1", clock())
    with db.read() as session:
        (verdict,) = session.scalars(select(Verdict))
        assert (verdict.kind, verdict.note) == ("impostor", "")
