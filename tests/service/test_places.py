import pytest

from service.places import RUSH_PER_WORKER, STILL_COMING_S, Places


class Stopwatch:
    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


def taken(places: Places) -> int:
    """How many more may wait."""
    count = 0
    while places.take():
        count += 1
    return count


def taken_for_answered(places: Places) -> int:
    count = 0
    while places.take_for_answered():
        count += 1
    return count


def test_in_a_short_rush_a_few_wait_for_each_worker() -> None:
    assert taken(Places(workers=3, queue_limit=64)) == 3 * RUSH_PER_WORKER


def test_no_more_wait_than_the_queue_holds() -> None:
    assert taken(Places(workers=3, queue_limit=2)) == 2


def test_a_place_given_back_is_free_again_while_nobody_was_refused() -> None:
    places = Places(workers=1, queue_limit=1)
    assert places.take()
    places.release()
    assert places.take()
    assert places.waited_for == 1


def test_after_a_refusal_nobody_overtakes_those_who_were_answered_before() -> None:
    places = Places(workers=1, queue_limit=1)
    assert places.take()
    assert not places.take()
    places.release()
    assert not places.take()
    places.nothing_waits()
    assert places.take()


def test_while_check_ins_are_coming_one_processor_is_left_to_receive_them(stopwatch: Stopwatch) -> None:
    places = Places(workers=4, queue_limit=1, monotonic=stopwatch)
    taken(places)
    assert taken_for_answered(places) == 3
    stopwatch.s += STILL_COMING_S
    assert taken_for_answered(places) == 5


def test_with_one_worker_those_who_were_answered_have_their_turn_too(stopwatch: Stopwatch) -> None:
    places = Places(workers=1, queue_limit=1, monotonic=stopwatch)
    taken(places)
    assert taken_for_answered(places) == 1


def test_a_place_of_the_answered_is_given_back_to_them() -> None:
    places = Places(workers=1, queue_limit=1)
    assert taken_for_answered(places) == 2
    places.release_answered()
    assert taken_for_answered(places) == 1
    assert places.take()
