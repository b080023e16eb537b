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


# --- who is asking


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
    }

    def __init__(self, reason: str, **extras: Json) -> None:
        super().__init__(reason=reason, **extras)
        self.detail = self.DETAILS[reason]


class LinkUsedOrExpired(HadirError):
    status = 410
    code = "link_used_or_expired"
    title = N_("Link no longer valid")
    detail = N_("This link was used before or has expired. Ask HR for a new one.")


# --- what is asked for


class InvalidRequest(HadirError):
    status = 422
    code = "invalid_request"
    title = N_("Request refused")
    detail = N_("The request is incomplete or has a wrong value.")


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


class NipTaken(HadirError):
    status = 409
    code = "nip_taken"
    title = N_("Already there")
    detail = N_("Another employee or account has this NIP.")


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


# --- what the service can't do now


class PoolFull(HadirError):
    status = 503
    code = "pool_full"
    title = N_("Busy")
    detail = N_("Too many photos are waiting. Please try again shortly.")


class EngineFailed(HadirError):
    """A photo could not be read for a cause of ours: `reason` is one of REASONS."""

    status = 503
    code = "engine_failed"
    title = N_("Busy")
    detail = N_("The photo could not be examined now. Please try again.")
    REASONS = frozenset({"crashed", "deadline", "start_failed", "closed", "error"})

    def __init__(self, reason: str) -> None:
        if reason not in self.REASONS:
            raise ValueError(f"unknown reason {reason}")
        super().__init__(reason=reason)

    @property
    def reason(self) -> str:
        return str(self.extras["reason"])


class StorageFull(HadirError):
    status = 503
    code = "storage_full"
    title = N_("Storage full")
    detail = N_("The service has no room left to store this. Please tell the administrator.")


class EvidenceMissing(HadirError):
    status = 404
    code = "evidence_missing"
    title = N_("Not found")
    detail = N_("The stored image is not there.")


class EvidenceExists(HadirError):
    """The key holds other data. Evidence is never overwritten."""

    status = 409
    code = "evidence_exists"
    title = N_("Already there")
    detail = N_("Another image is stored in this place.")


class SealBroken(HadirError):
    """Sealed data was changed, moved, cut, or sealed with a key that is not in the ring."""

    status = 500
    code = "seal_broken"
    title = N_("Stored data damaged")
    detail = N_("Stored data was changed or can't be opened. Please tell the administrator.")


# --- the service must not start like this


class StartRefused(HadirError):
    """For the person who starts the service, so `str()` says it all."""

    status = 503
    code = "start_refused"
    title = N_("The service does not start")

    def __str__(self) -> str:
        return self.explain()


class SettingsRefused(StartRefused):
    code = "settings_refused"
    detail = N_("Settings: %(summary)s")

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems=list(problems), summary="; ".join(problems))


class OtherEncoders(StartRefused):
    code = "other_encoders"
    detail = N_(
        "The templates in the database were made with the encoders %(stored)s, "
        "the settings say %(configured)s. "
        "Set HADIR_ENCODERS back, or enrol everyone again from the stored photos."
    )

    def __init__(self, *, stored: str, configured: str) -> None:
        super().__init__(stored=stored, configured=configured)


class KeysRefused(StartRefused):
    """`reason` is one of DETAILS."""

    code = "keys_refused"
    DETAILS: ClassVar[Mapping[str, str]] = {
        "readable": N_("%(file)s can be read by other users. Run: chmod 600 %(file)s"),
        "damaged": N_(
            "%(file)s is not a key ring. Put the right file back: without it nothing can be opened."
        ),
        "lost": N_(
            "%(file)s is missing, but there are templates or photos sealed by its keys. "
            "Put the file back from a backup: without it nothing can be opened."
        ),
        "other": N_(
            "None of the stored templates is sealed by a key of %(file)s. "
            "Put the right keys back: without them nothing can be opened."
        ),
    }

    def __init__(self, reason: str, *, file: str) -> None:
        super().__init__(reason=reason, file=file)
        self.detail = self.DETAILS[reason]


class RotationRefused(HadirError):
    """`reason` is one of DETAILS."""

    status = 409
    code = "rotation_refused"
    title = N_("Keys not changed")
    DETAILS: ClassVar[Mapping[str, str]] = {
        "running": N_("Another rotation of the keys is running."),
        "environment": N_(
            "The keys come from HADIR_KEYS: add a new current key there, start every process again, "
            "then run this command without --new-key."
        ),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.detail = self.DETAILS[reason]


class DatabaseTooNew(StartRefused):
    code = "database_too_new"
    detail = N_(
        "The database was made by a newer version of Hadir. Install that version, or restore a backup."
    )
