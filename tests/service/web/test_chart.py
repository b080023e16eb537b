import pytest

from service.web.chart import HEIGHT, bars
from service.web.pages_sites import trend_of


def test_each_value_has_a_bar_and_the_greatest_is_of_full_height() -> None:
    assert bars([1, None, 2]) == "M0.0 32v-16.0h39.0V32zM80.0 32v-32.0h39.0V32z"


@pytest.mark.parametrize("values", [[], [None, None]])
def test_without_values_there_is_no_bar(values: list[None]) -> None:
    assert bars(values) == ""


def test_a_small_value_is_still_seen() -> None:
    assert f"v{-HEIGHT:.1f}" in bars([0, 1_000])
    assert "v-2.0" in bars([0, 1_000])


@pytest.mark.parametrize(
    ("daily", "trend"),
    [
        ((None, 1, 1, 1, None, 2, 2, 2), "slower"),
        ((2, 2, 2, 1, 1, 1), "faster"),
        ((10, 10, 10, 99, 11, 11, 11), "steady"),
        ((1, 1, 1, 9, 9), "unknown"),
        ((None,), "unknown"),
    ],
)
def test_a_trend_is_of_the_latest_days_against_the_first(daily: tuple[int | None, ...], trend: str) -> None:
    assert trend_of(daily) == trend
