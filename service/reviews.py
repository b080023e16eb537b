"""Check-ins under review: what a person sees of one, and their verdict.

Nobody judges their own, nor those of people outside their reach. A verdict that decides is final here: nothing is
undone by judging again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from service.audit_decisions import note_verdict
from service.audit_notes import note
from service.checkin_records import CheckinRecord, RecordPage, record_of, row_within, with_findings
from service.closed_months import note_verdict as note_verdict_after_closing
from service.day_changes import checkin_changed
from service.db.session import Database
from service.db.tables import Account, Checkin, CheckinStatus, Verdict, VerdictKind
from service.errors import InvalidRequest, NotInReview, OwnCheckin
from service.evidence import EvidenceStore
from service.reach import reach_of
from service.storage_errors import EvidenceMissing
from service.template_rows import latest_photos

PAGE_SIZE: Final = 50
LONGEST_NOTE: Final = 500
# A fault of the camera or of the service is not the employee's: the time counts.
EFFECTS: Final[dict[VerdictKind, CheckinStatus]] = {
    "genuine": "accepted",
    "technical_fault": "accepted",
    "impostor": "rejected",
    "cant_tell": "review",
}
NEEDS_A_NOTE: Final = frozenset({"impostor", "technical_fault"})


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """`by`: the login of whoever gave it."""

    kind: VerdictKind
    note: str
    by: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """One check-in with all there is to judge it by.

    images : names for `image_of`, of the check-in itself first, then of the latest enrolment.
    may_judge : the reader may give a verdict on it.
    """

    checkin: CheckinRecord
    images: tuple[str, ...]
    verdicts: tuple[GivenVerdict, ...]
    may_judge: bool


def waiting(db: Database, judge: Account, *, page: int) -> RecordPage:
    """Those that wait for a verdict, within the judge's reach and not their own, the longest waiting first."""
    wanted = (
        select(Checkin)
        .join(Checkin.employee)
        .where(Checkin.status == "review", _not_own(judge), reach_of(judge).people)
    )
    with db.read() as session:
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        rows = session.scalars(
            wanted.options(contains_eager(Checkin.employee))
            .order_by(Checkin.received_at, Checkin.id)
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        )
        records = tuple(record_of(row) for row in rows)
    return RecordPage(total, page, max(1, -(-total // PAGE_SIZE)), records)


def open_review(db: Database, judge: Account, checkin_id: str, now: datetime) -> Review:
    """A check-in with its evidence; that it was opened goes on record. Raises UnknownCheckin."""
    with db.write() as session:
        row = row_within(session, checkin_id, reach_of(judge))
        note(session, "evidence_viewed", f"checkin:{row.id}", by=judge.id, at=now)
        given = session.scalars(
            select(Verdict)
            .where(Verdict.checkin_id == row.id)
            .options(joinedload(Verdict.account))
            .order_by(Verdict.id)
        )
        return Review(
            checkin=with_findings(session, row, reach_of(judge)),
            images=tuple(_images(session, row)),
            verdicts=tuple(
                GivenVerdict(one.kind, one.note, one.account.login, one.given_at) for one in given
            ),
            may_judge=row.status == "review" and row.employee_id != judge.employee_id,
        )


def image_of(
    db: Database, evidence: EvidenceStore, judge: Account, checkin_id: str, name: str, now: datetime
) -> bytes:
    """An image by a name of `Review.images`; that it was viewed goes on record.

    Raises UnknownCheckin, EvidenceMissing and SealBroken.
    """
    with db.write() as session:
        row = row_within(session, checkin_id, reach_of(judge))
        key = _images(session, row).get(name)
        if key is None:
            raise EvidenceMissing
        note(session, "evidence_viewed", f"checkin:{row.id}", by=judge.id, at=now, image=name)
    return evidence.get(key)


def give_verdict(
    db: Database,
    judge: Account,
    checkin_id: str,
    kind: VerdictKind,
    words: str,
    now: datetime,
    *,
    zone: tzinfo = UTC,
) -> CheckinStatus:
    """Judge a check-in under review, with effect on its day at once. Gives its status from now on.

    One of a closed month may be judged as well: what was closed stays as it is, and shows the verdict as later.

    zone : of employees whose site has none.

    Raises
    ------
    UnknownCheckin
    OwnCheckin : it is the judge's own.
    NotInReview : it was decided already, maybe a moment ago by somebody else.
    InvalidRequest : the words are too many, or this verdict needs some.
    """
    tidy = " ".join(words.split())
    if len(tidy) > LONGEST_NOTE or (kind in NEEDS_A_NOTE and not tidy):
        raise InvalidRequest(fields=[{"field": "note", "problem": f"1 to {LONGEST_NOTE} characters"}])
    with db.write() as session:
        row = row_within(session, checkin_id, reach_of(judge), to_change=True)
        if row.employee_id == judge.employee_id:
            raise OwnCheckin
        if row.status != "review":
            raise NotInReview
        counted = row.counted_at
        row.status = EFFECTS[kind]
        if row.status != "review":
            note_verdict_after_closing(session, row, now, zone)
        if row.status == "rejected":
            row.counted_at = None
        elif row.status == "accepted" and row.counted_at is None:
            # Disowned at a kiosk, and theirs all the same.
            row.counted_at = row.received_at
        verdict = Verdict(checkin_id=row.id, account_id=judge.id, kind=kind, note=tidy, given_at=now)
        session.add(verdict)
        note_verdict(session, row, verdict)
        if row.status != "review":
            checkin_changed(session, row, cause="verdict", counted_before=counted, at=now)
        return row.status


def _not_own(judge: Account) -> ColumnElement[bool]:
    return Checkin.employee_id.is_distinct_from(judge.employee_id)


def _images(session: Session, row: Checkin) -> dict[str, str]:
    """Evidence keys by the names under which images are shown."""
    images = {} if row.selfie_key is None else {"selfie": row.selfie_key}
    images |= {f"frame-{number}": key for number, key in enumerate(row.frame_keys, start=1)}
    enrolled = latest_photos(session, row.employee_id)
    return images | {f"enrolment-{number}": one.evidence_key for number, one in enumerate(enrolled, start=1)}
