"""The menu of those who may open many pages, by what they are for."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from service.i18n import N_


@dataclass(frozen=True, slots=True)
class Group:
    """`paths`: of its pages, in their order."""

    label: str
    paths: tuple[str, ...]


GROUPS: Final = (
    Group(N_("My attendance"), ("/checkin", "/my-month", "/my-requests", "/my-data")),
    Group(N_("Attendance"), ("/today", "/recap", "/requests", "/manual-periods", "/closing", "/exports")),
    Group(N_("Evidence"), ("/reviews", "/checkins")),
    Group(N_("Organisation"), ("/employees", "/units", "/sites", "/kiosks", "/connectivity", "/machines")),
    Group(N_("Rules"), ("/schedules", "/holidays", "/settings", "/webhooks")),
)
# With so few pages as an employee has, a menu without groups is quicker to read.
UNGROUPED: Final = 5


def groups_of(paths: Collection[str]) -> tuple[Group, ...]:
    """Those that have any of these pages, each with the pages it has of them; none for few pages."""
    if len(paths) <= UNGROUPED:
        return ()
    found = (Group(group.label, tuple(one for one in group.paths if one in paths)) for group in GROUPS)
    return tuple(group for group in found if group.paths)
