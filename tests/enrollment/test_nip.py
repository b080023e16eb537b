"""A NIP is one word, however its digits were grouped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.nip import parse_nip


def test_blanks_between_the_digits_do_not_count() -> None:
    assert parse_nip("19850330 200312 1 002") == "198503302003121002"


@pytest.mark.parametrize(
    "text", ["", "   ", ".", "..", "../etc", "a/b", "a\\b", "-1", ".hidden", "x" * 65, "1\0", "é"]
)
def test_what_is_no_path_segment_is_no_nip(text: str) -> None:
    assert parse_nip(text) is None


@given(st.text())
def test_a_parsed_nip_parses_to_itself(text: str) -> None:
    nip = parse_nip(text)
    assert nip is None or parse_nip(nip) == nip
