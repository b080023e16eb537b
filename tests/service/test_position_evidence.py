"""What a check-in's position and device say."""

from collections.abc import Callable
from typing import Any

import pytest

from service.db.session import Database
from service.db.tables import Checkin
from service.position_evidence import PositionEvidence, note_device, position_evidence
from service.sites import FenceOfSite, add_site
from service.workplaces import assign
from tests.service.conftest import FakeClock
from tests.service.org_tree import plant, put
from tests.service.sent import HERE, PHONE, store

VILLAGE = FenceOfSite(HERE["lat"], HERE["lon"], 100)
MARKET = FenceOfSite(HERE["lat"] - 0.05, HERE["lon"], 100)
AT_THE_MARKET = HERE | {"lat": MARKET.latitude}


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    """Works in the village office; there is a market besides, where she does not."""
    plant(db, {"DESA": None, "PASAR": None}, clock())
    add_site(db, code="BALAI", name="Balai Desa", unit="DESA", fence=VILLAGE, now=clock())
    add_site(db, code="PASAR", name="Pasar", unit="PASAR", fence=MARKET, now=clock())
    return put(db, "1", "DESA", clock())


@pytest.fixture
def say(db: Database, clock: FakeClock) -> Callable[..., PositionEvidence]:
    """What there is to say of a new check-in of hers."""

    def say(employee_id: int, away: bool = False, **meta: Any) -> PositionEvidence:
        row = store(db, employee_id, clock(), **meta)
        with db.read() as session:
            return position_evidence(session, row, lambda *_: away)

    return say


Say = Callable[..., PositionEvidence]


def test_a_position_at_work_is_shown_with_its_distance(siti: int, say: Say) -> None:
    found = say(siti, position=HERE)
    assert found.reasons == ()
    assert found.findings == {
        "position": {
            "standing": "inside",
            "accuracy_m": 18.0,
            "site": "BALAI",
            "distance_m": 0.0,
            "radius_m": 100.0,
            "site_name": "Balai Desa",
        },
        "flags": [],
    }


def test_a_position_elsewhere_is_a_reason(siti: int, say: Say) -> None:
    found = say(siti, position=AT_THE_MARKET)
    assert found.reasons == ("outside_sites",)
    assert found.findings["position"]["standing"] == "outside"
    assert found.findings["position"]["distance_m"] == pytest.approx(5_560, abs=10)


def test_a_site_that_somebody_was_given_is_theirs_too(
    db: Database, clock: FakeClock, siti: int, say: Say
) -> None:
    assign(db, code="PASAR", nip="1", now=clock())
    found = say(siti, position=AT_THE_MARKET)
    assert (found.reasons, found.findings["position"]["site"]) == ((), "PASAR")


def test_somebody_who_is_away_by_approval_is_shown_as_that(siti: int, say: Say) -> None:
    found = say(siti, away=True, position=AT_THE_MARKET)
    assert (found.reasons, found.findings["position"]["away"]) == ((), True)


def test_a_check_in_without_position_has_a_flag_and_no_reason(siti: int, say: Say) -> None:
    found = say(siti, position=None)
    assert found == PositionEvidence((), {"position": {"standing": "no_position"}, "flags": ["no_position"]})


def test_somebody_without_a_site_is_nowhere_outside(
    db: Database, clock: FakeClock, siti: int, say: Say
) -> None:
    found = say(put(db, "2", None, clock()), position=HERE)
    assert (found.reasons, found.findings["position"]["standing"]) == ((), "no_site")


def test_the_same_digits_day_after_day_are_flagged(clock: FakeClock, siti: int, say: Say) -> None:
    flags = []
    for _ in range(3):
        flags.append(say(siti, position=HERE).findings["flags"])
        clock.advance(days=1)
    assert flags == [[], [], ["same_coordinates"]]


def test_what_others_sent_does_not_make_somebody_fast(
    db: Database, clock: FakeClock, siti: int, say: Say
) -> None:
    store(db, put(db, "2", "DESA", clock()), clock(), position=HERE | {"lat": 3.0})
    clock.advance(minutes=1)
    assert say(siti, position=HERE).findings["flags"] == []
    clock.advance(minutes=1)
    assert "too_fast" in say(siti, position=HERE | {"lat": 3.5}).findings["flags"]


def use(db: Database, row: Checkin) -> None:
    with db.write() as session:
        note_device(session, row)


def test_a_device_that_many_use_is_flagged_for_a_month(
    db: Database, clock: FakeClock, siti: int, say: Say
) -> None:
    for nip in ("2", "3"):
        use(db, store(db, put(db, nip, "DESA", clock()), clock(), device=PHONE))
    use(db, store(db, siti, clock(), device=PHONE))
    assert say(siti, position=HERE, device=PHONE).findings["flags"] == ["shared_device"]
    assert say(siti, position=HERE, device="0" * 32).findings["flags"] == []
    clock.advance(days=31)
    use(db, store(db, siti, clock(), device=PHONE))
    assert say(siti, position=HERE, device=PHONE).findings["flags"] == []


def test_one_person_with_one_device_is_no_crowd(db: Database, clock: FakeClock, siti: int, say: Say) -> None:
    for _ in range(5):
        use(db, store(db, siti, clock(), device=PHONE))
    assert say(siti, position=HERE, device=PHONE).findings["flags"] == []


def test_a_kiosk_has_its_sites_position_and_no_flag_of_a_phone(clock: FakeClock, siti: int, say: Say) -> None:
    for _ in range(4):
        found = say(siti, position={**HERE, "accuracy_m": 0.0}, kiosk={"kiosk": 1, "site": "BALAI"})
        clock.advance(days=1)
    assert found.findings["position"]["standing"] == "inside"
    assert found.findings["flags"] == []
    assert say(siti, position=HERE).findings["flags"] == []
