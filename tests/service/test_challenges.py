from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from service import challenges
from service.challenges import IN_ADVANCE, LASTS, RENEWED_AFTER, Answered, Issued
from service.db.session import Database
from service.db.tables import IssuedChallenge
from tests.service.conftest import FakeClock
from tests.service.made_up import add_employee

ONE, OTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def siti(db: Database, clock: FakeClock) -> int:
    return add_employee(db, "1", clock())


@pytest.fixture
def issued(db: Database, siti: int, clock: FakeClock) -> Issued:
    return challenges.issue(db, siti, clock())


def use(db: Database, challenge_id: str, employee_id: int, clock: FakeClock, checkin: str = ONE) -> Answered:
    with db.write() as session:
        return challenges.use(session, challenge_id, employee_id, checkin, clock())


def test_a_challenge_turns_to_both_sides(issued: Issued) -> None:
    assert {"left", "right"} <= set(issued.steps)
    assert len(issued.steps) in {3, 4}


def test_it_counts_for_one_check_in(db: Database, siti: int, issued: Issued, clock: FakeClock) -> None:
    assert use(db, issued.id, siti, clock) == Answered(steps=issued.steps)
    assert use(db, issued.id, siti, clock, OTHER) == Answered(problem="challenge_reused")


def test_nobody_can_draw_until_the_order_they_have_a_video_of_comes(
    db: Database, siti: int, issued: Issued, clock: FakeClock
) -> None:
    clock.advance(seconds=RENEWED_AFTER.total_seconds() - 1)
    assert challenges.issue(db, siti, clock()) == issued
    clock.advance(seconds=1)
    assert challenges.issue(db, siti, clock()).id != issued.id


def test_asked_by_two_at_once_it_is_one(db: Database, siti: int, clock: FakeClock) -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = {one.id for one in threads.map(lambda _: challenges.issue(db, siti, clock()), range(8))}
    assert len(ids) == 1


def test_the_next_one_never_asks_the_same_again(db: Database, siti: int, clock: FakeClock) -> None:
    before = None
    for number in range(60):
        issued = challenges.issue(db, siti, clock())
        assert issued.steps != before
        before = issued.steps
        use(db, issued.id, siti, clock, f"00000000-0000-4000-8000-{number:012d}")
        clock.advance(minutes=1)


def test_an_old_one_proves_nothing(db: Database, siti: int, issued: Issued, clock: FakeClock) -> None:
    clock.advance(seconds=LASTS.total_seconds())
    assert issued.expires_at == clock()
    assert use(db, issued.id, siti, clock) == Answered(problem="challenge_expired")


@pytest.mark.parametrize("made_up", ["", "x", "a" * 1000, "' OR 1=1"])
def test_a_made_up_one_is_unknown(
    db: Database, siti: int, issued: Issued, clock: FakeClock, made_up: str
) -> None:
    assert use(db, made_up, siti, clock) == Answered(problem="challenge_unknown")


def test_somebody_elses_is_unknown_and_stays_theirs(
    db: Database, siti: int, issued: Issued, clock: FakeClock
) -> None:
    budi = add_employee(db, "2", clock())
    assert use(db, issued.id, budi, clock) == Answered(problem="challenge_unknown")
    assert use(db, issued.id, siti, clock).steps == issued.steps


def test_a_clock_that_was_set_back_does_not_keep_one_for_good(
    db: Database, siti: int, issued: Issued, clock: FakeClock
) -> None:
    assert challenges.issue(db, siti, clock() - timedelta(hours=3)).id != issued.id


def test_few_are_kept(db: Database, siti: int, clock: FakeClock) -> None:
    for _ in range(5):
        challenges.issue(db, siti, clock())
        clock.advance(hours=1)
    with db.read() as session:
        assert session.query(IssuedChallenge).count() == 2


# --- in advance


def test_a_phone_without_signal_has_enough_for_a_day(db: Database, siti: int, clock: FakeClock) -> None:
    given = challenges.issue_in_advance(db, siti, clock())
    assert len({one.id for one in given}) == IN_ADVANCE
    assert all(first.steps != second.steps for first, second in pairwise(given))
    clock.advance(hours=71)
    assert use(db, given[0].id, siti, clock) == Answered(steps=given[0].steps, in_advance=True)


def test_those_not_used_are_given_again_and_the_others_replaced(
    db: Database, siti: int, clock: FakeClock
) -> None:
    first = challenges.issue_in_advance(db, siti, clock())
    use(db, first[0].id, siti, clock)
    again = challenges.issue_in_advance(db, siti, clock())
    assert {one.id for one in first[1:]} < {one.id for one in again}
    assert len(again) == IN_ADVANCE
    assert use(db, first[0].id, siti, clock, OTHER) == Answered(problem="challenge_reused")


def test_those_in_advance_end_too(db: Database, siti: int, clock: FakeClock) -> None:
    first = challenges.issue_in_advance(db, siti, clock())
    clock.advance(hours=72)
    assert use(db, first[0].id, siti, clock) == Answered(problem="challenge_expired")
    again = challenges.issue_in_advance(db, siti, clock())
    assert {one.id for one in first}.isdisjoint(one.id for one in again)


def test_the_open_challenge_is_none_of_them(
    db: Database, siti: int, issued: Issued, clock: FakeClock
) -> None:
    given = challenges.issue_in_advance(db, siti, clock())
    assert issued.id not in {one.id for one in given}
    assert challenges.issue(db, siti, clock()) == issued
