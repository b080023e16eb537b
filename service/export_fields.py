"""What a column of an export can hold: a catalogue of fields, each with its meaning and how it is read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from service.attendance.recap import Summary
from service.attendance_months import MonthDay
from service.i18n import N_

RowKind = Literal["day", "month"]
# A code has known values, which a profile may write in another way.
FieldKind = Literal["text", "code", "number", "date", "time"]
Value: TypeAlias = str | int | Decimal | date | datetime | None

FIXED: Final = "fixed"
BOTH: Final[frozenset[RowKind]] = frozenset({"day", "month"})
DAY: Final[frozenset[RowKind]] = frozenset({"day"})
MONTH: Final[frozenset[RowKind]] = frozenset({"month"})
LEAVE: Final = (
    "cuti_tahunan",
    "cuti_besar",
    "cuti_sakit",
    "cuti_melahirkan",
    "cuti_alasan_penting",
    "cuti_di_luar_tanggungan",
)
OTHER_ABSENCES: Final = ("izin", "sakit", "dinas_luar", "tugas_belajar", "wfh", "alasan_teknis")
STATUSES: Final = (
    "present",
    "absent",
    "open",
    *OTHER_ABSENCES,
    *LEAVE,
    "off",
    "national",
    "collective_leave",
    "local",
)
YES_NO: Final = ("yes", "no")
STEPS: Final = ("0", "1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A day or a month of somebody, with all that a field may ask for.

    month : its first day. day : None in a row of a month. days : those that the row is about.
    """

    nip: str
    name: str
    position: str | None
    employment: str | None
    unit_code: str | None
    unit_name: str | None
    month: date
    day: MonthDay | None
    days: tuple[MonthDay, ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Field:
    """`label`, `description`: messages. `codes`: all values of a code."""

    key: str
    label: str
    description: str
    kind: FieldKind
    rows: frozenset[RowKind]
    value: Callable[[ExportRow], Value]
    codes: tuple[str, ...] = ()


def _of_day(read: Callable[[MonthDay], Value]) -> Callable[[ExportRow], Value]:
    def value(row: ExportRow) -> Value:
        return None if row.day is None else read(row.day)

    return value


def _count(*statuses: str) -> Callable[[ExportRow], Value]:
    return lambda row: sum(row.summary.by_status.get(status, 0) for status in statuses)


def _deductions_of(days: Iterable[MonthDay]) -> Decimal:
    return sum((line.percent for day in days for line in day.deductions), Decimal(0))


def _yes(true: bool) -> str:
    return YES_NO[0] if true else YES_NO[1]


def _late(step: int) -> Callable[[ExportRow], Value]:
    return lambda row: row.summary.codes.get(f"TL{step}", 0)


def _early(step: int) -> Callable[[ExportRow], Value]:
    return lambda row: row.summary.codes.get(f"PSW{step}", 0)


_PERSON: Final = (
    Field(FIXED, N_("Fixed text"), N_("The same text in every row"), "text", BOTH, lambda _: None),
    Field("nip", N_("NIP"), N_("As the roster has it"), "text", BOTH, lambda row: row.nip),
    Field("name", N_("Name"), N_("As the roster has it"), "text", BOTH, lambda row: row.name),
    Field("position", N_("Position"), N_("As the roster has it"), "text", BOTH, lambda row: row.position),
    Field(
        "employment",
        N_("Class"),
        N_("Class of employment: pns, pppk, thl"),
        "code",
        BOTH,
        lambda row: row.employment,
        ("pns", "pppk", "thl"),
    ),
    Field(
        "unit_code",
        N_("Unit code"),
        N_("Of the unit the days belong to"),
        "text",
        BOTH,
        lambda row: row.unit_code,
    ),
    Field(
        "unit_name", N_("Unit"), N_("Of the unit the days belong to"), "text", BOTH, lambda row: row.unit_name
    ),
    Field("month", N_("Month"), N_("The first day of the month"), "date", BOTH, lambda row: row.month),
)
_DAYS: Final = (
    Field(
        "date",
        N_("Date"),
        N_("A night shift is on the day it begins"),
        "date",
        DAY,
        _of_day(lambda day: day.judged.date),
    ),
    Field(
        "status",
        N_("Status"),
        N_("What became of the day: present, absent, free, or what was approved"),
        "code",
        DAY,
        _of_day(lambda day: day.judged.status),
        STATUSES,
    ),
    Field(
        "holiday",
        N_("Holiday"),
        N_("Name of the holiday or ceremony"),
        "text",
        DAY,
        _of_day(lambda day: day.judged.planned.name),
    ),
    Field(
        "starts_at",
        N_("Hours begin"),
        N_("When the work was to begin"),
        "time",
        DAY,
        _of_day(lambda day: day.judged.planned.starts_at),
    ),
    Field(
        "ends_at",
        N_("Hours end"),
        N_("When the work was to end"),
        "time",
        DAY,
        _of_day(lambda day: day.judged.planned.ends_at),
    ),
    Field(
        "first_in",
        N_("Arrival"),
        N_("The first one that counts"),
        "time",
        DAY,
        _of_day(lambda day: day.judged.first_in),
    ),
    Field(
        "last_out",
        N_("Departure"),
        N_("The last one that counts"),
        "time",
        DAY,
        _of_day(lambda day: day.judged.last_out),
    ),
    Field(
        "late_step",
        N_("Lateness step"),
        N_("0 for none, TL1 to TL4 as 1 to 4"),
        "code",
        DAY,
        _of_day(lambda day: str(day.judged.late_step)),
        STEPS,
    ),
    Field(
        "early_step",
        N_("Early departure step"),
        N_("0 for none, PSW1 to PSW4 as 1 to 4"),
        "code",
        DAY,
        _of_day(lambda day: str(day.judged.early_step)),
        STEPS,
    ),
    Field(
        "corrected",
        N_("Corrected"),
        N_("Whether a time was corrected with approval"),
        "code",
        DAY,
        _of_day(lambda day: _yes(day.judged.corrected)),
        YES_NO,
    ),
    Field(
        "provisional",
        N_("Provisional"),
        N_("Whether a check-in of the day waits for a decision"),
        "code",
        DAY,
        _of_day(lambda day: _yes(day.judged.provisional)),
        YES_NO,
    ),
)
_SUMS: Final = (
    Field(
        "late_min",
        N_("Minutes late"),
        N_("Of the day, or all of the month"),
        "number",
        BOTH,
        lambda row: row.summary.late_min,
    ),
    Field(
        "early_min",
        N_("Minutes left early"),
        N_("Of the day, or all of the month"),
        "number",
        BOTH,
        lambda row: row.summary.early_min,
    ),
    Field(
        "deduction_percent",
        N_("Deductions in percent"),
        N_("Of the day; of the month the sum, up to the cap"),
        "number",
        BOTH,
        lambda row: _deductions_of([row.day]) if row.day else row.summary.deductions.total,
    ),
    Field(
        "working_days",
        N_("Working days"),
        N_("On which something was expected"),
        "number",
        MONTH,
        lambda row: row.summary.working_days,
    ),
    Field(
        "present_days", N_("Days present"), N_("Days with status present"), "number", MONTH, _count("present")
    ),
    Field("absent_days", N_("Days absent"), N_("Without explanation"), "number", MONTH, _count("absent")),
    Field("leave_days", N_("Days of leave"), N_("Leave of all kinds"), "number", MONTH, _count(*LEAVE)),
    Field(
        "izin_days", N_("Days of permission"), N_("Days with status izin"), "number", MONTH, _count("izin")
    ),
    Field(
        "sakit_days", N_("Days of sickness"), N_("Days with status sakit"), "number", MONTH, _count("sakit")
    ),
    Field(
        "dinas_luar_days",
        N_("Days on duty elsewhere"),
        N_("Days with status dinas_luar"),
        "number",
        MONTH,
        _count("dinas_luar"),
    ),
    Field(
        "tugas_belajar_days",
        N_("Days of study"),
        N_("Days with status tugas_belajar"),
        "number",
        MONTH,
        _count("tugas_belajar"),
    ),
    Field("wfh_days", N_("Days at home"), N_("Days with status wfh"), "number", MONTH, _count("wfh")),
    Field(
        "alasan_teknis_days",
        N_("Days of technical reasons"),
        N_("Days with status alasan_teknis"),
        "number",
        MONTH,
        _count("alasan_teknis"),
    ),
    Field(
        "late_days",
        N_("Days late"),
        N_("With at least a minute"),
        "number",
        MONTH,
        lambda row: row.summary.late_days,
    ),
    Field(
        "early_days",
        N_("Days left early"),
        N_("With at least a minute"),
        "number",
        MONTH,
        lambda row: row.summary.early_days,
    ),
    Field(
        "missing_in",
        N_("Days without arrival"),
        N_("On which only a departure is known"),
        "number",
        MONTH,
        lambda row: row.summary.missing_in,
    ),
    Field(
        "missing_out",
        N_("Days without departure"),
        N_("On which only an arrival is known"),
        "number",
        MONTH,
        lambda row: row.summary.missing_out,
    ),
    Field(
        "provisional_days",
        N_("Provisional days"),
        N_("With a check-in that waits for a decision"),
        "number",
        MONTH,
        lambda row: row.summary.provisional,
    ),
    *(
        Field(f"tl{step}", f"TL{step}", N_("Days with this step"), "number", MONTH, _late(step))
        for step in (1, 2, 3, 4)
    ),
    *(
        Field(f"psw{step}", f"PSW{step}", N_("Days with this step"), "number", MONTH, _early(step))
        for step in (1, 2, 3, 4)
    ),
)
FIELDS: Final[dict[str, Field]] = {field.key: field for field in (*_PERSON, *_DAYS, *_SUMS)}
