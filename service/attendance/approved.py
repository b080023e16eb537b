"""What was asked for and approved, as the rules of the day take it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

AbsenceKind = Literal[
    "izin",
    "sakit",
    "cuti_tahunan",
    "cuti_besar",
    "cuti_sakit",
    "cuti_melahirkan",
    "cuti_alasan_penting",
    "cuti_di_luar_tanggungan",
    "dinas_luar",
    "tugas_belajar",
    "wfh",
    "alasan_teknis",
]
# At home the hours are the same: the check-ins judge the day.
JUDGED_BY_CHECK_INS: Final = frozenset({"wfh"})


@dataclass(frozen=True, slots=True)
class Absence:
    """Approved, from the day `first` to the day `last`."""

    kind: AbsenceKind
    first: date
    last: date

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Correction:
    """Approved times (aware) of a day, in place of what the check-ins say; None leaves theirs."""

    date: date
    first_in: datetime | None
    last_out: datetime | None


@dataclass(frozen=True, slots=True)
class Presence:
    """From `begins` to `ends` (aware) somebody who could not check in counts as present: the power was down."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """Of one employee. Of several that touch a day, the one given last counts."""

    absences: Sequence[Absence] = ()
    corrections: Sequence[Correction] = ()
    presences: Sequence[Presence] = ()

    def absence_on(self, day: date) -> Absence | None:
        return next((one for one in reversed(self.absences) if one.covers(day)), None)

    def correction_on(self, day: date) -> Correction | None:
        return next((one for one in reversed(self.corrections) if one.date == day), None)


NOTHING_APPROVED: Final = Approved()
