from datetime import UTC, datetime, timedelta

import pytest

from service.offline_rules import (
    Claim,
    Place,
    Predecessor,
    counted_at,
    doubts,
    first_previous,
    link,
)

CONTACT = datetime(2026, 11, 23, 1, tzinfo=UTC)
TAKEN = CONTACT + timedelta(hours=8)
ARRIVED = CONTACT + timedelta(hours=30)
LOOK_BACK = timedelta(hours=72)


def claim(taken: datetime = TAKEN, ran: timedelta | None = TAKEN - CONTACT) -> Claim:
    return Claim(taken, last_contact=CONTACT, monotonic=ran)


def test_a_time_that_a_steady_clock_bears_out_is_in_no_doubt() -> None:
    assert doubts(claim(), CONTACT, ARRIVED, LOOK_BACK) == ()


@pytest.mark.parametrize(
    ("said", "issued_at", "reasons"),
    [
        (claim(ran=None), CONTACT, ("offline_unconfirmed",)),
        (claim(), None, ("offline_unconfirmed",)),
        (claim(), CONTACT - timedelta(hours=1), ("offline_unconfirmed",)),
        (claim(ran=timedelta(hours=2)), CONTACT, ("offline_unconfirmed",)),
        (claim(ran=timedelta(hours=9)), CONTACT, ("offline_clock_changed",)),
        (claim(taken=ARRIVED + timedelta(hours=1)), CONTACT, ("offline_impossible_time",)),
        (claim(taken=CONTACT - timedelta(hours=1)), CONTACT, ("offline_impossible_time",)),
        (Claim(TAKEN, None, TAKEN - CONTACT), CONTACT, ("offline_unconfirmed",)),
    ],
    ids=[
        "restarted",
        "no such pass",
        "a contact of another time",
        "the steady clock stood still",
        "set back",
        "after its arrival",
        "before its pass",
        "no contact",
    ],
)
def test_a_time_that_is_not_borne_out_is_named(
    said: Claim, issued_at: datetime | None, reasons: tuple[str, ...]
) -> None:
    assert doubts(said, issued_at, ARRIVED, LOOK_BACK) == reasons


def test_what_comes_after_the_look_back_is_in_doubt_for_that() -> None:
    late = TAKEN + LOOK_BACK + timedelta(seconds=1)
    assert doubts(claim(), CONTACT, late, LOOK_BACK) == ("offline_too_old",)


@pytest.mark.parametrize(
    ("taken", "issued_at", "received_at", "counted"),
    [
        (TAKEN, CONTACT, ARRIVED, TAKEN),
        (TAKEN, CONTACT, TAKEN + timedelta(days=20), TAKEN),
        (TAKEN, None, ARRIVED, TAKEN),
        (TAKEN, None, TAKEN + timedelta(days=20), TAKEN + timedelta(days=20)),
        (ARRIVED + timedelta(minutes=1), CONTACT, ARRIVED, ARRIVED),
        (ARRIVED + timedelta(days=1), CONTACT, ARRIVED, ARRIVED),
        (CONTACT - timedelta(days=1), CONTACT, ARRIVED, ARRIVED),
    ],
    ids=[
        "claimed",
        "late",
        "no pass",
        "no pass and late",
        "a minute ahead",
        "a day ahead",
        "before its pass",
    ],
)
def test_the_claimed_time_counts_where_it_can_be_true(
    taken: datetime, issued_at: datetime | None, received_at: datetime, counted: datetime
) -> None:
    assert counted_at(taken, issued_at, received_at, LOOK_BACK) == counted


FIRST = Place("pass", 1, first_previous("pass"))
SECOND = Place("pass", 2, "a" * 64)


@pytest.mark.parametrize(
    ("place", "predecessor", "contested", "expected"),
    [
        (FIRST, None, False, "whole"),
        (Place("pass", 1, first_previous("other")), None, False, "broken"),
        (SECOND, Predecessor(FIRST, "whole"), False, "whole"),
        (SECOND, Predecessor(None, "whole"), False, "whole"),
        (SECOND, None, False, "waiting"),
        (SECOND, Predecessor(FIRST, "broken"), False, "broken"),
        (SECOND, Predecessor(FIRST, "waiting"), False, "waiting"),
        (SECOND, Predecessor(SECOND, "whole"), False, "broken"),
        (SECOND, Predecessor(Place("other", 1, ""), "whole"), False, "broken"),
        (SECOND, Predecessor(FIRST, "whole"), True, "broken"),
    ],
)
def test_an_item_has_its_place_after_the_one_it_names(
    place: Place, predecessor: Predecessor | None, contested: bool, expected: str
) -> None:
    assert link(place, predecessor, contested=contested) == expected
