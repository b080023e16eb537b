"""How much of the allowance is taken, in percent: dated tables, and the one that ships. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

# Steps 1 to 4, for TL and PSW alike: Keputusan Sekretaris Jenderal Kementerian Agama 13/2014, among others.
SHIPPED_STEPS: Final = (Decimal("0.5"), Decimal(1), Decimal("1.25"), Decimal("1.5"))
# Regulations differ (3 in the one above, 4 in Peraturan Menteri Pertanian 68/2012): HR enters its own.
SHIPPED_ABSENT: Final = Decimal(5)
EVERYTHING: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class DeductionTable:
    """In force from `valid_from` until the next one. All in percent.

    late, early : steps 1 to 4. by_status : of days with a status of their own, such as `izin`.
    cap : no month loses more. source : the regulation that says so, in HR's own words.
    """

    id: int
    valid_from: date
    late: Sequence[Decimal] = SHIPPED_STEPS
    early: Sequence[Decimal] = SHIPPED_STEPS
    absent: Decimal = SHIPPED_ABSENT
    by_status: Mapping[str, Decimal] = field(default_factory=dict)
    cap: Decimal = EVERYTHING
    source: str = ""
