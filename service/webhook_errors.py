"""The errors of webhooks."""

# ruff: noqa: N818 - the names say what happened
from service.errors import HadirError
from service.i18n import N_


class UnknownWebhook(HadirError):
    status = 404
    code = "unknown_webhook"
    title = N_("Not found")
    detail = N_("There is no such webhook.")


class UnknownDelivery(HadirError):
    status = 404
    code = "unknown_delivery"
    title = N_("Not found")
    detail = N_("There is no such message any more.")


class WebhookAddressRefused(HadirError):
    status = 422
    code = "webhook_address_refused"
    title = N_("Address refused")
    detail = N_(
        "Messages only go to https addresses on the internet, without a password in them. A host of your own "
        "network has to be named in HADIR_WEBHOOK_PRIVATE where the service runs."
    )


class TooManyWebhooks(HadirError):
    """Extras: `most`."""

    status = 409
    code = "too_many_webhooks"
    title = N_("Too many webhooks")
    detail = N_("There are %(most)d webhooks already. Delete one that is not needed any more.")


class WebhookPaused(HadirError):
    status = 409
    code = "webhook_paused"
    title = N_("Paused")
    detail = N_("This webhook is paused. Resume it first.")
