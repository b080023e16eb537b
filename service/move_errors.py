"""The errors of moves between units."""

# ruff: noqa: N818 - the names say what happened
from service.errors import HadirError
from service.i18n import N_


class UnknownMove(HadirError):
    status = 404
    code = "unknown_move"
    title = N_("Not found")
    detail = N_("There is no such move of this employee.")


class MoveBegun(HadirError):
    """It is no plan any more: a move back, from a day on, says what happened."""

    status = 409
    code = "move_begun"
    title = N_("Not taken back")
    detail = N_(
        "This move is in force already. Enter another move instead, from the same day or a later one."
    )


class DaysOutside(HadirError):
    """The days leave or join a unit that whoever moves them does not reach."""

    status = 403
    code = "days_outside"
    title = N_("Outside your units")
    detail = N_(
        "Some of these days belong to a unit outside yours. Choose a later day, or ask somebody who keeps "
        "both units."
    )
