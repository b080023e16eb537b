import threading

import pytest

from service.repeated_work import RepeatedWork


def test_work_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []
    twice = threading.Event()

    def work() -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            raise OSError
        twice.set()

    repeated = RepeatedWork("sweeping", work, first_after_s=0, every_s=0.01)
    repeated.start()
    assert twice.wait(20)
    repeated.close()
    assert "sweeping failed" in caplog.text


def test_after_the_end_there_is_no_other_turn() -> None:
    turned = threading.Event()
    repeated = RepeatedWork("sweeping", turned.set, first_after_s=0, every_s=0.01)
    repeated.start()
    assert turned.wait(20)
    repeated.close()
    turned.clear()
    assert not turned.wait(0.1)


def test_work_that_never_began_can_be_closed() -> None:
    RepeatedWork("sweeping", lambda: None, first_after_s=60, every_s=60).close()
