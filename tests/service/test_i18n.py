import string
from typing import get_args

import pytest

from models.image import Reason
from models.liveness.active import REASONS
from service.challenges import Problem
from service.i18n import LANGUAGES, Language, negotiate, translate
from service.sentences import SENTENCES, sentence, sentences
from tests import check_catalogues

CODES = (
    "no_face",
    "many_faces",
    *(f"image_{reason}" for reason in get_args(Reason)),
    "face_too_small",
    "blurred",
    "too_dark",
    "too_bright",
    "turned_away",
    "tilted",
    "cut_off",
    "covered",
    "not_enrolled",
    "no_match",
    "other_person",
    "no_liveness",
    "liveness_failed",
    *REASONS,
    *get_args(Problem),
    "repeated_image",
    "repeated_frames",
    "clock_off",
    "sent_anyway",
    "engine_failed",
    "other_encoders",
    "not_one_person",
    "no_usable_photo",
)


def test_the_catalogues_are_complete_and_their_placeholders_agree() -> None:
    assert list(check_catalogues.problems()) == []


@pytest.mark.parametrize(
    ("message", "translation", "fault"),
    [
        ("Close", "", "not translated"),
        ("Page {page} of {pages}", "Halaman {page}", "other placeholders"),
        ("%(file)s is damaged", "%(berkas)s rusak", "other placeholders"),
    ],
)
def test_a_faulty_translation_is_found(message: str, translation: str, fault: str) -> None:
    assert list(check_catalogues.faults(message, translation)) == [fault]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_reason_says_what_happened_and_what_to_do(language: Language, code: str) -> None:
    words = sentence(language, code)

    assert code in SENTENCES
    assert words.happened[0] in string.ascii_uppercase
    assert words.happened.endswith(".")
    assert words.todo.endswith(".")


def test_every_code_reads_differently_in_each_language() -> None:
    indonesian, english = sentences("id"), sentences("en")

    assert [code for code in SENTENCES if indonesian[code]["happened"] == english[code]["happened"]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_without_words_still_reads_as_a_sentence(language: Language) -> None:
    assert str(sentence(language, "made_up_code")).endswith(".")
    assert "made_up_code" not in str(sentence(language, "made_up_code"))


def test_values_are_filled_into_the_translation() -> None:
    text = "The password must have %(minimum)d to %(maximum)d characters."

    assert (
        translate("id", text, minimum=10, maximum=128)
        == "Kata sandi harus terdiri dari 10 sampai 128 karakter."
    )


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        ("en", "id", "en"),
        (None, "en-GB,en;q=0.9,id;q=0.8", "en"),
        (None, "fr-FR, id;q=0.5, en;q=0.7", "en"),
        (None, "in-ID", "id"),
        (None, "fr, de;q=0.5", "id"),
        (None, "en;q=0", "id"),
        (None, "en;q=nonsense", "id"),
        (None, None, "id"),
        ("klingon", "en", "en"),
    ],
)
def test_the_language_is_the_chosen_then_the_accepted_then_the_default(
    chosen: str | None, accepted: str | None, expected: Language
) -> None:
    assert negotiate(chosen, accepted, "id") == expected
