"""What is withheld of a public table, and that nobody can compute it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.suppression import LEAST_PEOPLE, Row, Share, is_safe, withhold


def unit(people: int, attended: int | None = None, days: int = 20) -> Row:
    whole = people * days
    part = whole - people if attended is None else attended
    return (Share(part, whole, people), Share(max(0, part - 1), part, people if part else 0))


@pytest.mark.parametrize(
    ("people", "rows", "total"),
    [
        ((10, 20, 30), set(), False),
        ((9, 20, 30), {0, 1}, False),
        ((30, 20, 9), {2, 1}, False),
        ((3, 4, 20, 30), {0, 1, 2}, False),
        ((6, 7, 20, 30), {0, 1}, False),
        ((9, 20), {0, 1}, False),
        ((9,), {0}, True),
        ((10,), set(), False),
        ((5, 5), {0, 1}, False),
        ((4, 5), {0, 1}, True),
        ((), set(), False),
    ],
)
def test_rows_of_few_people_and_those_that_would_give_them_away_are_withheld(
    people: Sequence[int], rows: set[int], total: bool
) -> None:
    hidden = withhold([unit(one) for one in people])
    assert (set(hidden.rows), hidden.total) == (rows, total)


def test_a_small_row_is_not_given_away_by_a_sum_that_is_all_or_nothing() -> None:
    perfect = [unit(count, attended=20 * count) for count in (5, 20, 30, 40)]
    hidden = withhold(perfect)
    assert hidden.total
    assert hidden.rows == {0}


def test_few_people_behind_one_column_withhold_the_whole_row() -> None:
    away = (Share(400, 400, 20), Share(3, 5, 2))
    assert 0 in withhold([away, unit(20), unit(30), unit(40)]).rows


def test_an_agency_in_which_nobody_was_present_is_shown_as_such() -> None:
    nobody = (Share(0, 400, 20), Share(0, 0, 0))
    assert withhold([nobody, unit(20), unit(30)]).rows == set()


def test_so_many_withheld_people_as_rows_would_each_be_one() -> None:
    assert not is_safe([(Share(1, 2, 1),)] * LEAST_PEOPLE)


shares = st.integers(1, 25).flatmap(
    lambda people: st.integers(people, 22 * people).flatmap(
        lambda whole: st.builds(
            Share, st.sampled_from([0, whole // 2, whole]), st.just(whole), st.just(people)
        )
    )
)
tables = st.lists(st.tuples(shares, shares), min_size=1, max_size=9)


@given(tables)
def test_a_withheld_number_cannot_be_computed(rows: list[Row]) -> None:
    """By somebody who knows every published number, and also how many days each withheld row has."""
    hidden = withhold(rows)
    for number, row in enumerate(rows):
        if number not in hidden.rows:
            assert all(share.people >= LEAST_PEOPLE for share in row)
    if hidden.total:
        return  # nothing that is shown holds anything of a withheld row
    for column in range(2):
        published = sum(row[column].part for number, row in enumerate(rows) if number not in hidden.rows)
        left = sum(row[column].part for row in rows) - published
        wholes = {number: rows[number][column].whole for number in hidden.rows}
        people = sum(rows[number][column].people for number in hidden.rows)
        for whole in wholes.values():
            others = sum(wholes.values()) - whole
            least, most = max(0, left - others), min(whole, left)
            assert least < most
            assert people >= LEAST_PEOPLE
            assert people > len(wholes)
