from collections.abc import Iterator

import pytest

from service import access_errors, errors, request_errors, storage_errors
from service.errors import HadirError


def subclasses(kind: type[HadirError] = HadirError) -> Iterator[type[HadirError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


MODULES = {module.__name__ for module in (errors, access_errors, request_errors, storage_errors)}
KINDS = [kind for kind in subclasses() if kind.__module__ in MODULES]


def test_every_code_means_one_error() -> None:
    codes = [kind.code for kind in KINDS]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_its_own_code_title_and_an_error_status(kind: type[HadirError]) -> None:
    assert kind.code != HadirError.code
    assert kind.title
    assert 400 <= kind.status < 600


def test_the_text_is_translated_before_it_is_filled_in() -> None:
    error = access_errors.WeakPassword("length", minimum=10, maximum=200)
    indonesian = {error.detail: "Kata sandi harus %(minimum)d sampai %(maximum)d karakter."}
    assert error.explain(indonesian.__getitem__) == "Kata sandi harus 10 sampai 200 karakter."


@pytest.mark.parametrize("reason", errors.BadPhoto.DETAILS)
def test_a_bad_photo_says_why(reason: str) -> None:
    error = errors.BadPhoto(reason)
    assert error.explain() == errors.BadPhoto.DETAILS[reason]
    assert error.extras == {"reason": reason}


def test_a_log_line_of_an_error_names_nobody() -> None:
    error = errors.UnknownEmployee(nip="197001011990031001")
    assert "1970" not in f"{error} {error!r}"


def test_an_unknown_failure_of_the_engine_is_no_reason() -> None:
    with pytest.raises(ValueError, match="unknown reason"):
        storage_errors.EngineFailed("tired")


def test_a_refused_start_says_what_to_do() -> None:
    refused = storage_errors.OtherEncoders(stored="dlib/1", configured="sface,dlib/1")
    assert "dlib/1, the settings say sface,dlib/1" in str(refused)
    assert "HADIR_ENCODERS" in str(refused)
