"""A server clock that is set back or runs ahead between two requests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.hostile import application
from tests.hostile.application import Visit
from tests.hostile.office import make_office
from tests.service.conftest import FakeClock

JUMPS = [timedelta(hours=-3), timedelta(days=-400), timedelta(hours=3), timedelta(seconds=-1)]


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.now = datetime.now(UTC)
    return clock


@pytest.fixture
def visit(tmp_path: Path, clock: FakeClock) -> Iterator[Visit]:
    with application.visit(make_office(tmp_path / "data", 1), clock) as visit:
        yield visit


def test_whoever_is_signed_in_stays_so_and_checks_in_whatever_the_clock_does(
    visit: Visit, clock: FakeClock
) -> None:
    assert visit.check_in().status_code == 202
    for jump in JUMPS:
        clock.now += jump
        assert visit.get("/api/me").status_code == 200
        answer = visit.check_in()
        assert answer.status_code == 202
        assert datetime.fromisoformat(answer.json()["received_at"]) == clock.now


def test_after_a_jump_ahead_and_back_nobody_is_signed_out(visit: Visit, clock: FakeClock) -> None:
    assert visit.get("/api/me").status_code == 200
    clock.now += timedelta(days=1000)
    assert visit.get("/api/me").status_code == 401
    clock.now -= timedelta(days=1000)
    assert visit.get("/api/me").status_code == 200


def test_the_day_holds_together_when_the_second_check_in_is_before_the_first(
    visit: Visit, clock: FakeClock
) -> None:
    clock.now = clock.now.replace(hour=5)
    first = visit.check_in().json()
    clock.now -= timedelta(minutes=20)
    second = visit.check_in().json()
    assert second["day"]["first_in"] == second["received_at"]
    assert second["day"]["last_out"] == first["received_at"]
