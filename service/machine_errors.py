"""The errors of fingerprint machines and of what is imported from their files."""

# ruff: noqa: N818 - the names say what happened
from typing import ClassVar

from service.errors import HadirError
from service.i18n import N_


class UnknownMachine(HadirError):
    status = 404
    code = "unknown_machine"
    title = N_("Not found")
    detail = N_("There is no fingerprint machine with this code.")


class MachineCodeTaken(HadirError):
    status = 409
    code = "machine_code_taken"
    title = N_("Already there")
    detail = N_("Another fingerprint machine has this code.")


class MachineClosed(HadirError):
    status = 409
    code = "machine_closed"
    title = N_("Not in use any more")
    detail = N_("This fingerprint machine is not in use any more. Take it into use again to import from it.")


class UnknownImport(HadirError):
    status = 404
    code = "unknown_import"
    title = N_("Not found")
    detail = N_("There is no such import of this fingerprint machine.")


class AlreadyTakenBack(HadirError):
    status = 409
    code = "already_taken_back"
    title = N_("Taken back already")
    detail = N_("Somebody has taken this import back already.")


class ImportBeyondReach(HadirError):
    status = 403
    code = "import_beyond_reach"
    title = N_("Not allowed")
    detail = N_(
        "This import also has times of people outside your units. Only somebody who reaches all of them can take "
        "it back."
    )


class PunchFileRefused(HadirError):
    """`reason`: as `enrollment.table_file.BadTable`, or `no_rows`."""

    status = 422
    code = "punch_file_refused"
    title = N_("File refused")
    DETAILS: ClassVar[dict[str, str]] = {
        "not_a_table": N_("The file is neither a CSV nor an XLSX table."),
        "too_many_rows": N_("The file has too many rows. Divide it into files of at most 200,000."),
        "unpacks_too_large": N_("The file is too large when unpacked."),
        "no_rows": N_("The file has no rows."),
    }

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.detail = self.DETAILS[reason]
