"""A month of judged days, added up. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from service.attendance.deductions import Deduction, Deductions, add_up
from service.attendance.judging import JudgedDay


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of days; minutes; percent.

    by_status : every status that occurred. working_days : on which something was expected.
    """

    by_status: Mapping[str, int]
    working_days: int
    late_days: int
    early_days: int
    missing_in: int
    missing_out: int
    provisional: int
    late_min: int
    early_min: int
    deductions: Deductions

    @property
    def codes(self) -> Mapping[str, int]:
        """How often each code of a deduction occurred: TL1 to TL4, PSW1 to PSW4, TK, or a status."""
        return Counter(line.code for line in self.deductions.lines)


def summarise_month(days: Sequence[JudgedDay], lines: Iterable[Deduction], cap: Decimal) -> Summary:
    """lines : what the days cost. cap : of the deductions in force at the month's end."""
    late = [day.late_min for day in days if day.late_min > 0]
    early = [day.early_min for day in days if day.early_min > 0]
    return Summary(
        by_status=dict(Counter([day.status for day in days])),
        working_days=len([day for day in days if day.planned.kind == "work"]),
        late_days=len(late),
        early_days=len(early),
        missing_in=len([day for day in days if day.missing_in]),
        missing_out=len([day for day in days if day.missing_out]),
        provisional=len([day for day in days if day.provisional]),
        late_min=sum(late),
        early_min=sum(early),
        deductions=add_up(lines, cap),
    )


def month_bounds(month: date) -> tuple[date, date]:
    """The first and the last day of the month that a day is in."""
    first = month.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, date.fromordinal(following.toordinal() - 1)
