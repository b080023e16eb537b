from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.position import Fence, Fix, distance_m, flags, judge, nearest, relate

NOW = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
OFFICE = Fence("KANTOR", -6.5944, 106.7892, 100)
MARKET = Fence("PASAR", -6.6044, 106.7892, 50)
AT_WORK = Fix(-6.5944, 106.7892, 18, NOW)
A_DEGREE_M = 111_195


def north(fix: Fix, metres: float) -> Fix:
    return replace(fix, latitude=fix.latitude + metres / A_DEGREE_M)


# On a sphere of the mean radius: a degree, half the way round, over the date line, Jakarta to Denpasar.
@pytest.mark.parametrize(
    ("places", "metres"),
    [
        ((0, 0, 0, 0), 0),
        ((0, 0, 1, 0), A_DEGREE_M),
        ((0, 0, 0, 180), 20_015_115),
        ((0, 179.5, 0, -179.5), A_DEGREE_M),
        ((-6.2, 106.8, -8.65, 115.2167), 965_000),
    ],
)
def test_a_distance_is_that_along_a_great_circle(
    places: tuple[float, float, float, float], metres: float
) -> None:
    assert distance_m(*places) == pytest.approx(metres, rel=0.005, abs=0.01)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_a_distance_is_the_same_both_ways_and_at_most_half_way_round(
    a: float, b: float, c: float, d: float
) -> None:
    assert distance_m(a, b, c, d) == pytest.approx(distance_m(c, d, a, b), abs=1e-3)
    assert 0 <= distance_m(a, b, c, d) <= 20_015_200


@pytest.mark.parametrize(
    ("distance", "accuracy", "relation"),
    [
        (82, 18, "inside"),
        (83, 18, "unsure"),
        (118, 18, "unsure"),
        (118.1, 18, "outside"),
        (5_000, 1_000, "outside"),
        (50_000, 1_001, "unsure"),
        (0, 1_001, "unsure"),
    ],
)
def test_a_circle_of_uncertainty_is_inside_outside_or_neither(
    distance: float, accuracy: float, relation: str
) -> None:
    assert relate(distance, accuracy, 100) == relation


def test_of_several_places_the_one_with_the_nearest_edge_counts() -> None:
    village = Fence("DESA", OFFICE.latitude, OFFICE.longitude + 0.01, 1_080)
    assert nearest(AT_WORK, [village, MARKET]) == nearest(AT_WORK, [village])
    place = nearest(AT_WORK, [MARKET, OFFICE])
    assert place is not None
    assert (place.fence, place.relation) == (OFFICE, "inside")


def test_whoever_is_clearly_outside_every_place_is_to_be_looked_at() -> None:
    judged = judge(north(AT_WORK, 3_000), [OFFICE, MARKET], unmeasured=False, away=False)
    assert (judged.standing, judged.reasons) == ("outside", ("outside_sites",))


def test_being_at_one_of_several_places_is_enough() -> None:
    there = replace(AT_WORK, latitude=MARKET.latitude, longitude=MARKET.longitude)
    judged = judge(there, [OFFICE, MARKET], unmeasured=False, away=False)
    assert (judged.standing, judged.reasons) == ("inside", ())


def test_who_is_away_by_approval_may_be_anywhere() -> None:
    judged = judge(north(AT_WORK, 3_000), [OFFICE], unmeasured=False, away=True)
    assert (judged.standing, judged.reasons) == ("outside", ())


def test_a_place_that_nobody_has_measured_may_be_where_they_are() -> None:
    judged = judge(north(AT_WORK, 3_000), [OFFICE], unmeasured=True, away=False)
    assert (judged.standing, judged.reasons) == ("unsure", ())


@pytest.mark.parametrize(
    ("fix", "fences", "unmeasured", "standing"),
    [
        (None, [OFFICE], False, "no_position"),
        (AT_WORK, [], False, "no_site"),
        (AT_WORK, [], True, "no_fence"),
        (replace(north(AT_WORK, 30_000), accuracy_m=3_000), [OFFICE], False, "unsure"),
    ],
)
def test_what_can_not_be_compared_is_no_reason(
    fix: Fix | None, fences: list[Fence], unmeasured: bool, standing: str
) -> None:
    judged = judge(fix, fences, unmeasured=unmeasured, away=False)
    assert (judged.standing, judged.reasons) == (standing, ())


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 1e7))
def test_only_what_is_outside_by_more_than_its_uncertainty_is_a_reason(
    latitude: float, longitude: float, accuracy: float
) -> None:
    fix = Fix(latitude, longitude, accuracy, NOW)
    judged = judge(fix, [OFFICE, MARKET], unmeasured=False, away=False)
    clear = all(
        distance_m(latitude, longitude, fence.latitude, fence.longitude) - accuracy > fence.radius_m
        for fence in (OFFICE, MARKET)
    )
    assert bool(judged.reasons) == (clear and accuracy <= 1_000)


def earlier(fix: Fix, **ago: float) -> Fix:
    return replace(fix, at=NOW - timedelta(**ago))


def test_a_usual_fix_has_no_flag() -> None:
    assert flags(AT_WORK, [earlier(north(AT_WORK, 4), days=1)], people_of_device=2) == ()


def test_a_missing_position_is_flagged_as_that_alone() -> None:
    assert flags(None, [earlier(AT_WORK, days=1)], people_of_device=1) == ("no_position",)


@pytest.mark.parametrize(
    ("fix", "flag"),
    [
        (replace(AT_WORK, accuracy_m=0), "perfect_accuracy"),
        (replace(AT_WORK, latitude=-6.0, longitude=107.0), "round_coordinates"),
        (replace(AT_WORK, accuracy_m=1_500), "vague_position"),
    ],
)
def test_what_no_phone_measures_is_flagged(fix: Fix, flag: str) -> None:
    assert flags(fix, [], people_of_device=1) == (flag,)


def test_one_round_coordinate_is_chance() -> None:
    assert flags(replace(AT_WORK, latitude=-7.0), [], people_of_device=1) == ()


def test_the_same_digits_over_several_days_are_flagged() -> None:
    days = [earlier(AT_WORK, days=2), earlier(AT_WORK, days=1)]
    assert flags(AT_WORK, days, people_of_device=1) == ("same_coordinates",)


@pytest.mark.parametrize(
    "before",
    [
        [earlier(AT_WORK, hours=9), earlier(AT_WORK, hours=1)],
        [earlier(AT_WORK, days=2)],
        [earlier(AT_WORK, days=2), earlier(replace(AT_WORK, latitude=-6.59440001), days=1)],
    ],
)
def test_the_same_digits_on_one_day_or_twice_are_no_sign(before: list[Fix]) -> None:
    assert flags(AT_WORK, before, people_of_device=1) == ()


def test_a_journey_that_nobody_can_make_is_flagged() -> None:
    assert flags(north(AT_WORK, 30_000), [earlier(AT_WORK, minutes=4)], people_of_device=1) == ("too_fast",)


@pytest.mark.parametrize(
    ("fix", "before"),
    [
        (north(AT_WORK, 30_000), earlier(AT_WORK, minutes=40)),
        (north(AT_WORK, 1_500), earlier(AT_WORK, seconds=0)),
        (replace(north(AT_WORK, 30_000), accuracy_m=29_000), earlier(AT_WORK, minutes=4)),
    ],
)
def test_a_journey_that_somebody_can_make_is_none(fix: Fix, before: Fix) -> None:
    assert "too_fast" not in flags(fix, [before], people_of_device=1)


def test_the_journey_is_from_the_fix_just_before() -> None:
    far = north(AT_WORK, 300_000)
    assert flags(AT_WORK, [earlier(far, hours=12), earlier(AT_WORK, minutes=1)], people_of_device=1) == ()


def test_one_device_for_many_people_is_flagged() -> None:
    assert flags(AT_WORK, [], people_of_device=3) == ("shared_device",)
