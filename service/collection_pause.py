"""Garbage collection put off while very many objects are made that all stay."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()
_pausing = 0
_was_on = True


@contextmanager
def collection_paused() -> Iterator[None]:
    """For work of a second or so that is done now and then: the whole process makes no search for cycles.

    A month of 5,000 employees is half a million objects without a cycle among them, and the collector would walk
    over all that there are again and again, for 40 % of the time (`python -m benchmarks.recap`).
    """
    global _pausing, _was_on
    with _turn:
        if not _pausing:
            _was_on = gc.isenabled()
        _pausing += 1
        gc.disable()
    try:
        yield
    finally:
        with _turn:
            _pausing -= 1
            if not _pausing and _was_on:
                gc.enable()
