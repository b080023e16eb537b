"""Deductions from the allowance, in percent, with the working shown line by line. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from service.attendance.deduction_table import DeductionTable
from service.attendance.judging import JudgedDay

ABSENT_CODE: Final = "TK"


@dataclass(frozen=True, slots=True)
class Deduction:
    """One line of the working. `code`: TL1 to TL4, PSW1 to PSW4, TK, or a status.

    minutes : late or early; None where the check-in is missing, or the whole day counts.
    """

    date: date
    code: str
    minutes: int | None
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Deductions:
    """`sum` is that of the lines, `total` what is left of it under the cap."""

    lines: tuple[Deduction, ...]
    sum: Decimal
    cap: Decimal

    @property
    def total(self) -> Decimal:
        return min(self.sum, self.cap)


def deductions_of(day: JudgedDay, table: DeductionTable) -> tuple[Deduction, ...]:
    """What the day costs."""
    if (
        day.status == "present"
        and not day.late_step
        and not day.early_step
        and day.status not in table.by_status
    ):
        return ()  # most days: said first, because there are many
    if day.status == "absent":
        lines = [Deduction(day.date, ABSENT_CODE, None, table.absent)]
    elif day.status in table.by_status:
        lines = [Deduction(day.date, day.status, None, table.by_status[day.status])]
    else:
        lines = []
    if day.late_step:
        minutes = None if day.missing_in else day.late_min
        lines.append(Deduction(day.date, f"TL{day.late_step}", minutes, table.late[day.late_step - 1]))
    if day.early_step:
        minutes = None if day.missing_out else day.early_min
        lines.append(Deduction(day.date, f"PSW{day.early_step}", minutes, table.early[day.early_step - 1]))
    return tuple(lines)


def add_up(lines: Iterable[Deduction], cap: Decimal) -> Deductions:
    kept = tuple(lines)
    return Deductions(kept, sum((line.percent for line in kept), Decimal(0)), cap)
