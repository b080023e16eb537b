"""The errors of signing in and of rights."""

# ruff: noqa: N818 - the names say what happened
from collections.abc import Mapping
from typing import ClassVar

from service.errors import HadirError, Json
from service.i18n import N_


class WrongLogin(HadirError):
    status = 401
    code = "wrong_login"
    title = N_("Not signed in")
    detail = N_("The login or the password is wrong.")


class CodeNeeded(HadirError):
    """The password is right; the account has a second factor."""

    status = 401
    code = "code_needed"
    title = N_("Code needed")
    detail = N_("Enter the code that your authenticator app shows, or a recovery code.")


class WrongCode(HadirError):
    status = 403
    code = "wrong_code"
    title = N_("Code refused")
    detail = N_("The code is wrong or was used before. Wait for the next one.")


class WrongPassword(HadirError):
    """Of somebody who is signed in already."""

    status = 403
    code = "wrong_password"
    title = N_("Password refused")
    detail = N_("The present password is wrong.")


class TooManyAttempts(HadirError):
    """Extras: `retry_after_s`."""

    status = 429
    code = "too_many_attempts"
    title = N_("Please wait")
    detail = N_("Too many failed attempts. Try again in %(retry_after_s)d seconds.")


class SecondFactorMissing(HadirError):
    status = 403
    code = "second_factor_missing"
    title = N_("Second step missing")
    detail = N_("Your account must first be protected with an authenticator app: open the page Account.")


class SecondFactorPresent(HadirError):
    status = 409
    code = "second_factor_present"
    title = N_("Already there")
    detail = N_("This account has an authenticator app already. Remove it first.")


class NotSignedIn(HadirError):
    status = 401
    code = "not_signed_in"
    title = N_("Not signed in")
    detail = N_("Please sign in first.")


class NotAllowed(HadirError):
    status = 403
    code = "not_allowed"
    title = N_("Not allowed")
    detail = N_("Your account may not do this.")


class OwnRecord(HadirError):
    status = 403
    code = "own_record"
    title = N_("Not allowed")
    detail = N_("Nobody manages their own record. Ask a colleague.")


class UnitNeeded(HadirError):
    """By somebody who reaches only some units."""

    status = 422
    code = "unit_needed"
    title = N_("Unit missing")
    detail = N_("Choose one of your units for this employee.")


class LastAdmin(HadirError):
    status = 409
    code = "last_admin"
    title = N_("Not allowed")
    detail = N_("There would be no administrator left. Make somebody else one first.")


class OtherAccount(HadirError):
    """What was stored on a phone is its owner's to send."""

    status = 409
    code = "other_account"
    title = N_("Not your own")
    detail = N_(
        "This check-in was stored by another account. It waits until that person signs in on this phone."
    )


class ScopeMissing(HadirError):
    """Of a program's token. Extras: `scope`, null where no token is let in."""

    status = 403
    code = "scope_missing"
    title = N_("Not allowed")
    detail = N_("This token may not do this.")


class CrossSiteRequest(HadirError):
    status = 403
    code = "cross_site_request"
    title = N_("Not allowed")
    detail = N_("This request came from another site.")


class WeakPassword(HadirError):
    """`reason` is one of DETAILS."""

    status = 422
    code = "weak_password"
    title = N_("Password refused")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "length": N_("The password must have %(minimum)d to %(maximum)d characters."),
        "is_login": N_("The password must not be the login."),
        "easy": N_("This password is guessed easily. Choose a short sentence that is only yours."),
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS[reason]


class LinkUsedOrExpired(HadirError):
    status = 410
    code = "link_used_or_expired"
    title = N_("Link no longer valid")
    detail = N_("This link was used before or has expired. Ask HR for a new one.")
