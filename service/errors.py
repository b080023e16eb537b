"""The business errors: each has its HTTP status, a code for programs and a text for people.

Texts are English message ids; `%(name)s` in them stands for an entry of `extras`.
"""

# ruff: noqa: N818 - the names say what happened
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, TypeAlias

from service.i18n import N_

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


def _same(text: str) -> str:
    return text


class HadirError(Exception):
    """Something a caller is told about; rendered as problem details (RFC 9457).

    `str()` is the code alone: the text may name a person, and exceptions end in logs.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = N_("Something went wrong")
    detail: str = N_("The service could not do this. Please try again.")

    def __init__(self, **extras: Json) -> None:
        super().__init__(self.code)
        self.extras = extras

    def explain(self, translate: Callable[[str], str] = _same) -> str:
        """`detail` in the reader's language, with its numbers and names filled in."""
        return translate(self.detail) % self.extras


class InvalidRequest(HadirError):
    status = 422
    code = "invalid_request"
    title = N_("Request refused")
    detail = N_("The request is incomplete or has a wrong value.")


class NotFound(HadirError):
    status = 404
    code = "not_found"
    title = N_("Not found")
    detail = N_("There is nothing at this address.")


class UnknownEmployee(HadirError):
    status = 404
    code = "unknown_employee"
    title = N_("Not found")
    detail = N_("There is no employee with this NIP.")


class UnknownCheckin(HadirError):
    status = 404
    code = "unknown_checkin"
    title = N_("Not found")
    detail = N_("There is no such check-in.")


class UnknownUnit(HadirError):
    status = 404
    code = "unknown_unit"
    title = N_("Not found")
    detail = N_("There is no unit with this code.")


class UnknownRecap(HadirError):
    status = 404
    code = "unknown_recap"
    title = N_("Not found")
    detail = N_("No recap was issued with this code. Compare it with the paper, sign by sign.")


class TooManyLookups(HadirError):
    """Extras: `retry_after_s`."""

    status = 429
    code = "too_many_lookups"
    title = N_("Please wait")
    detail = N_("Too many look-ups from your network. Try again in %(retry_after_s)d seconds.")


class UnknownJob(HadirError):
    status = 404
    code = "unknown_job"
    title = N_("Not found")
    detail = N_("There is no such work, or it ended long ago.")


class UnknownSite(HadirError):
    status = 404
    code = "unknown_site"
    title = N_("Not found")
    detail = N_("There is no site with this code.")


class UnknownToken(HadirError):
    status = 404
    code = "unknown_token"
    title = N_("Not found")
    detail = N_("There is no such token.")


class UnknownAccount(HadirError):
    status = 404
    code = "unknown_account"
    title = N_("Not found")
    detail = N_("There is no account with this login.")


class OwnCheckin(HadirError):
    status = 403
    code = "own_checkin"
    title = N_("Not your own")
    detail = N_("Nobody judges their own check-in. Another person has to.")


class NotInReview(HadirError):
    status = 409
    code = "not_in_review"
    title = N_("Decided already")
    detail = N_("This check-in is not in review, or not any more: somebody has decided it.")


class NipTaken(HadirError):
    status = 409
    code = "nip_taken"
    title = N_("Already there")
    detail = N_("Another employee or account has this NIP.")


class UnitCodeTaken(HadirError):
    status = 409
    code = "unit_code_taken"
    title = N_("Already there")
    detail = N_("Another unit has this code.")


class SiteCodeTaken(HadirError):
    status = 409
    code = "site_code_taken"
    title = N_("Already there")
    detail = N_("Another site has this code.")


class UnitInItself(HadirError):
    status = 409
    code = "unit_in_itself"
    title = N_("Not moved")
    detail = N_("A unit can't be moved into itself or below itself.")


class UnitNotEmpty(HadirError):
    """What it still has.

    Extras: `employees`, `units` below it, `accounts` and `webhooks` limited to it, `sites` and `machines` of it,
    planned `moves` into it.
    """

    status = 409
    code = "unit_not_empty"
    title = N_("Not removed")
    detail = N_(
        "Only an empty unit can be removed. This one has %(employees)d employees, %(units)d units below it, "
        "%(sites)d sites, %(machines)d fingerprint machines, %(accounts)d accounts and %(webhooks)d webhooks that "
        "are limited to it, and %(moves)d planned moves into it."
    )


class CheckinIdTaken(HadirError):
    status = 409
    code = "checkin_id_taken"
    title = N_("Already there")
    detail = N_("Another check-in has this identifier.")


class WaitAMoment(HadirError):
    """Too many retakes in a row. Extras: `retry_after_s`. Sending for review stays open."""

    status = 429
    code = "wait_a_moment"
    title = N_("Please wait")
    detail = N_(
        "Several photos in a row could not be judged. Wait %(retry_after_s)d seconds, "
        "or send this one as it is: a person will look at it."
    )


class SealedItemRefused(HadirError):
    """`reason` is one of DETAILS. What the phone holds stays there: it can't be sent in another way."""

    status = 422
    code = "sealed_item_refused"
    title = N_("Stored check-in refused")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "malformed": N_("The stored check-in is not in a form that the service knows. Show it to HR."),
        "key_unknown": N_("The stored check-in was sealed for another installation. Show it to HR."),
        "damaged": N_("The stored check-in was changed or damaged on the phone. Show it to HR."),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.detail = self.DETAILS[reason]


# --- photos


class BadPhoto(HadirError):
    """`reason` is that of models.image.BadImage."""

    status = 422
    code = "bad_image"
    title = N_("Photo refused")
    detail = N_("The file is not a photo that can be read.")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "empty": N_("The file is empty."),
        "too_many_bytes": N_("The photo file is too large."),
        "unknown_format": N_("The file is not a JPEG, PNG, WebP or HEIC photo."),
        "unsupported_format": N_("This kind of photo file can't be read. Please send a JPEG."),
        "animated": N_("An animation is not a photo."),
        "too_many_pixels": N_("The photo has too many pixels."),
        "damaged": N_("The photo file is damaged. Please send it again."),
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS.get(reason, type(self).detail)


class TooLarge(HadirError):
    status = 413
    code = "too_large"
    title = N_("Request refused")
    detail = N_("The request is too large.")


class PhotosRefused(HadirError):
    """Extras: `photos` and `set_problems`, as in the answer of an enrolment that succeeds."""

    status = 422
    code = "photos_refused"
    title = N_("Photos refused")
    detail = N_("These photos are not good enough to enrol. See what is wrong with each.")


class LooksLikeSomeone(HadirError):
    """Extras: `lookalikes`."""

    status = 409
    code = "looks_like_someone"
    title = N_("Looks like another employee")
    detail = N_("This face looks like that of another employee. Check it, then confirm.")


class LooksLikeSomeoneOutside(HadirError):
    """Extras: `lookalikes`, those outside without NIP and name."""

    status = 409
    code = "looks_like_someone_outside"
    title = N_("Looks like another employee")
    detail = N_(
        "This face looks like that of somebody outside your units. Only somebody who may see that person can "
        "confirm that they are two people."
    )


class NotAnEmployee(HadirError):
    status = 404
    code = "not_an_employee"
    title = N_("Not found")
    detail = N_("Your account is no employee's: there is no data of this kind about you.")


class ConsentMissing(HadirError):
    status = 422
    code = "consent_missing"
    title = N_("Consent missing")
    detail = N_("Photos may only be enrolled with the employee's consent.")


class TooSlow(HadirError):
    status = 408
    code = "too_slow"
    title = N_("Request refused")
    detail = N_("The request came in too slowly. Please send it again.")


class TooDeep(HadirError):
    status = 422
    code = "too_deep"
    title = N_("Request refused")
    detail = N_("The request is nested too deeply.")
