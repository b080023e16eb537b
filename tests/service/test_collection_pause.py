import gc
from collections.abc import Iterator

import pytest

from service.collection_pause import collection_paused


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if before else gc.disable)()


def test_it_goes_on_after_the_last_of_several() -> None:
    with collection_paused():
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="no"), collection_paused():
        raise ValueError("no")
    assert gc.isenabled()


def test_who_has_put_it_off_for_good_finds_it_so() -> None:
    gc.disable()
    with collection_paused():
        pass
    assert not gc.isenabled()
