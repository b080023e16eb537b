"""Commands about the roster as a file."""

import sys
from contextlib import closing
from pathlib import Path

import click

from service.cli_output import json_option, progress, say, say_json, say_table

SHOWN = 50

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def roster() -> None:
    """The roster of employees."""


@roster.command("import")
@click.argument("file", type=existing_file)
@click.option("--check", is_flag=True, help="Change nothing; say what would be done.")
@click.option("--good-rows", is_flag=True, help="Leave out the rows that have a problem.")
@json_option
def import_command(file: Path, check: bool, good_rows: bool, as_json: bool) -> None:
    """Take over employees from a CSV or XLSX file with the columns NIP, name, unit code, position, class (PNS,
    PPPK, THL), works from and works until. Unless every row is good, nothing is imported."""
    from enrollment.roster import BadRoster, read_roster
    from service import wiring
    from service.roster_import import check_import, import_roster
    from service.roster_work import as_json as report_json
    from service.settings import load_settings

    try:
        found = read_roster(file.read_bytes())
    except BadRoster as bad:
        raise click.ClickException(f"not a roster: {bad}{f' ({bad.column})' if bad.column else ''}") from None
    with closing(wiring.build(load_settings())) as services, progress("Importing") as update:
        if check:
            report = check_import(services.db, found)
        else:
            report = import_roster(
                services.db,
                found,
                now=services.clock(),
                zone=services.settings.zone,
                good_rows_only=good_rows,
                progress=update,
            )
    if as_json:
        say_json(report_json(report))
    else:
        verb = "imported" if report.applied else "not imported"
        say(
            f"{len(report.added)} new, {len(report.changed)} changed, {len(report.unchanged)} the same: {verb}."
        )
        if report.problems:
            rows = [(one.row, one.column, one.code) for one in report.problems[:SHOWN]]
            say_table(f"{len(report.problems)} problems", ("Row", "Column", "Problem"), rows)
    if report.problems and not (check or report.applied):
        sys.exit(1)
