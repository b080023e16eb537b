"""What a kiosk had stored without a connection: its time, and the NIP that was typed meanwhile."""

from datetime import timedelta

import pytest

from models.engine import FaceEngine
from service import kiosk_attempts
from service.checkins import Submission
from service.crypto import KeyRing
from service.db.session import Database
from service.evidence import EvidenceStore
from service.reach import EVERYBODY
from tests.service.conftest import FakeClock
from tests.service.kiosk_office import BUDI, SITI, KioskOffice, open_office
from tests.service.made_up import FakeReader, faultless_reading, near, unit_vector

AWAY = timedelta(hours=2)


@pytest.fixture
def office(
    db: Database,
    evidence: EvidenceStore,
    ring: KeyRing,
    engine: FaceEngine,
    astronaut_png: bytes,
    clock: FakeClock,
) -> KioskOffice:
    reading = engine.read(astronaut_png)
    reader = FakeReader(faultless_reading(reading.quality, reading.liveness))
    reader.outcomes = {
        b"siti": near(SITI, 0.9),
        b"budi": near(BUDI, 0.9),
        b"stranger": unit_vector(50),
    }
    return open_office(db, evidence, ring, reader, clock)


def stored(office: KioskOffice, selfie: bytes = b"siti", *, steady: bool = True) -> Submission:
    """Taken after a while without connection, and sent AWAY later; `steady` False: the tablet was restarted."""
    given = office.clock()
    pass_id = office.items.issue_pass(office.kiosk.id, given)
    office.clock.advance(hours=1)
    offline = {
        "pass": pass_id,
        "sequence": 1,
        "previous": "0" * 64,
        "clock": office.clock().isoformat(),
        "monotonic_ms": 3_600_000 if steady else None,
        "last_contact": given.isoformat(),
        "clock_offset_ms": 0,
    }
    taken = office.submission(selfie, meta={"offline": offline})
    office.clock.advance(seconds=AWAY.total_seconds())
    return taken


def send(office: KioskOffice, item: Submission, nip: str | None = None) -> tuple[str, str | None]:
    answer = office.kiosks.submit(office.kiosk, item, office.clock(), nip=nip)
    return answer.status, answer.name


def test_a_stored_item_counts_when_it_was_taken(office: KioskOffice) -> None:
    assert send(office, stored(office)) == ("accepted", "Pegawai siti")

    [row] = office.checkins()
    assert row.counted_at == row.captured_at == row.received_at - AWAY


def test_a_time_that_cannot_be_confirmed_is_reviewed_with_both_times(office: KioskOffice) -> None:
    assert send(office, stored(office, steady=False)) == ("review", "Pegawai siti")

    [row] = office.checkins()
    assert row.reasons == ["offline_unconfirmed"]
    assert row.counted_at == row.captured_at == row.received_at - AWAY


def test_another_kiosks_pass_confirms_nothing(office: KioskOffice) -> None:
    item = stored(office)
    item.meta["offline"]["pass"] = office.items.issue_pass(office.kiosk.id + 1, office.clock())

    send(office, item)

    assert office.checkins()[0].reasons == ["offline_unconfirmed"]


def test_a_stored_item_sent_again_is_the_same_check_in(office: KioskOffice) -> None:
    item = stored(office)

    answers = [send(office, item, nip="siti") for _ in range(3)]

    assert answers == [("accepted", "Pegawai siti")] * 3
    assert len(office.checkins()) == 1


def test_a_nip_is_compared_with_its_owner_alone(office: KioskOffice) -> None:
    assert send(office, stored(office, b"siti"), nip="budi") == ("review", None)

    [row] = office.checkins()
    assert (row.employee_id, row.reasons) == (office.budi, ["other_person"])
    assert row.findings is not None
    assert row.findings["identification"] == {"by": "nip"}


def test_of_a_nip_that_is_nobodys_the_face_says_who_it_was(office: KioskOffice) -> None:
    assert send(office, stored(office), nip="nobody") == ("accepted", "Pegawai siti")


def test_a_stranger_with_a_nip_that_is_nobodys_is_listed_with_both_times(office: KioskOffice) -> None:
    item = stored(office, b"stranger")

    assert send(office, item, nip="nobody") == ("review", None)

    [listed] = kiosk_attempts.listed(office.db, office.clock(), page=1, reach=EVERYBODY).attempts
    assert (listed.taken_at, listed.received_at) == (item.captured_at, item.captured_at + AWAY)
    assert listed.by_nip


def test_a_nip_may_follow_while_nobody_was_recognised(office: KioskOffice) -> None:
    item = stored(office, b"stranger")
    assert send(office, item) == ("unsure", None)

    assert send(office, item, nip="siti") == ("review", None)

    assert [row.employee_id for row in office.checkins()] == [office.siti]


def test_what_was_stored_ends_nobodys_time_to_say_not_me(office: KioskOffice) -> None:
    item = stored(office, b"budi")
    there = office.kiosks.submit(office.kiosk, office.submission(), office.clock())
    send(office, item)

    assert office.kiosks.disown(office.kiosk.id, there.id).status == "unsure"
