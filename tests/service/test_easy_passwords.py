import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.easy_passwords import COMMONPLACES, is_easy

NIP = "198503302003121002"


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "P@ssw0rd2026!",
        "katasandi99",
        "Rahasia1945",
        "hadirhadir",
        "presensi 2026",
        "bismillah123",
        "1234567890",
        "0987654321",
        "aaaaaaaaaaaa",
        "abcdefghij",
        "abcabcabcabc",
        "qwertyuiop1",
        "1q2w3e4r5t6y",
        NIP,
        f"{NIP}!!",
        "19850330-19850330",
        "!!!!!!!!!!!!",
    ],
)
def test_what_is_tried_first_is_easy(password: str) -> None:
    assert is_easy(password, NIP)


@pytest.mark.parametrize(
    "password",
    [
        "pagi cerah di kantor",
        "sandi yang panjang",
        "kucing tidur siang",
        "correct horse battery",
        "8257104639",
        "7f3a-91bc-d04e",
        "木曜日の朝は早い電車",
    ],
)
def test_a_sentence_or_random_characters_are_not(password: str) -> None:
    assert not is_easy(password, NIP)


@pytest.mark.parametrize("word", COMMONPLACES)
def test_no_commonplace_is_a_password_with_a_year_behind_it(word: str) -> None:
    assert is_easy(f"{word.title()}{word}2026", NIP)


@given(password=st.text(max_size=200), login=st.text(min_size=1, max_size=64))
def test_any_text_is_answered(password: str, login: str) -> None:
    assert is_easy(password, login) in {True, False}
