"""The figures of somebody's days, written to be kept and read back exactly: decimals stay what they were."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from service.attendance.deductions import Deduction, Deductions
from service.attendance.recap import Summary, summarise_month
from service.attendance_months import Month, MonthDay

# Whoever was not there on any day, before the first day of work or after the last, has no figures.
NOT_THERE: Final = "outside"
_COUNTS: Final = tuple(one.name for one in fields(Summary) if one.name not in {"by_status", "deductions"})


def written(figures: Summary) -> dict[str, Any]:
    """As JSON."""
    lines = [
        [line.date.isoformat(), line.code, line.minutes, str(line.percent)]
        for line in figures.deductions.lines
    ]
    return {
        "by_status": dict(figures.by_status),
        **{name: getattr(figures, name) for name in _COUNTS},
        "deductions": {
            "lines": lines,
            "sum": str(figures.deductions.sum),
            "cap": str(figures.deductions.cap),
        },
    }


def read(kept: Mapping[str, Any]) -> Summary:
    """What `written` was given."""
    costs = kept["deductions"]
    lines = tuple(
        Deduction(date.fromisoformat(day), code, minutes, Decimal(percent))
        for day, code, minutes, percent in costs["lines"]
    )
    return Summary(
        by_status=kept["by_status"],
        **{name: kept[name] for name in _COUNTS},
        deductions=Deductions(lines, Decimal(costs["sum"]), Decimal(costs["cap"])),
    )


def days_by_unit(month: Month) -> dict[int | None, list[MonthDay]]:
    """The days of the month by the unit that each belongs to."""
    found: dict[int | None, list[MonthDay]] = defaultdict(list)
    for day in month.days:
        found[day.unit_id].append(day)
    return found


def figures_in(days: Iterable[MonthDay], cap: Decimal) -> Summary | None:
    """What some days add up to; None where somebody was not there on any of them.

    cap : of the deductions in force at the month's end.
    """
    kept = list(days)
    if all(day.judged.status == NOT_THERE for day in kept):
        return None
    return summarise_month(
        [day.judged for day in kept], chain.from_iterable(day.deductions for day in kept), cap
    )
