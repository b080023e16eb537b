"""What becomes of a request: asked -> approved | refused | withdrawn by its owner; approved -> revoked.

Nobody decides on their own, nor on what they have entered for somebody, nor on those of people outside their
reach. What was decided is never decided again: of two people who decide at once the second is told. A revocation
is one more fact beside the approval.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from service.attendance_days import ONE_DAY
from service.audit import Action
from service.audit_notes import note
from service.closed_months import refuse_closed_days
from service.day_changes import Cause, day_changed
from service.db.request_tables import Absence, RequestDecision, RequestState
from service.db.session import Database
from service.db.tables import Account
from service.request_errors import AlreadyDecided, EnteredByYou, OwnRequest
from service.request_rows import Request, Row, own_row, row_to_decide, subject_of
from service.written_words import tidy

ACTIONS: Final[dict[RequestState, Action]] = {
    "approved": "request_decided",
    "refused": "request_decided",
    "withdrawn": "request_withdrawn",
    "revoked": "request_revoked",
}


# From these on the days of the request are other than they were.
COUNTING: Final[frozenset[RequestState]] = frozenset({"approved", "revoked"})


def decide(
    db: Database,
    table: type[Row],
    request_id: int,
    approver: Account,
    *,
    approve: bool,
    words: str,
    now: datetime,
) -> None:
    """Approve a request, or refuse it, which needs a few words.

    Raises
    ------
    UnknownRequest : also for one of somebody outside the reach.
    OwnRequest, EnteredByYou
    AlreadyDecided : maybe a moment ago by somebody else.
    MonthClosed : to approve it would change days of a closed month. To refuse it changes none.
    WordsRefused
    """
    tidied = tidy(words, "note", needed=not approve)
    with db.write() as session:
        row = _of_somebody_else(session, table, request_id, approver)
        if approve and row.state == "asked":
            _refuse_closed(session, row)
        _step(session, row, "asked", "approved" if approve else "refused", approver.id, tidied, now)


def revoke(
    db: Database, table: type[Row], request_id: int, approver: Account, *, words: str, now: datetime
) -> None:
    """Take back an approval, for a reason. Raises as `decide` does."""
    tidied = tidy(words, "note")
    with db.write() as session:
        row = _of_somebody_else(session, table, request_id, approver)
        if row.state == "approved":
            _refuse_closed(session, row)
        _step(session, row, "approved", "revoked", approver.id, tidied, now)


def withdraw(session: Session, table: type[Row], request_id: int, owner: Account, now: datetime) -> Row:
    """By whoever asked or has entered it, while nobody has decided. Raises UnknownRequest and AlreadyDecided."""
    row = own_row(session, table, request_id, owner)
    _step(session, row, "asked", "withdrawn", owner.id, "", now)
    return row


def _of_somebody_else(session: Session, table: type[Row], request_id: int, approver: Account) -> Row:
    row = row_to_decide(session, table, request_id, approver)
    if row.employee_id == approver.employee_id:
        raise OwnRequest
    if row.entered_by == approver.id:
        raise EnteredByYou
    return row


def _refuse_closed(session: Session, row: Request) -> None:
    first, last = (row.first, row.last) if isinstance(row, Absence) else (row.day, row.day)
    refuse_closed_days(session, [row.employee_id], first, last)


def _step(
    session: Session,
    row: Request,
    before: RequestState,
    after: RequestState,
    by: int,
    words: str,
    now: datetime,
) -> None:
    if row.state != before:
        raise AlreadyDecided(row.state)
    row.state = after
    row.decisions.append(RequestDecision(state=after, account_id=by, note=words, at=now))
    note(session, ACTIONS[after], subject_of(row), by=by, at=now, state=after, employee=row.employee_id)
    if after in COUNTING:
        day_changed(session, row.employee_id, _days_of(row), _cause_of(row, after), at=now)


def _days_of(row: Request) -> list[date]:
    if not isinstance(row, Absence):
        return [row.day]
    return [row.first + ONE_DAY * number for number in range((row.last - row.first).days + 1)]


def _cause_of(row: Request, after: RequestState) -> Cause:
    if isinstance(row, Absence):
        return "absence" if after == "approved" else "absence_revoked"
    return "correction" if after == "approved" else "correction_revoked"
