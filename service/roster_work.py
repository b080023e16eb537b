"""A roster file as long work: checked, or taken over, with a report by rows."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any, Final, Literal

from enrollment.roster import BadRoster, read_roster
from service.db.session import Database
from service.jobs import Handler, Work
from service.roster_import import ImportReport, check_import, import_roster

KIND: Final = "roster"
# check: change nothing; all: only if no row has a problem; good_rows: leave out those that have one.
Mode = Literal["check", "all", "good_rows"]
# Of each list in a report: nobody reads more, and the numbers are whole.
MOST_LISTED: Final = 1000


def roster_handler(db: Database, clock: Callable[[], datetime], zone: tzinfo) -> Handler:
    """zone : of the clock by which it is today."""

    def handle(work: Work) -> dict[str, Any]:
        try:
            roster = read_roster(work.data)
        except BadRoster as bad:
            return {"refused": bad.reason, "column": bad.column}
        mode: Mode = work.options["mode"]
        if mode == "check":
            return as_json(check_import(db, roster, reach=work.reach))
        return as_json(
            import_roster(
                db,
                roster,
                now=clock(),
                zone=zone,
                good_rows_only=mode == "good_rows",
                reach=work.reach,
                by=work.by,
                progress=work.progress,
            )
        )

    return handle


def as_json(report: ImportReport) -> dict[str, Any]:
    """Numbers of all, and the first rows of those that somebody has to look at."""
    return {
        "applied": report.applied,
        "added": len(report.added),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "wrong": len({problem.row for problem in report.problems}),
        "changes": [asdict(change) for change in report.changed[:MOST_LISTED]],
        "problems": [asdict(problem) for problem in report.problems[:MOST_LISTED]],
    }
