"""What a recap's tables hold, column by column, and what the codes at their heads mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from service.db.recap_tables import RecapStatus
from service.i18n import N_, Language, translate
from service.recap_figures import STEPS, PersonRow, Totals

Value: TypeAlias = str | int | Decimal | None

# The customer's codes, and what each kind of day is called.
STATUS_CODES: Final[Mapping[str, str]] = {
    "present": "H",
    "absent": "TK",
    "izin": "I",
    "sakit": "S",
    "cuti_tahunan": "CT",
    "cuti_besar": "CB",
    "cuti_sakit": "CS",
    "cuti_melahirkan": "CM",
    "cuti_alasan_penting": "CAP",
    "cuti_di_luar_tanggungan": "CLTN",
    "dinas_luar": "DL",
    "tugas_belajar": "TB",
    "wfh": "WFH",
    "alasan_teknis": "AT",
    "open": "BS",
    "off": "LB",
    "national": "LN",
    "collective_leave": "CBM",
    "local": "LD",
    "outside": "TT",
}
STATUS_WORDS: Final[Mapping[str, str]] = {
    "present": N_("Present"),
    "absent": N_("Absent without explanation"),
    "izin": N_("Permitted absence"),
    "sakit": N_("Ill"),
    "cuti_tahunan": N_("Annual leave"),
    "cuti_besar": N_("Long leave"),
    "cuti_sakit": N_("Sick leave"),
    "cuti_melahirkan": N_("Maternity leave"),
    "cuti_alasan_penting": N_("Leave for an important reason"),
    "cuti_di_luar_tanggungan": N_("Unpaid leave"),
    "dinas_luar": N_("On duty elsewhere"),
    "tugas_belajar": N_("Study assignment"),
    "wfh": N_("Working from home"),
    "alasan_teknis": N_("Technical reason"),
    "open": N_("Not over yet"),
    "off": N_("Free"),
    "national": N_("National holiday"),
    "collective_leave": N_("Collective leave"),
    "local": N_("Local holiday"),
    "outside": N_("Not on the roster"),
}
STEP_WORDS: Final[Mapping[str, str]] = {
    "TL1": N_("Late by 1 to 30 minutes"),
    "TL2": N_("Late by 31 to 60 minutes"),
    "TL3": N_("Late by 61 to 90 minutes"),
    "TL4": N_("Late by more than 90 minutes, or no arrival"),
    "PSW1": N_("Left 1 to 30 minutes early"),
    "PSW2": N_("Left 31 to 60 minutes early"),
    "PSW3": N_("Left 61 to 90 minutes early"),
    "PSW4": N_("Left more than 90 minutes early, or no departure"),
}
COUNT_WORDS: Final[Mapping[str, str]] = {
    "working_days": N_("Working days"),
    "late_days": N_("Days late"),
    "late_min": N_("Minutes late"),
    "early_days": N_("Days left early"),
    "early_min": N_("Minutes left early"),
    "missing_in": N_("Days without arrival"),
    "missing_out": N_("Days without departure"),
    "provisional": N_("Days that wait for a review"),
}
# Of all kinds of leave together, where there is no room for each.
LEAVE: Final = tuple(name for name in STATUS_CODES if name.startswith("cuti_"))
EMPLOYMENT: Final = {"pns": "PNS", "pppk": "PPPK", "thl": "THL"}
RECAP_STATUS_WORDS: Final[Mapping[RecapStatus, str]] = {
    "provisional": N_("Provisional"),
    "complete": N_("Complete, not closed"),
    "closed": N_("Closed"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """kind : how the values are written; percents are of 100. head : a code, or a message id."""

    head: str
    kind: Literal["text", "days", "minutes", "percent"]
    of: Callable[[PersonRow], Value]
    of_total: Callable[[Totals], Value]
    width: int = 7


def _status(name: str) -> Column:
    return Column(
        STATUS_CODES[name],
        "days",
        lambda row: row.summary.by_status.get(name, 0),
        lambda totals: totals.by_status.get(name, 0),
    )


def _step(code: str) -> Column:
    return Column(
        code, "days", lambda row: row.summary.codes.get(code, 0), lambda totals: totals.codes.get(code, 0)
    )


def _count(name: str) -> Column:
    return Column(
        COUNT_WORDS[name],
        "minutes" if name.endswith("_min") else "days",
        lambda row: int(getattr(row.summary, name)),
        lambda totals: totals.counts[name],
        width=14,
    )


FIGURES: Final = (
    _count("working_days"),
    *(_status(name) for name in STATUS_CODES),
    *(_step(code) for code in STEPS),
    *(_count(name) for name in COUNT_WORDS if name != "working_days"),
    Column(
        N_("Deductions in percent"),
        "percent",
        lambda row: row.summary.deductions.sum,
        lambda _: None,
        width=14,
    ),
    Column(
        N_("Deductions under the cap in percent"),
        "percent",
        lambda row: row.summary.deductions.total,
        lambda totals: round(totals.average_deduction, 2),
        width=14,
    ),
)
PERSON: Final = (
    Column(N_("Unit code"), "text", lambda row: row.unit.code if row.unit else "", lambda _: "", 14),
    Column(N_("Unit"), "text", lambda row: row.unit.name if row.unit else "", lambda _: "", 30),
    Column(N_("NIP"), "text", lambda row: row.nip, lambda _: "", 22),
    Column(N_("Name"), "text", lambda row: row.name, lambda _: "", 36),
    Column(N_("Class"), "text", lambda row: EMPLOYMENT.get(row.employment or "", ""), lambda _: "", 8),
)


def legend(language: Language) -> list[tuple[str, str]]:
    """Each code and its meaning."""
    named = [(code, STATUS_WORDS[name]) for name, code in STATUS_CODES.items()]
    return [(code, translate(language, words)) for code, words in (*named, *STEP_WORDS.items())]
