import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.json_depth import DEEPEST, JsonDepth


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def too_deep(text: bytes, piece_bytes: int) -> bool:
    depth = JsonDepth()
    return any(
        depth.too_deep(text[begin : begin + piece_bytes]) for begin in range(0, len(text), piece_bytes)
    )


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_as_deep_as_the_limit_passes_and_one_more_does_not(opening: bytes) -> None:
    assert not JsonDepth().too_deep(opening * DEEPEST)
    assert JsonDepth().too_deep(opening * (DEEPEST + 1))


def test_brackets_beside_each_other_are_not_deep() -> None:
    assert not JsonDepth().too_deep(b"[" + b"[]," * 10_000)


def test_brackets_in_texts_do_not_count() -> None:
    text = json.dumps({"a": "[" * 100, 'b\\"[': '\\" [[[' * 100})
    assert not JsonDepth().too_deep(text.encode())


def nested(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(leaves, max_size=2) | st.dictionaries(st.text('a"\\[{', max_size=4), leaves, max_size=2)


@given(
    st.recursive(st.none() | st.text('a"\\[{]}'), nested, max_leaves=40),
    st.integers(0, 30),
    st.integers(1, 5),
)
def test_however_a_text_is_cut_its_depth_is_that_of_the_value(
    value: object, wrapped: int, piece_bytes: int
) -> None:
    for _ in range(wrapped):
        value = [value]
    assert too_deep(json.dumps(value).encode(), piece_bytes) == (depth_of(value) > DEEPEST)
