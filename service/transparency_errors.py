"""The errors of public figures."""

# ruff: noqa: N818 - the names say what happened
from service.errors import HadirError
from service.i18n import N_


class NotPublished(HadirError):
    status = 404
    code = "not_published"
    title = N_("Not found")
    detail = N_("No figures of this month are public.")


class MonthNotOver(HadirError):
    status = 409
    code = "month_not_over"
    title = N_("Too early")
    detail = N_("Figures are of whole months: this one is not over, or its last shifts have only just ended.")


class AlreadyPublished(HadirError):
    status = 409
    code = "already_published"
    title = N_("Published already")
    detail = N_("The figures of this month are public already, and stay as they are.")


class NothingToPublish(HadirError):
    status = 409
    code = "nothing_to_publish"
    title = N_("Nothing to publish")
    detail = N_("Nobody had a working day in this month.")
