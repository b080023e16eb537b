"""The errors of kiosks."""

# ruff: noqa: N818 - the names say what happened
from service.errors import HadirError
from service.i18n import N_


class UnknownKiosk(HadirError):
    status = 404
    code = "unknown_kiosk"
    title = N_("Not found")
    detail = N_("There is no such kiosk.")


class UnknownAttempt(HadirError):
    status = 404
    code = "unknown_attempt"
    title = N_("Not found")
    detail = N_("There is no such attempt at a kiosk.")


class KioskRevoked(HadirError):
    status = 409
    code = "kiosk_revoked"
    title = N_("Not possible")
    detail = N_("This kiosk was revoked. Make a new one.")


class PairingCodeWrong(HadirError):
    status = 410
    code = "pairing_code_wrong"
    title = N_("Code no longer valid")
    detail = N_("This code is wrong, was used before or has expired. Ask HR for a new one.")


class NotAKiosk(HadirError):
    """Whoever asks is no tablet that is paired now."""

    status = 401
    code = "not_a_kiosk"
    title = N_("Tablet not paired")
    detail = N_("This tablet is not paired with a site, or its pairing was revoked.")


class AttemptTaken(HadirError):
    status = 409
    code = "attempt_taken"
    title = N_("Not sent")
    detail = N_("Another attempt has this identifier.")


class TooLateToDisown(HadirError):
    status = 409
    code = "too_late"
    title = N_("Too late")
    detail = N_("The time for this is over. Tell HR, who can correct it.")


class AlreadyNamed(HadirError):
    """A NIP was given for this attempt already, or the face was recognised."""

    status = 409
    code = "already_named"
    title = N_("Not possible")
    detail = N_("This photo was used before. Check in again with a new one.")
