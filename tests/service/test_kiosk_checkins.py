import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from models.engine import FaceEngine, NoFace
from service import kiosk_attempts, kiosks, reviews
from service.audit import AuditKeys
from service.audit_decisions import check_decisions
from service.crypto import KeyRing
from service.db.connectivity_tables import LinkReport
from service.db.kiosk_tables import Kiosk
from service.db.session import Database
from service.db.site_tables import SiteOfEmployee
from service.db.tables import Checkin, Employee
from service.erasure import Erasure
from service.evidence import EvidenceStore
from service.kiosk_checkins import DISOWN_WITHIN, DISOWNED
from service.kiosk_errors import AlreadyNamed, AttemptTaken, NotAKiosk, TooLateToDisown, UnknownAttempt
from service.login_attempts import Delays
from service.own_data import own_images
from service.reach import EVERYBODY
from service.retention import Retention
from service.storage_errors import EngineFailed, PoolFull
from tests.service.conftest import FakeClock
from tests.service.kiosk_office import BUDI, DEWI, SITI, THRESHOLD, KioskOffice, open_office
from tests.service.made_up import FakeReader, faultless_reading, near, unit_vector
from tests.service.org_tree import account


@pytest.fixture
def reader(engine: FaceEngine, astronaut_png: bytes) -> FakeReader:
    reading = engine.read(astronaut_png)
    made = FakeReader(faultless_reading(reading.quality, reading.liveness))
    made.outcomes = {
        b"siti": near(SITI, 0.9),
        b"budi": near(BUDI, 0.9),
        b"dewi": near(DEWI, 0.9),
        b"stranger": unit_vector(50),
        b"wall": NoFace(),
    }
    return made


@pytest.fixture
def office(
    db: Database, evidence: EvidenceStore, ring: KeyRing, reader: FakeReader, clock: FakeClock
) -> KioskOffice:
    return open_office(db, evidence, ring, reader, clock)


def submit(office: KioskOffice, selfie: bytes = b"siti") -> str:
    return office.kiosks.submit(office.kiosk, office.submission(selfie), office.clock()).id


def between(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    middle = first + second
    return np.asarray(middle / np.linalg.norm(middle), np.float32)


def test_a_person_of_the_site_is_named_and_checked_in(office: KioskOffice) -> None:
    answer = office.kiosks.submit(office.kiosk, office.submission(), office.clock())

    assert (answer.status, answer.name) == ("accepted", "Pegawai siti")
    [row] = office.checkins()
    assert (row.employee_id, row.status, row.counted_at) == (office.siti, "accepted", office.clock())
    assert row.meta["position"] == {"lat": -6.6, "lon": 106.8, "accuracy_m": 0.0}
    assert row.meta["kiosk"] == {"kiosk": office.kiosk.id, "site": "KEC"}
    found = row.findings["identification"] if row.findings else {}
    assert (found["by"], found["of_the_site"], found["people_of_site"]) == ("face", True, 2)


@pytest.mark.parametrize(
    ("face", "similarity", "named"),
    [
        (SITI, THRESHOLD - 0.005, None),
        (SITI, THRESHOLD + 0.005, "Pegawai siti"),
        (DEWI, THRESHOLD + 0.005, None),
        (DEWI, THRESHOLD + 0.03, "Pegawai dewi"),
    ],
)
def test_who_works_elsewhere_has_to_be_more_similar(
    office: KioskOffice, face: NDArray[np.float32], similarity: float, named: str | None
) -> None:
    office.reader.outcomes[b"hardly"] = near(face, similarity)

    assert office.kiosks.submit(office.kiosk, office.submission(b"hardly"), office.clock()).name == named


def test_that_somebody_is_from_elsewhere_is_noted(office: KioskOffice) -> None:
    submit(office, b"dewi")

    [row] = office.checkins()
    assert row.findings is not None
    assert row.findings["identification"]["of_the_site"] is False


def test_whom_a_site_was_given_to_is_one_of_its_people(office: KioskOffice) -> None:
    with office.db.write() as session:
        session.add(
            SiteOfEmployee(employee_id=office.dewi, site_id=office.kiosk.site_id, added_at=office.clock())
        )

    submit(office, b"dewi")

    [row] = office.checkins()
    assert row.findings is not None
    assert row.findings["identification"]["people_of_site"] == 3


@pytest.mark.parametrize("what", ["stranger", "two alike"])
def test_who_is_not_recognised_is_kept_and_listed(office: KioskOffice, what: str) -> None:
    office.reader.outcomes[b"two alike"] = between(SITI, BUDI)

    answer = office.kiosks.submit(office.kiosk, office.submission(what.encode()), office.clock())

    assert (answer.status, answer.name) == ("unsure", None)
    assert office.checkins() == []
    [listed] = kiosk_attempts.listed(office.db, office.clock(), page=1, reach=EVERYBODY).attempts
    assert (listed.id, listed.status, listed.image_kept) == (answer.id, "unidentified", True)
    assert kiosks.listed(office.db, office.clock(), reach=EVERYBODY)[0].unnamed == 1


def test_somebody_who_has_left_is_not_named(office: KioskOffice) -> None:
    with office.db.write() as session:
        session.get_one(Employee, office.siti).active = False

    assert office.kiosks.submit(office.kiosk, office.submission(), office.clock()).status == "unsure"


def test_a_picture_that_cannot_be_judged_says_what_helps_and_is_listed(office: KioskOffice) -> None:
    answer = office.kiosks.submit(office.kiosk, office.submission(b"wall"), office.clock())

    assert (answer.status, answer.reasons) == ("retake", ("no_face",))
    assert kiosk_attempts.listed(office.db, office.clock(), page=1, reach=EVERYBODY).total == 1


@pytest.mark.parametrize("failure", [PoolFull(), EngineFailed("deadline")])
def test_a_fault_of_ours_leaves_the_keypad(office: KioskOffice, failure: Exception) -> None:
    office.reader.refusal = failure

    attempt_id = submit(office)
    office.reader.refusal = None

    assert office.kiosks.by_nip(office.kiosk.id, attempt_id, "siti").name == "Pegawai siti"


def test_the_same_id_again_has_the_same_answer(office: KioskOffice) -> None:
    sent = office.submission()

    answers = [office.kiosks.submit(office.kiosk, sent, office.clock()) for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(office.checkins()) == 1


def test_another_kiosks_attempt_is_nobody_elses(office: KioskOffice) -> None:
    sent = office.submission()
    office.kiosks.submit(office.kiosk, sent, office.clock())
    with office.db.write() as session:
        other = Kiosk(name="Belakang", site_id=office.kiosk.site_id, created_at=office.clock())
        session.add(other)

    with pytest.raises(UnknownAttempt):
        office.kiosks.answer(other.id, str(sent.id))
    with pytest.raises(AttemptTaken):
        office.kiosks.submit(other, sent, office.clock())


def test_a_kiosk_that_is_revoked_meanwhile_stores_nothing(office: KioskOffice) -> None:
    with office.db.write() as session:
        session.get_one(Kiosk, office.kiosk.id).revoked_at = office.clock()

    with pytest.raises(NotAKiosk):
        submit(office)

    assert list(office.evidence.stored_keys()) == []


# --- the keypad

NIPS = [
    # what the camera saw, NIP, status and name shown, status and reason of the check-in
    ("hardly dewi", "dewi", "accepted", "Pegawai dewi", "accepted", None),
    ("stranger", "siti", "review", None, "review", "no_match"),
    ("hardly dewi", "budi", "review", None, "review", "other_person"),
    ("wall", "siti", "review", None, "review", "sent_anyway"),
    ("stranger", "nobody", "review", None, None, None),
    ("stranger", "../..", "review", None, None, None),
]


@pytest.mark.parametrize(("seen", "nip", "status", "name", "of_checkin", "reason"), NIPS)
def test_a_nip_is_verified_and_tells_nothing_where_it_does_not_match(
    office: KioskOffice,
    seen: str,
    nip: str,
    status: str,
    name: str | None,
    of_checkin: str | None,
    reason: str | None,
) -> None:
    office.reader.outcomes[b"hardly dewi"] = near(DEWI, THRESHOLD + 0.005)
    attempt_id = submit(office, seen.encode())

    answer = office.kiosks.by_nip(office.kiosk.id, attempt_id, nip)

    assert (answer.status, answer.name, answer.reasons) == (status, name, ())
    rows = office.checkins()
    assert [row.status for row in rows] == ([] if of_checkin is None else [of_checkin])
    assert all(reason is None or reason in row.reasons for row in rows)
    unnamed = kiosk_attempts.listed(office.db, office.clock(), page=1, reach=EVERYBODY).total
    assert unnamed == (1 if of_checkin is None else 0)


def test_a_photo_serves_for_one_nip(office: KioskOffice) -> None:
    attempt_id = submit(office, b"stranger")

    answers = [office.kiosks.by_nip(office.kiosk.id, attempt_id, nip) for nip in ("budi", "siti")]

    assert answers[0] == answers[1]
    assert [row.employee_id for row in office.checkins()] == [office.budi]


def test_who_was_recognised_gives_no_nip(office: KioskOffice) -> None:
    with pytest.raises(AlreadyNamed):
        office.kiosks.by_nip(office.kiosk.id, submit(office), "budi")


# --- not me


def test_not_me_takes_the_check_in_back_and_leaves_it_to_a_person(office: KioskOffice) -> None:
    attempt_id = submit(office)

    answer = office.kiosks.disown(office.kiosk.id, attempt_id)

    assert (answer.status, answer.name) == ("unsure", None)
    [row] = office.checkins()
    assert (row.status, row.reasons, row.counted_at) == ("review", [DISOWNED], None)
    assert row.selfie_key is not None
    assert office.evidence.get(row.selfie_key) == b"siti"


def test_after_not_me_a_nip_makes_a_check_in_of_the_same_picture(office: KioskOffice) -> None:
    office.reader.outcomes[b"twin"] = near(SITI, 0.9)
    attempt_id = submit(office, b"twin")
    office.kiosks.disown(office.kiosk.id, attempt_id)

    office.kiosks.by_nip(office.kiosk.id, attempt_id, "budi")

    [of_budi] = [row for row in office.checkins() if row.employee_id == office.budi]
    assert of_budi.reasons == ["other_person"]
    assert of_budi.counted_at is not None


def test_who_was_taken_for_somebody_else_is_no_repeat_of_theirs(office: KioskOffice) -> None:
    office.reader.faultless = replace(office.reader.faultless, phash=2**63 + 1)
    office.reader.outcomes[b"twin"] = near(SITI, 0.9)
    attempt_id = submit(office, b"twin")
    office.kiosks.disown(office.kiosk.id, attempt_id)

    office.kiosks.by_nip(office.kiosk.id, attempt_id, "budi")

    [of_budi] = [row for row in office.checkins() if row.employee_id == office.budi]
    assert of_budi.findings is not None
    assert "repeats" not in of_budi.findings


def test_the_link_of_a_kiosk_is_that_of_its_site(office: KioskOffice) -> None:
    link = {"bytes": 90_000, "time_ms": 4_000, "effective_type": "3g", "retries": 0, "offline_s": 0}
    sent = office.submission(meta={"link": link})
    office.kiosks.submit(office.kiosk, sent, office.clock())

    with office.db.read() as session:
        [report] = session.query(LinkReport)
    assert (report.site_id, report.bytes, report.late) == (office.kiosk.site_id, 90_000, False)


def test_not_me_again_changes_nothing(office: KioskOffice) -> None:
    attempt_id = submit(office)

    answers = [office.kiosks.disown(office.kiosk.id, attempt_id) for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(list(office.evidence.stored_keys())) == 2


def test_not_me_is_for_a_short_time(office: KioskOffice) -> None:
    attempt_id = submit(office)
    office.clock.now += DISOWN_WITHIN

    with pytest.raises(TooLateToDisown):
        office.kiosks.disown(office.kiosk.id, attempt_id)


def test_not_me_ends_with_the_next_attempt(office: KioskOffice) -> None:
    attempt_id = submit(office)
    submit(office, b"budi")

    with pytest.raises(TooLateToDisown):
        office.kiosks.disown(office.kiosk.id, attempt_id)


def test_who_gave_a_nip_can_not_disown_it(office: KioskOffice) -> None:
    attempt_id = submit(office, b"stranger")
    office.kiosks.by_nip(office.kiosk.id, attempt_id, "siti")

    with pytest.raises(TooLateToDisown):
        office.kiosks.disown(office.kiosk.id, attempt_id)


def test_of_not_me_and_the_next_attempt_one_comes_first(office: KioskOffice) -> None:
    """At once, many times over: what was answered is what is stored."""
    for _ in range(8):
        attempt_id = submit(office)
        start = threading.Barrier(2)

        def not_me(attempt_id: str = attempt_id, start: threading.Barrier = start) -> bool:
            start.wait()
            try:
                office.kiosks.disown(office.kiosk.id, attempt_id)
            except TooLateToDisown:
                return False
            return True

        def the_next(start: threading.Barrier = start) -> str:
            start.wait()
            return submit(office, b"budi")

        with ThreadPoolExecutor(2) as threads:
            taken_back, following = threads.submit(not_me), threads.submit(the_next)
            disowned, next_id = taken_back.result(), following.result()
        attempt = office.attempt(attempt_id)
        assert (attempt.disowned_id is not None) == disowned
        assert (attempt.checkin_id is None) == disowned
        assert office.attempt(next_id).checkin_id is not None
    with office.db.read() as session:
        named = {key for row in session.scalars(select(Checkin)) for key in [row.selfie_key] if key}
    kept = {office.attempt(one.id).selfie_key for one in _unnamed(office)}
    assert set(office.evidence.stored_keys()) == named | kept


def _unnamed(office: KioskOffice) -> tuple[kiosk_attempts.AttemptView, ...]:
    return kiosk_attempts.listed(office.db, office.clock(), page=1, reach=EVERYBODY).attempts


def test_what_was_disowned_and_is_genuine_all_the_same_counts(office: KioskOffice) -> None:
    office.kiosks.disown(office.kiosk.id, submit(office))
    judge = account(office.db, "auditor", "auditor", office.clock())
    [row] = office.checkins()

    reviews.give_verdict(office.db, judge, row.id, "genuine", "", office.clock())

    [row] = office.checkins()
    assert (row.status, row.counted_at) == ("accepted", row.received_at)


def test_the_trail_says_what_the_check_ins_say(office: KioskOffice, tmp_path: object) -> None:
    office.kiosks.disown(office.kiosk.id, submit(office))
    submit(office, b"budi")

    assert check_decisions(office.db, AuditKeys.load_or_create(tmp_path / "keys")).intact  # type: ignore[operator]


# --- what is stored, and for how long


def test_what_somebody_disowned_is_no_picture_of_theirs(office: KioskOffice) -> None:
    attempt_id = submit(office)
    submitted = len(own_images(office.db, office.siti))

    office.kiosks.disown(office.kiosk.id, attempt_id)

    assert (submitted, own_images(office.db, office.siti)) == (1, [])


def test_an_erased_person_leaves_no_picture_where_a_kiosk_mistook_them(
    office: KioskOffice, delays: Delays, tmp_path: object
) -> None:
    attempt_id = submit(office)
    office.kiosks.disown(office.kiosk.id, attempt_id)
    office.kiosks.by_nip(office.kiosk.id, attempt_id, "budi")

    Erasure(office.db, office.evidence, delays).erase("budi", office.clock())

    assert list(office.evidence.stored_keys()) == []
    keys = AuditKeys.load_or_create(tmp_path / "keys")  # type: ignore[operator]
    assert check_decisions(office.db, keys).intact


def test_pictures_of_the_unnamed_are_kept_as_long_as_others(office: KioskOffice) -> None:
    attempt_id = submit(office, b"stranger")
    kept_days = 90
    retention = Retention(office.db, office.evidence, days=kept_days, clock=office.clock)
    office.clock.advance(days=kept_days - 1)
    retention.run()
    before = list(office.evidence.stored_keys())
    office.clock.advance(days=2)

    retention.run()

    assert (len(before), list(office.evidence.stored_keys())) == (1, [])
    attempt = office.attempt(attempt_id)
    assert (attempt.findings, attempt.selfie_sha256) == (None, "")


def test_pictures_at_a_kiosk_are_no_orphans(office: KioskOffice) -> None:
    submit(office)
    office.kiosks.disown(office.kiosk.id, submit(office))
    submit(office, b"stranger")
    stored = set(office.evidence.stored_keys())
    office.clock.advance(days=20_000)

    Retention(office.db, office.evidence, days=30_000, clock=office.clock).run()

    assert set(office.evidence.stored_keys()) == stored


def test_an_attempt_in_a_forgotten_process_is_listed(office: KioskOffice) -> None:
    office.reader.before_reading = _die

    with pytest.raises(KeyboardInterrupt):
        submit(office)
    office.clock.advance(minutes=3)

    assert [one.status for one in _unnamed(office)] == ["received"]


def _die(_image: bytes) -> None:
    raise KeyboardInterrupt


def test_sent_again_an_attempt_is_taken_up(office: KioskOffice) -> None:
    sent = office.submission()
    office.reader.before_reading = _die
    with pytest.raises(KeyboardInterrupt):
        office.kiosks.submit(office.kiosk, sent, office.clock())
    office.reader.before_reading = lambda _: None

    answer = office.kiosks.submit(office.kiosk, replace(sent), office.clock())

    assert answer.name == "Pegawai siti"
