"""Closing a month, and looking through its checklist, as long work: where they are for many people."""

from datetime import date
from typing import Any, Final

from service.closing import ClosingReport, Wanted, close_month
from service.closing_views import checklist_of, lines_as_json
from service.db.tables import Account
from service.errors import HadirError
from service.jobs import Handler, Work
from service.working_time import WorkingTime

CLOSING: Final = "closing"
CHECKLIST: Final = "closing_checklist"


def closing_handler(working_time: WorkingTime) -> Handler:
    """Options: as `options_of` writes them. What is refused is in the report, as its code."""

    def handle(work: Work) -> dict[str, Any]:
        wanted = _wanted(work.options)
        try:
            report = close_month(working_time, _account(working_time, work.by), wanted, work.progress)
        except HadirError as refused:
            return {"refused": refused.code}
        return report_as_json(report)

    return handle


def checklist_handler(working_time: WorkingTime) -> Handler:
    def handle(work: Work) -> dict[str, Any]:
        wanted = _wanted(work.options)
        work.progress(0, 1)
        try:
            found = checklist_of(
                working_time,
                work.reach,
                unit=wanted.unit,
                month=wanted.month,
                below=wanted.below,
                with_days=True,
            )
        except HadirError as refused:
            return {"refused": refused.code}
        return {"lines": lines_as_json(found.lines)}

    return handle


def options_of(wanted: Wanted) -> dict[str, Any]:
    return {
        "unit": wanted.unit,
        "month": wanted.month.isoformat(),
        "below": wanted.below,
        "reason": wanted.reason,
    }


def report_as_json(report: ClosingReport) -> dict[str, Any]:
    return {
        "closed": list(report.closed),
        "before": list(report.before),
        "open": {unit: dict(counts) for unit, counts in report.open.items()},
    }


def _wanted(options: Any) -> Wanted:
    month = date.fromisoformat(options["month"])
    return Wanted(options["unit"], month, options["below"], options["reason"])


def _account(working_time: WorkingTime, account_id: int) -> Account:
    with working_time.db.read() as session:
        return session.get_one(Account, account_id)
