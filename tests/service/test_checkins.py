import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import func, select

from models.engine import FaceEngine, ManyFaces, NoFace
from models.image import BadImage
from models.liveness.active import ActiveLiveness
from models.liveness.passive import PassiveLiveness
from service import challenges
from service.access_errors import NotSignedIn
from service.checkins import CLAIM, Checkins, Submission
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Checkin, Employee
from service.erasure import NOT_OF_THE_FACE, Erasure
from service.errors import CheckinIdTaken, UnknownCheckin, WaitAMoment
from service.evidence import EvidenceStore
from service.examination import MOST_TRIES, Examiner
from service.gallery_sync import GallerySync
from service.login_attempts import Delays
from service.placements import move_employee
from service.sites import FenceOfSite, add_site
from service.storage_errors import EngineFailed, PoolFull, StorageFull
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
from tests.service.org_tree import plant

THRESHOLD = 0.66
SITI, BUDI = unit_vector(1), unit_vector(2)


@pytest.fixture
def reader(engine: FaceEngine, astronaut_png: bytes) -> FakeReader:
    reading = engine.read(astronaut_png)
    return FakeReader(faultless_reading(reading.quality, reading.liveness))


@dataclass
class Office:
    """An organisation of two, Siti and Budi, both enrolled."""

    db: Database
    checkins: Checkins
    reader: FakeReader
    clock: FakeClock
    siti: int
    budi: int

    def submission(self, selfie: bytes = b"siti", **changes: object) -> Submission:
        plain = Submission(
            id=uuid.uuid4(),
            kind="in",
            captured_at=self.clock(),
            selfie=selfie,
            frames=(),
            meta={},
        )
        return replace(plain, **changes)  # type: ignore[arg-type]

    def row(self, submission: Submission) -> Checkin:
        with self.db.read() as session:
            return session.get_one(Checkin, str(submission.id))


@pytest.fixture
def make_checkins(
    db: Database, evidence: EvidenceStore, ring: KeyRing, reader: FakeReader, clock: FakeClock
) -> Iterator[Callable[..., Checkins]]:
    made = []

    def make(queue_limit: int = 8, answer_wait_s: float = 5, challenges: bool = True) -> Checkins:
        examiner = Examiner(
            db,
            evidence,
            reader,
            GallerySync(db, ring, ENCODERS),
            threshold=lambda _photos: THRESHOLD,
            clock=clock,
            challenges=challenges,
        )
        checkins = Checkins(
            db,
            evidence,
            examiner,
            zone=ZoneInfo("Asia/Jakarta"),
            workers=1,
            queue_limit=queue_limit,
            answer_wait_s=answer_wait_s,
            clock=clock,
        )
        made.append(checkins)
        return checkins

    yield make
    for checkins in made:
        checkins.close()


@pytest.fixture
def office(
    db: Database,
    ring: KeyRing,
    reader: FakeReader,
    clock: FakeClock,
    make_checkins: Callable[..., Checkins],
) -> Office:
    siti, budi = add_employee(db, "1", clock()), add_employee(db, "2", clock())
    enrol(db, ring, siti, SITI, clock())
    enrol(db, ring, budi, BUDI, clock())
    reader.outcomes |= {b"siti": near(SITI, 0.8), b"budi": near(BUDI, 0.8), b"stranger": unit_vector(3)}
    return Office(db, make_checkins(), reader, clock, siti, budi)


def images(folder: Path) -> list[Path]:
    return [path for path in (folder / "evidence").rglob("*") if path.is_file()]


def test_a_matching_selfie_lacks_only_evidence_of_liveness(office: Office) -> None:
    answer = office.checkins.submit(office.siti, office.submission(), office.clock())
    assert (answer.status, answer.reasons) == ("review", ("no_liveness",))
    assert answer.counted_at == office.clock()
    assert answer.day.first_in == office.clock()
    assert answer.day.provisional


def test_a_check_in_from_elsewhere_goes_to_review_with_what_is_odd_about_it(office: Office) -> None:
    plant(office.db, {"DESA": None}, office.clock())
    add_site(
        office.db, code="BALAI", name="Balai", unit="DESA", fence=FenceOfSite(0, 0, 100), now=office.clock()
    )
    move_employee(office.db, nip="1", unit="DESA", now=office.clock())
    sent = office.submission(meta={"position": {"lat": 5.0, "lon": 7.0, "accuracy_m": 3.0}})
    answer = office.checkins.submit(office.siti, sent, office.clock())
    assert (answer.status, answer.reasons) == ("review", ("no_liveness", "outside_sites"))
    findings = office.row(sent).findings
    assert findings is not None
    assert (findings["position"]["standing"], findings["flags"]) == ("outside", ["round_coordinates"])


def test_a_day_is_that_of_the_clock_at_the_persons_site(office: Office) -> None:
    # 23:30 in Jakarta, 1:30 of the next day in Jayapura.
    office.clock.now = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
    plant(office.db, {"DESA": None}, office.clock())
    add_site(
        office.db, code="BALAI", name="Balai", unit="DESA", time_zone="Asia/Jayapura", now=office.clock()
    )
    move_employee(office.db, nip="1", unit="DESA", now=office.clock())
    days = {
        person: office.checkins.submit(person, office.submission(), office.clock()).day
        for person in (office.siti, office.budi)
    }
    assert [day.date.day for day in days.values()] == [25, 24]
    assert {day.first_in for day in days.values()} == {office.clock()}


def test_somebody_elses_selfie_goes_to_review_as_the_other_person(office: Office) -> None:
    answer = office.checkins.submit(office.siti, office.submission(b"budi"), office.clock())
    assert answer.status == "review"
    assert answer.reasons[0] == "other_person"


def test_a_strangers_selfie_goes_to_review_as_no_match(office: Office) -> None:
    answer = office.checkins.submit(office.siti, office.submission(b"stranger"), office.clock())
    assert answer.reasons[0] == "no_match"


def test_every_number_behind_the_decision_is_kept_for_the_auditor(office: Office) -> None:
    submission = office.submission(b"budi")
    office.checkins.submit(office.siti, submission, office.clock())
    findings = office.row(submission).findings
    assert findings is not None
    assert findings["threshold"] == THRESHOLD
    assert findings["similarity"] < THRESHOLD
    assert findings["rivals"][0]["employee_id"] == office.budi
    assert findings["gallery_size"] == 2
    assert "eye_distance_px" in findings["quality"]


def test_the_evidence_is_sealed_and_can_be_read_back(
    office: Office, evidence: EvidenceStore, tmp_path: Path
) -> None:
    submission = office.submission(b"siti", frames=(b"frame one", b"frame two"))
    office.checkins.submit(office.siti, submission, office.clock())
    row = office.row(submission)
    assert row.selfie_key is not None
    assert evidence.get(row.selfie_key) == b"siti"
    assert [evidence.get(key) for key in row.frame_keys] == [b"frame one", b"frame two"]
    on_disk = [path.read_bytes() for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert len(on_disk) == 3
    assert not any(b"frame" in data or b"siti" in data for data in on_disk)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (BadImage("damaged"), "image_damaged"),
        (BadImage("unknown_format"), "image_unknown_format"),
        (NoFace(), "no_face"),
        (ManyFaces(), "many_faces"),
    ],
)
def test_a_picture_that_cannot_be_judged_is_a_retake_that_is_recorded(
    office: Office, fault: Exception, reason: str
) -> None:
    office.reader.outcomes[b"bad"] = fault
    submission = office.submission(b"bad")
    answer = office.checkins.submit(office.siti, submission, office.clock())
    assert (answer.status, answer.reasons, answer.counted_at) == ("retake", (reason,), None)
    assert answer.day.first_in is None
    assert office.row(submission).received_at == office.clock()


def test_the_same_picture_sent_anyway_goes_to_review_and_counts(office: Office) -> None:
    office.reader.outcomes[b"bad"] = NoFace()
    office.checkins.submit(office.siti, office.submission(b"bad"), office.clock())
    answer = office.checkins.submit(office.siti, office.submission(b"bad", send_anyway=True), office.clock())
    assert answer.status == "review"
    assert set(answer.reasons) == {"no_liveness", "sent_anyway", "no_face"}
    assert answer.counted_at is not None


def test_the_same_id_again_has_the_same_answer_and_one_row(office: Office) -> None:
    submission = office.submission()
    first = office.checkins.submit(office.siti, submission, office.clock())
    office.clock.advance(minutes=3)
    again = office.checkins.submit(office.siti, submission, office.clock())
    assert again == first
    with office.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Checkin)) == 1
    assert office.reader.read == [b"siti"]


def test_the_same_id_at_the_same_moment_is_one_check_in(office: Office) -> None:
    submission = office.submission()
    with ThreadPoolExecutor(8) as threads:
        answers = [
            threads.submit(office.checkins.submit, office.siti, submission, office.clock()) for _ in range(8)
        ]
    assert {answer.result().id for answer in answers} == {str(submission.id)}
    # The one that was stored may have found no place, and waits.
    wait(office.checkins.take_up_waiting())
    assert office.reader.read == [b"siti"]


def test_somebody_elses_id_is_refused(office: Office) -> None:
    submission = office.submission()
    office.checkins.submit(office.siti, submission, office.clock())
    with pytest.raises(CheckinIdTaken):
        office.checkins.submit(office.budi, submission, office.clock())


def test_somebody_elses_answer_is_not_told(office: Office) -> None:
    submission = office.submission()
    office.checkins.submit(office.siti, submission, office.clock())
    with pytest.raises(UnknownCheckin):
        office.checkins.answer(str(submission.id), office.budi)


def test_the_very_same_picture_a_second_time_goes_to_review(office: Office) -> None:
    office.checkins.submit(office.siti, office.submission(), office.clock())
    office.clock.advance(hours=8)
    answer = office.checkins.submit(office.siti, office.submission(kind="out"), office.clock())
    assert "repeated_image" in answer.reasons


def test_a_phone_with_a_wrong_clock_goes_to_review_and_the_servers_time_counts(office: Office) -> None:
    submission = office.submission(captured_at=office.clock() - timedelta(hours=1))
    answer = office.checkins.submit(office.siti, submission, office.clock())
    assert "clock_off" in answer.reasons
    assert answer.counted_at == office.clock()


def test_an_employee_who_is_not_enrolled_goes_to_review(office: Office, db: Database) -> None:
    newcomer = add_employee(db, "3", office.clock())
    answer = office.checkins.submit(newcomer, office.submission(), office.clock())
    assert answer.reasons[0] == "not_enrolled"


def test_a_picture_that_crashed_the_workers_goes_to_review(office: Office) -> None:
    office.reader.outcomes[b"bomb"] = EngineFailed("crashed")
    answer = office.checkins.submit(office.siti, office.submission(b"bomb"), office.clock())
    assert (answer.status, answer.reasons) == ("review", ("engine_failed",))


def test_a_check_in_that_fails_again_and_again_goes_to_review(office: Office) -> None:
    office.reader.outcomes[b"odd"] = np.zeros(3, np.float32)
    submission = office.submission(b"odd")
    office.checkins.submit(office.siti, submission, office.clock())
    for _ in range(MOST_TRIES):
        assert office.row(submission).status == "received"
        office.clock.advance(seconds=CLAIM.total_seconds() + 1)
        wait(office.checkins.take_up_waiting())
    assert office.row(submission).reasons == ["engine_failed"]


def test_waiting_for_room_is_no_failure_however_long(office: Office) -> None:
    office.reader.refusal = PoolFull()
    submission = office.submission()
    office.checkins.submit(office.siti, submission, office.clock())
    for _ in range(2 * MOST_TRIES):
        wait(office.checkins.take_up_waiting())
    assert office.row(submission).status == "received"
    assert office.row(submission).tries == 0


def test_lost_evidence_goes_to_review_and_is_not_passed_over(office: Office, evidence: EvidenceStore) -> None:
    office.reader.refusal = PoolFull()
    submission = office.submission()
    office.checkins.submit(office.siti, submission, office.clock())
    key = office.row(submission).selfie_key
    assert key is not None
    evidence.delete(key)
    office.reader.refusal = None
    wait(office.checkins.take_up_waiting())
    assert office.checkins.answer(str(submission.id), office.siti).reasons == ("engine_failed",)


def test_a_full_pool_leaves_the_check_in_received_and_it_is_decided_later(office: Office) -> None:
    office.reader.refusal = PoolFull()
    submission = office.submission()
    answer = office.checkins.submit(office.siti, submission, office.clock())
    assert answer.status == "received"
    assert answer.counted_at == office.clock()
    assert answer.day.provisional
    office.reader.refusal = None
    wait(office.checkins.take_up_waiting())
    assert office.checkins.answer(str(submission.id), office.siti).status == "review"


def test_a_slow_decision_is_answered_before_it_is_there(
    office: Office, make_checkins: Callable[..., Checkins]
) -> None:
    hasty = make_checkins(answer_wait_s=0)
    office.reader.refusal = PoolFull()
    assert hasty.submit(office.siti, office.submission(), office.clock()).status == "received"


def test_more_than_the_queue_holds_is_received_all_the_same(
    office: Office, make_checkins: Callable[..., Checkins]
) -> None:
    narrow = make_checkins(queue_limit=1, answer_wait_s=0)
    waits_forever = office.submission(b"never answered")
    with ThreadPoolExecutor(1) as thread:
        thread.submit(narrow.submit, office.siti, waits_forever, office.clock()).result()
        second = office.submission()
        assert narrow.submit(office.siti, second, office.clock()).status == "received"
        assert office.row(second).claimed_until is None
    pending = next(iter(office.reader.pending))
    pending.set_exception(NoFace())


def test_what_a_dead_process_had_claimed_is_taken_up_when_its_claim_has_run_out(
    office: Office, make_checkins: Callable[..., Checkins]
) -> None:
    office.reader.refusal = PoolFull()
    submission = office.submission()
    office.checkins.submit(office.siti, submission, office.clock())
    with office.db.write() as session:
        session.get_one(Checkin, str(submission.id)).claimed_until = office.clock() + CLAIM
    office.reader.refusal = None
    assert office.checkins.take_up_waiting() == []
    office.clock.advance(seconds=CLAIM.total_seconds() + 1)
    wait(office.checkins.take_up_waiting())
    assert office.row(submission).status == "review"


def test_two_processes_take_up_each_waiting_check_in_once(
    office: Office, make_checkins: Callable[..., Checkins]
) -> None:
    office.reader.refusal = PoolFull()
    for number in range(12):
        selfie = f"selfie {number}".encode()
        office.reader.outcomes[selfie] = near(SITI, 0.8, seed=100 + number)
        office.checkins.submit(office.siti, office.submission(selfie), office.clock())
    office.reader.refusal = None
    other = make_checkins(queue_limit=12)
    with ThreadPoolExecutor(2) as threads:
        started = [threads.submit(desk.take_up_waiting) for desk in (office.checkins, other)]
        wait([future for task in started for future in task.result()])
    while left := office.checkins.take_up_waiting():
        wait(left)
    assert sorted(office.reader.read) == sorted(set(office.reader.read))
    with office.db.read() as session:
        assert set(session.scalars(select(Checkin.status))) == {"review"}


def test_a_full_disk_stores_nothing_and_says_so(
    office: Office, evidence: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(key: str, data: bytes) -> None:
        raise StorageFull

    monkeypatch.setattr(evidence, "put", full)
    with pytest.raises(StorageFull):
        office.checkins.submit(office.siti, office.submission(), office.clock())
    with office.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Checkin)) == 0


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_of_a_check_in_that_can_not_be_stored_nothing_is_left(
    office: Office, evidence: EvidenceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    put, puts = evidence.put, []

    def full_in_the_middle(key: str, data: bytes) -> None:
        puts.append(key)
        if len(puts) == fails_at:
            raise StorageFull
        put(key, data)

    monkeypatch.setattr(evidence, "put", full_in_the_middle)
    submission = office.submission(frames=(b"one", b"two"))
    with pytest.raises(StorageFull):
        office.checkins.submit(office.siti, submission, office.clock())
    assert images(tmp_path) == []
    monkeypatch.undo()
    assert office.checkins.submit(office.siti, submission, office.clock()).status == "review"
    assert len(images(tmp_path)) == 3


def test_no_image_is_left_of_a_check_in_whose_row_is_refused(office: Office, tmp_path: Path) -> None:
    nobody = 1_000
    with pytest.raises(NotSignedIn):
        office.checkins.submit(nobody, office.submission(), office.clock())
    assert images(tmp_path) == []


def test_the_same_id_at_the_same_moment_leaves_one_image(office: Office, tmp_path: Path) -> None:
    submission = office.submission()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: office.checkins.submit(office.siti, submission, office.clock()), range(4)))
    assert len(images(tmp_path)) == 1


def test_a_claim_made_before_the_clock_was_set_back_is_not_waited_for(office: Office) -> None:
    office.reader.refusal = PoolFull()
    submission = office.submission()
    office.checkins.submit(office.siti, submission, office.clock())
    with office.db.write() as session:
        session.get_one(Checkin, str(submission.id)).claimed_until = office.clock() + CLAIM
    office.reader.refusal = None
    office.clock.advance(hours=-3)
    wait(office.checkins.take_up_waiting())
    assert office.row(submission).status == "review"


def test_the_same_picture_again_is_seen_also_when_the_clock_was_set_back(office: Office) -> None:
    office.checkins.submit(office.siti, office.submission(), office.clock())
    office.clock.advance(hours=-3)
    answer = office.checkins.submit(office.siti, office.submission(), office.clock())
    assert "repeated_image" in answer.reasons


def test_after_a_rush_the_first_that_need_not_wait_is_decided_at_once(
    office: Office, make_checkins: Callable[..., Checkins]
) -> None:
    narrow = make_checkins(queue_limit=1)
    first, second, third = (office.submission(name) for name in (b"slow", b"siti", b"budi"))
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(narrow.submit, office.siti, first, office.clock())
        while not office.reader.pending:
            pass
        assert narrow.submit(office.siti, second, office.clock()).status == "received"
        office.reader.pending[0].set_exception(NoFace())
        assert waiting.result().status == "retake"
    assert narrow.submit(office.siti, third, office.clock()).status == "received"
    while started := narrow.take_up_waiting():
        wait(started)
    assert office.row(second).status == office.row(third).status == "review"
    assert narrow.submit(office.siti, office.submission(b"stranger"), office.clock()).status == "review"


def test_the_day_is_that_of_the_office(office: Office) -> None:
    late_in_utc = datetime.fromisoformat("2026-11-23T23:30:00+00:00")
    office.clock.now = late_in_utc
    answer = office.checkins.submit(office.siti, office.submission(), late_in_utc)
    assert answer.day.date.isoformat() == "2026-11-24"
    assert answer.day.first_in == late_in_utc


# --- too many retakes in a row


def retakes(office: Office, times: int) -> None:
    office.reader.outcomes[b"wall"] = NoFace()
    for _ in range(times):
        assert (
            office.checkins.submit(office.siti, office.submission(b"wall"), office.clock()).status == "retake"
        )
        office.clock.advance(seconds=10)


def test_after_five_retakes_in_three_minutes_the_next_has_to_wait(office: Office) -> None:
    retakes(office, 5)
    waiting = office.submission(b"siti")
    with pytest.raises(WaitAMoment) as refused:
        office.checkins.submit(office.siti, waiting, office.clock())
    assert refused.value.extras == {"retry_after_s": 130}
    office.clock.advance(seconds=130)
    assert office.checkins.submit(office.siti, waiting, office.clock()).status == "review"


def test_sending_for_a_person_to_look_at_never_waits(office: Office) -> None:
    retakes(office, 5)
    answer = office.checkins.submit(office.siti, office.submission(b"wall", send_anyway=True), office.clock())
    assert answer.status == "review"


def test_a_retake_that_was_received_has_its_answer_during_the_wait(office: Office) -> None:
    office.reader.outcomes[b"wall"] = NoFace()
    first = office.submission(b"wall")
    office.checkins.submit(office.siti, first, office.clock())
    retakes(office, 4)
    with pytest.raises(WaitAMoment):
        office.checkins.submit(office.siti, office.submission(), office.clock())
    assert office.checkins.submit(office.siti, first, office.clock()).status == "retake"


def test_nobody_waits_for_the_retakes_of_others(office: Office) -> None:
    retakes(office, 5)
    office.checkins.submit(office.budi, office.submission(b"budi"), office.clock())


def test_slower_retakes_do_not_wait(office: Office) -> None:
    retakes(office, 4)
    office.clock.advance(minutes=3)
    retakes(office, 4)


def test_a_check_in_of_somebody_who_is_being_erased_leaves_nothing(office: Office, tmp_path: Path) -> None:
    with office.db.write() as session:
        session.get_one(Employee, office.siti).erased_at = office.clock()
    submission = office.submission()
    with pytest.raises(NotSignedIn):
        office.checkins.submit(office.siti, submission, office.clock())
    assert [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == []
    with office.db.read() as session:
        assert session.get(Checkin, str(submission.id)) is None


def test_a_selfie_that_was_being_read_when_its_owner_was_erased_leaves_no_number_of_the_face(
    office: Office, db: Database, evidence: EvidenceStore, delays: Delays
) -> None:
    def erase_meanwhile(image: bytes) -> None:
        Erasure(db, evidence, delays).erase("1", office.clock())

    submission = office.submission(b"read slowly")
    office.reader.before_reading = erase_meanwhile
    office.reader.outcomes[b"read slowly"] = near(SITI, 0.8)
    office.checkins.submit(office.siti, submission, office.clock())
    row = office.row(submission)
    assert row.status == "review"
    assert set(row.findings or {}) <= NOT_OF_THE_FACE


# --- with the frames of a challenge


def sitting(office: Office, **changes: object) -> Submission:
    issued = challenges.issue(office.db, office.siti, office.clock())
    frames = tuple(b"frame %d" % number for number in range(3))
    said = [{"step": number, "at_ms": 1000 * number + 900} for number in range(3)]
    answered = {"challenge": issued.id, "frames": frames, "meta": {"frames": said}}
    return office.submission(b"siti", **(answered | changes))


def judged(office: Office, liveness: ActiveLiveness, submission: Submission) -> tuple[str, tuple[str, ...]]:
    office.reader.sittings[b"siti"] = liveness
    answer = office.checkins.submit(office.siti, submission, office.clock())
    return answer.status, answer.reasons


LIVE = ActiveLiveness("live", (), {"evidence": 5.2})


def test_a_living_employee_is_accepted_at_once(office: Office) -> None:
    submission = sitting(office)
    assert judged(office, LIVE, submission) == ("accepted", ())
    row = office.row(submission)
    assert row.findings is not None
    assert row.findings["challenge"] == {"evidence": 5.2}
    (read,) = office.reader.sittings_read
    assert [(one.step, one.at_ms, one.image) for one in read.frames] == [
        (0, 900, b"frame 0"),
        (1, 1900, b"frame 1"),
        (2, 2900, b"frame 2"),
    ]
    assert row.challenge == {"steps": list(read.steps), "problem": None, "in_advance": False}


def test_what_a_picture_does_goes_to_review_with_the_reasons(office: Office) -> None:
    flat = ActiveLiveness("failed", ("flat_face", "not_continuous"), {})
    assert judged(office, flat, sitting(office)) == ("review", ("flat_face", "not_continuous"))


def test_missing_frames_are_reviewed_and_never_refused(office: Office) -> None:
    few = ActiveLiveness("missing", ("frames_missing",), {})
    assert judged(office, few, sitting(office)) == ("review", ("frames_missing",))


@pytest.mark.parametrize(
    "changes",
    [{"frames": (), "meta": {"frames": []}}, {"meta": {}}, {"meta": {"frames": [{"step": 0, "at_ms": 1}]}}],
)
def test_frames_that_do_not_fit_what_is_said_of_them_show_nothing(
    office: Office, changes: dict[str, object]
) -> None:
    assert judged(office, LIVE, sitting(office, **changes)) == ("review", ("no_liveness",))


def test_a_challenge_counts_once(office: Office) -> None:
    first = sitting(office)
    assert judged(office, LIVE, first) == ("accepted", ())
    again = replace(first, id=uuid.uuid4())
    status, reasons = judged(office, LIVE, again)
    assert (status, "challenge_reused" in reasons) == ("review", True)


def test_a_made_up_challenge_shows_nothing(office: Office) -> None:
    submission = sitting(office, challenge="made up")
    assert judged(office, LIVE, submission) == ("review", ("challenge_unknown",))


def test_the_same_check_in_sent_twice_uses_one_challenge(office: Office) -> None:
    submission = sitting(office)
    assert judged(office, LIVE, submission) == ("accepted", ())
    assert judged(office, LIVE, submission) == ("accepted", ())
    assert len(office.reader.sittings_read) == 1


@pytest.mark.parametrize(
    ("moire_peak", "expected"),
    [(0.0, ("accepted", ())), (9.0, ("review", ("looks_like_a_picture",)))],
)
def test_an_organisation_may_rest_on_the_selfie_alone(
    office: Office,
    make_checkins: Callable[..., Checkins],
    reader: FakeReader,
    moire_peak: float,
    expected: tuple[str, tuple[str, ...]],
) -> None:
    usual = PassiveLiveness(moire_peak, chroma_spread=5, highlight_contrast=1, surroundings_sharpness=0)
    reader.faultless = replace(reader.faultless, liveness=usual)
    checkins = make_checkins(challenges=False)
    answer = checkins.submit(office.siti, office.submission(), office.clock())
    assert (answer.status, answer.reasons) == expected


def test_movements_that_were_known_in_advance_are_reviewed(office: Office) -> None:
    issued = challenges.issue_in_advance(office.db, office.siti, office.clock())[0]
    assert judged(office, LIVE, sitting(office, challenge=issued.id)) == ("review", ("asked_in_advance",))


def test_a_retake_may_be_sent_anyway_with_its_frames(office: Office) -> None:
    office.reader.outcomes[b"siti"] = NoFace()
    first = sitting(office)
    assert judged(office, LIVE, first) == ("retake", ("no_face",))
    anyway = replace(first, id=uuid.uuid4(), send_anyway=True)
    status, reasons = judged(office, LIVE, anyway)
    assert (status, "challenge_reused" in reasons) == ("review", False)
    again = replace(first, id=uuid.uuid4())
    assert judged(office, LIVE, again)[0] == "retake"
