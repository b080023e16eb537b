"""Recaps of made-up people, without a database: for what is drawn from them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from service.attendance.deductions import Deduction, Deductions
from service.attendance.recap import Summary
from service.recap_figures import PersonRow, Recap, UnitPlace, status_of, total_of, totals_by_unit

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
OFFICE = UnitPlace(1, "DINAS", "Dinas Pendidikan", 0)
SCHOOL = UnitPlace(2, "SD-1", "SD Negeri 1", 1)


def summary(
    by_status: Mapping[str, int] | None = None,
    *,
    late: tuple[int, str] | None = None,
    cap: str = "100",
    provisional: int = 0,
) -> Summary:
    """late : step and percent of one late day of 17 minutes."""
    lines = () if late is None else (Deduction(FIRST, f"TL{late[0]}", 17, Decimal(late[1])),)
    return Summary(
        by_status=by_status or {"present": 22, "off": 9},
        working_days=22,
        late_days=len(lines),
        early_days=0,
        missing_in=0,
        missing_out=0,
        provisional=provisional,
        late_min=17 * len(lines),
        early_min=0,
        deductions=Deductions(lines, sum((line.percent for line in lines), Decimal(0)), Decimal(cap)),
    )


def row(
    number: int,
    name: str = "Siti",
    unit: UnitPlace | None = OFFICE,
    of: Summary | None = None,
    *,
    closed: bool = False,
) -> PersonRow:
    return PersonRow(number, f"{number:018d}", name, "pns", unit, of or summary(), closed)


def recap(*rows: PersonRow, unit: UnitPlace | None = OFFICE, over: bool = True) -> Recap:
    totals = total_of(rows)
    return Recap(
        FIRST,
        LAST,
        unit,
        status_of(rows, totals, over=over),
        datetime(2026, 11, 3, 3, tzinfo=UTC),
        rows,
        totals_by_unit(rows),
        totals,
    )
