"""The errors of exports to other applications."""

# ruff: noqa: N818 - the names say what happened
from collections.abc import Sequence

from service.errors import HadirError
from service.i18n import N_


class UnknownExportProfile(HadirError):
    status = 404
    code = "unknown_export_profile"
    title = N_("Not found")
    detail = N_("There is no such export profile.")


class UnknownExportFile(HadirError):
    status = 404
    code = "unknown_export_file"
    title = N_("Not found")
    detail = N_("There is no such file of yours, or not any more. Make it again.")


class ExportProfileRefused(HadirError):
    """Extras: `fields`, each with the `field` (as `columns.2.header`) and its `problem`, a code."""

    status = 422
    code = "export_profile_refused"
    title = N_("Not saved")
    detail = N_("Some entries of the export profile are missing or wrong.")

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(fields=[{"field": field, "problem": problem} for field, problem in problems])


class ExportProfileChanged(HadirError):
    """Extras: `version`, the present one."""

    status = 409
    code = "export_profile_changed"
    title = N_("Changed meanwhile")
    detail = N_("Somebody else has changed or removed this profile since you opened it. Open it again.")


class ExportProfileNameTaken(HadirError):
    status = 409
    code = "export_profile_name_taken"
    title = N_("Already there")
    detail = N_("Another export profile has this name.")


class NothingToExport(HadirError):
    status = 409
    code = "nothing_to_export"
    title = N_("Nothing to export")
    detail = N_("Nobody of this unit has a day in this month.")
