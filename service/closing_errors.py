"""The errors of closing a month and of what is closed."""

# ruff: noqa: N818 - the names say what happened
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from service.errors import HadirError
from service.i18n import N_

MONTHS: Final = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)


def month_in_words(month: date, translate: Callable[[str], str]) -> str:
    return f"{translate(MONTHS[month.month - 1])} {month.year}"


class _OfAMonth(HadirError):
    """Extras: `unit`, a code, `unit_name`, `month` as YYYY-MM. `%(in_words)s` in a text is the month's name."""

    status = 409

    def __init__(self, unit: str, unit_name: str, month: date, **extras: int) -> None:
        super().__init__(unit=unit, unit_name=unit_name, month=f"{month:%Y-%m}", **extras)
        self._month = month

    def explain(self, translate: Callable[[str], str] = str) -> str:
        return translate(self.detail) % {**self.extras, "in_words": month_in_words(self._month, translate)}


class MonthClosed(_OfAMonth):
    code = "month_closed"
    title = N_("Month closed")
    detail = N_(
        "%(in_words)s is closed for %(unit_name)s, so nothing of its days can be changed. Ask HR to unlock the "
        "month first."
    )


class AlreadyClosed(_OfAMonth):
    code = "already_closed"
    title = N_("Closed already")
    detail = N_("%(in_words)s is closed for %(unit_name)s already, maybe a moment ago by somebody else.")


class MonthNotOver(_OfAMonth):
    code = "month_not_over"
    title = N_("Not closed")
    detail = N_("%(in_words)s is not over yet for everybody in %(unit_name)s.")


class MonthNotReady(_OfAMonth):
    """Extras: how many `reviews`, `requests` and `devices` are open."""

    code = "month_not_ready"
    title = N_("Not closed")
    detail = N_(
        "Still open for %(unit_name)s: %(reviews)d check-ins under review, %(requests)d requests, %(devices)d "
        "devices that may hold check-ins. Work them off, or let somebody who may do so close the month anyway."
    )

    def __init__(self, unit: str, unit_name: str, month: date, counts: Mapping[str, int]) -> None:
        super().__init__(unit, unit_name, month, **counts)


class MonthNotClosed(_OfAMonth):
    code = "month_not_closed"
    title = N_("Not unlocked")
    detail = N_("%(in_words)s is not closed for %(unit_name)s, or not any more.")


class CloseAnywayNotAllowed(HadirError):
    status = 403
    code = "close_anyway_not_allowed"
    title = N_("Not allowed")
    detail = N_(
        "Only administrators, and HR of the whole staff, may close a month while something of it is open."
    )


class UnlockNotAllowed(HadirError):
    status = 403
    code = "unlock_not_allowed"
    title = N_("Not allowed")
    detail = N_("A closed month is unlocked by an administrator, or by HR of a unit above.")
