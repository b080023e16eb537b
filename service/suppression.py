"""Which rows of a published table are withheld, so that no number of a few people can be read or computed. Pure.

Small rows are withheld (primary suppression), and more of them where the total and the others would still give
them away (complementary suppression).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

# People behind a number that is shown.
LEAST_PEOPLE: Final = 10
# Where more than this part of the large rows would have to go, the total goes in their place.
MOST_COMPLEMENTS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole` days, which are those of so many `people`."""

    part: int
    whole: int
    people: int


# Of one unit: a share for each column.
Row: TypeAlias = tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Numbers of the rows that are not shown, and whether the total is not shown either."""

    rows: frozenset[int]
    total: bool


def withhold(rows: Sequence[Row]) -> Withheld:
    """What must not be shown of a table whose total is the sum of its rows.

    Whoever knows all that is shown, and even how many days each withheld row has, still finds at least two values
    that each of its parts may have.
    """
    small = {number for number, row in enumerate(rows) if is_small(row)}
    others = sorted(set(range(len(rows))) - small, key=lambda number: (rows[number][0].people, number))
    most = max(1, int(MOST_COMPLEMENTS * len(others)))
    for complements in range(min(most, len(others)) + 1):
        group = small.union(others[:complements])
        if is_safe([rows[number] for number in group]):
            return Withheld(frozenset(group), total=False)
    return Withheld(frozenset(small), total=True)


def is_small(row: Row) -> bool:
    """A column without any day has no number that could tell of somebody; the first is of all the people."""
    return row[0].people < LEAST_PEOPLE or any(0 < share.people < LEAST_PEOPLE for share in row)


def is_safe(group: Collection[Row]) -> bool:
    """Whether the sum of these rows, which is the total less what is shown, tells nothing about any of them."""
    return not group or all(_hides(column) for column in zip(*group, strict=True))


def _hides(column: Sequence[Share]) -> bool:
    """At a sum of none or of all of the days, each row would have none or all of its own."""
    filled = [share for share in column if share.whole]
    part = sum(share.part for share in filled)
    whole = sum(share.whole for share in filled)
    people = sum(share.people for share in filled)
    return len(filled) > 1 and 0 < part < whole and people >= LEAST_PEOPLE and people > len(filled)
