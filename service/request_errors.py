"""The errors of requests, corrections and manual periods."""

# ruff: noqa: N818 - the names say what happened
from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from service.errors import HadirError, Json
from service.i18n import N_


class UnknownRequest(HadirError):
    status = 404
    code = "unknown_request"
    title = N_("Not found")
    detail = N_("There is no such request.")


class UnknownPeriod(HadirError):
    status = 404
    code = "unknown_period"
    title = N_("Not found")
    detail = N_("There is no such period.")


class OwnRequest(HadirError):
    status = 403
    code = "own_request"
    title = N_("Not your own")
    detail = N_("Nobody decides on their own request. Another person has to.")


class EnteredByYou(HadirError):
    status = 403
    code = "entered_by_you"
    title = N_("Entered by you")
    detail = N_("You have entered this request for the employee. Another person has to decide on it.")


class AlreadyDecided(HadirError):
    """Extras: `state`, that in which the request or period is."""

    status = 409
    code = "already_decided"
    title = N_("Decided already")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "asked": N_("This request is still open: approve or refuse it."),
        "approved": N_("Somebody has approved this request already."),
        "refused": N_("Somebody has refused this request already."),
        "withdrawn": N_("The employee has withdrawn this request already."),
        "revoked": N_("Somebody has revoked this already."),
    }

    def __init__(self, state: str) -> None:
        super().__init__(state=state)
        self.detail = self.DETAILS[state]


class RequestOverlaps(HadirError):
    """Extras: `first` and `last` day of the other request, `kind`; "correction" for a correction."""

    status = 409
    code = "request_overlaps"
    title = N_("Already asked for")
    detail = N_(
        "There is already an open or approved request for %(first)s to %(last)s. Choose other days, or withdraw "
        "that request first."
    )

    def __init__(self, first: date, last: date, kind: str) -> None:
        super().__init__(first=first.isoformat(), last=last.isoformat(), kind=kind)


class TooManyOpen(HadirError):
    """Extras: `most`."""

    status = 409
    code = "too_many_open"
    title = N_("Too many open requests")
    detail = N_("There are %(most)d open requests of yours. Wait until some are decided, or withdraw some.")


class DatesRefused(HadirError):
    """`reason` is one of DETAILS. Extras: the limit that is not kept, where there is one."""

    status = 422
    code = "dates_refused"
    title = N_("Dates refused")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "end_before_start": N_("The last day is before the first."),
        "too_early": N_("The first day may be %(earliest)s at the earliest."),
        "too_late": N_("The first day may be %(latest)s at the latest."),
        "too_long": N_("From the first to the last day there may be at most %(days)d days."),
        "not_yet": N_("This day has not come yet."),
        "no_time": N_("Enter the time of arrival, of departure, or both."),
        "departure_before_arrival": N_("The departure is not after the arrival."),
        "times_in_disorder": N_("The end is not after the beginning."),
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS[reason]


class WordsRefused(HadirError):
    """`reason` is one of DETAILS. Extras: `field`, `most` characters."""

    status = 422
    code = "words_refused"
    title = N_("Text refused")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "missing": N_("A few words are needed: say why."),
        "too_long": N_("The text may have at most %(most)d characters."),
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS[reason]


class LetterRefused(HadirError):
    """`reason` is one of DETAILS."""

    status = 422
    code = "letter_refused"
    title = N_("Letter refused")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "empty": N_("The letter's file is empty."),
        "too_many_bytes": N_("The letter's file is too large: at most %(most_mb)d MB."),
        "unknown_format": N_("The letter is not a photo (JPEG, PNG, WebP, HEIC) or a PDF."),
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS[reason]


class PeopleOutside(HadirError):
    """Extras: `nips` that nobody in the unit or below it has."""

    status = 422
    code = "people_outside"
    title = N_("People not found")
    detail = N_("Nobody in this unit or below it has these NIPs: %(listed)s")

    def __init__(self, nips: Sequence[str]) -> None:
        super().__init__(nips=list(nips), listed=", ".join(nips))


class NobodyThere(HadirError):
    status = 422
    code = "nobody_there"
    title = N_("People not found")
    detail = N_("There is nobody in this unit or below it whom you may enter.")
