"""Which unit a day belongs to, by the moves of an employee. Pure."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

# Before anybody's first day of work.
BEGINNING: Final = date(1900, 1, 1)
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """Days that get another unit. `last_day` : None is for good. `units` : those that the days leave and join."""

    first_day: date
    last_day: date | None
    before: int | None
    after: int | None

    @property
    def units(self) -> frozenset[int | None]:
        return frozenset({self.before, self.after})


@dataclass(frozen=True, slots=True)
class Stays:
    """Every day in just one unit.

    begins : first days, ascending, the first one BEGINNING, each with the id of the unit from then on; None is no
        unit. No two in a row have the same unit.
    """

    begins: tuple[tuple[date, int | None], ...]

    @classmethod
    def always(cls, unit_id: int | None) -> Self:
        return cls(((BEGINNING, unit_id),))

    @property
    def units(self) -> frozenset[int | None]:
        return frozenset(unit_id for _, unit_id in self.begins)

    def unit_on(self, day: date) -> int | None:
        return self.begins[self._at(day)][1]

    def last_of(self, day: date) -> date | None:
        """The last day of the stay that the day is in; None is for good."""
        at = self._at(day) + 1
        return self.begins[at][0] - _ONE_DAY if at < len(self.begins) else None

    def begins_on(self, day: date) -> bool:
        return any(first == day for first, _ in self.begins)

    def moved(self, unit_id: int | None, first: date) -> Self:
        """In this unit from `first` on, until the next move there is after it."""
        kept = [one for one in self.begins if one[0] != first]
        tidy: list[tuple[date, int | None]] = []
        for begin in sorted([*kept, (first, unit_id)], key=lambda one: one[0]):
            if not tidy or tidy[-1][1] != begin[1]:
                tidy.append(begin)
        return type(self)(tuple(tidy))

    def change(self, unit_id: int | None, first: date) -> Change | None:
        """What `moved` would do; None where the days are in this unit already."""
        before = self.unit_on(first)
        return None if before == unit_id else Change(first, self.last_of(first), before, unit_id)

    def without(self, first: date) -> int | None:
        """The unit in which the days from `first` are, when the move of that day is taken back."""
        return self.unit_on(first - _ONE_DAY)

    def _at(self, day: date) -> int:
        return max(0, bisect_right(self.begins, day, key=lambda one: one[0]) - 1)
