"""The working weeks that every installation begins with. Pure.

Peraturan Presiden 21/2023, article 4: 37 hours and 30 minutes a week without breaks, from 07:30, breaks of 60
minutes, on Fridays of 90; in Ramadan 32 hours and 30 minutes from 08:00, breaks of 30 minutes, on Fridays of 60.
The ends of the five-day week are the customary ones; those of the six-day week spread the same sums evenly.
"""

from datetime import time
from typing import Final, TypeAlias

from service.attendance.hours import Hours

Cycle: TypeAlias = tuple[Hours | None, ...]

# Days from Monday on.
WEEK_DAYS: Final = 7


def _week(ordinary: Hours, friday: Hours, saturday: Hours | None) -> Cycle:
    return (*(ordinary,) * 4, friday, saturday, None)


_FROM, _FROM_IN_RAMADAN = time(7, 30), time(8)

FIVE_DAY: Final = _week(Hours(_FROM, time(16), 60), Hours(_FROM, time(16, 30), 90), None)
FIVE_DAY_RAMADAN: Final = _week(
    Hours(_FROM_IN_RAMADAN, time(15), 30), Hours(_FROM_IN_RAMADAN, time(15, 30), 60), None
)
SIX_DAY: Final = _week(
    Hours(_FROM, time(14, 45), 60), Hours(_FROM, time(15, 15), 90), Hours(_FROM, time(14, 45), 60)
)
SIX_DAY_RAMADAN: Final = _week(
    Hours(_FROM_IN_RAMADAN, time(13, 55), 30),
    Hours(_FROM_IN_RAMADAN, time(14, 25), 60),
    Hours(_FROM_IN_RAMADAN, time(13, 55), 30),
)
