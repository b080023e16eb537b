"""The errors of working time: patterns, the calendar, recomputing."""

# ruff: noqa: N818 - the names say what happened
from service.errors import HadirError
from service.i18n import N_


class UnknownPattern(HadirError):
    status = 404
    code = "unknown_pattern"
    title = N_("Not found")
    detail = N_("There is no work pattern with this code.")


class PatternCodeTaken(HadirError):
    status = 409
    code = "pattern_code_taken"
    title = N_("Already there")
    detail = N_("Another work pattern has this code.")


class VersionTaken(HadirError):
    """Of a pattern or of the deductions: versions are never changed."""

    status = 409
    code = "version_taken"
    title = N_("Already there")
    detail = N_("A version from this day on is there already. Choose another first day.")


class UnknownRates(HadirError):
    status = 404
    code = "unknown_rates"
    title = N_("Not found")
    detail = N_("There are no deductions that begin on this day.")


class InForceAlready(HadirError):
    """Of deductions or Ramadan dates: what has begun is history."""

    status = 409
    code = "in_force_already"
    title = N_("In force already")
    detail = N_("This has begun already and stays. Enter others from a later day on instead.")


class UnknownRamadan(HadirError):
    status = 404
    code = "unknown_ramadan"
    title = N_("Not found")
    detail = N_("There is no Ramadan entered that begins on this day.")


class UnknownAssignment(HadirError):
    status = 404
    code = "unknown_assignment"
    title = N_("Not found")
    detail = N_("There is no such assignment.")


class UnknownCalendarEntry(HadirError):
    status = 404
    code = "unknown_calendar_entry"
    title = N_("Not found")
    detail = N_("There is no such entry in the calendar.")


class AlreadyInCalendar(HadirError):
    status = 409
    code = "already_in_calendar"
    title = N_("Already there")
    detail = N_("The calendar has this already.")


class WholeStaffOnly(HadirError):
    """For an account that is limited to a unit."""

    status = 403
    code = "whole_staff_only"
    title = N_("Not allowed")
    detail = N_("This is for the whole staff. Your account is limited to a unit.")


class UnreadableCalendar(HadirError):
    status = 422
    code = "unreadable_calendar"
    title = N_("File refused")
    detail = N_("This is neither a CSV file with a date and a name in each row, nor an iCalendar file.")


class PreviewOutdated(HadirError):
    status = 409
    code = "preview_outdated"
    title = N_("Something has changed")
    detail = N_("The rules or the days have changed since you looked. Look at the differences again.")
