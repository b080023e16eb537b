"""Check-ins against the audit trail: does each row still say what was decided?

What a decision rests on is in the trail as HMACs only: when a face and its numbers are erased from the row, what
was written of them says nothing any more.
"""

import json
from collections.abc import Callable, Collection, Iterator, Set
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.audit import AuditKeys, canonical_json, moment
from service.audit_notes import note, pseudonym
from service.db.session import Database
from service.db.tables import AuditEntry, Checkin, Verdict
from service.erasure import faceless
from service.errors import Json

ROWS_AT_ONCE: Final = 500
# More are counted but not listed.
DIFFERENCES_LISTED: Final = 1_000
# How much the selfie resembles others changes rightly, when one of those is erased.
_OF_OTHERS: Final = "rivals"
# The fact that goes with the face.
_PERSONAL: Final = "personal"


@dataclass(slots=True)
class DecisionCheck:
    """What became of the decisions of the trail. All but `checked` and `before_the_trail` should be nothing.

    changed : check-ins that are not as they were decided.
    unwritten : decided check-ins of which the trail says nothing.
    deleted : decisions whose check-in is gone.
    before_the_trail : decided before there was a trail, so that nothing can be said of them.
    found : how many of the three there are; at most DIFFERENCES_LISTED of each are listed.
    """

    checked: int = 0
    before_the_trail: int = 0
    found: int = 0
    changed: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        return self.found == 0

    def add(self, kind: list[str], checkin_id: str) -> None:
        self.found += 1
        if len(kind) < DIFFERENCES_LISTED:
            kind.append(checkin_id)


def note_verdict(session: Session, row: Checkin, verdict: Verdict) -> None:
    """To be called in the transaction of the verdict, when the row is as it leaves it."""
    facts = _facts(row, lambda value: pseudonym(session, value))
    note(
        session,
        "verdict",
        _subject(row.id),
        by=verdict.account_id,
        at=verdict.given_at,
        verdict=verdict.kind,
        **facts,
    )


def note_decision(session: Session, row: Checkin) -> None:
    """To be called in the transaction that decides the check-in, when the row is complete."""
    at = row.decided_at or row.received_at
    facts = _facts(row, lambda value: pseudonym(session, value))
    note(session, "decision", _subject(row.id), by=None, at=at, **facts)


def check_decisions(
    db: Database, keys: AuditKeys, *, progress: Callable[[int, int], None] | None = None
) -> DecisionCheck:
    """Compare every decided check-in with what the trail says of it. The trail itself: audit_verification.

    progress : called with how many check-ins are done, and of how many.
    """
    report = DecisionCheck()
    with db.read() as session:
        check = _Check(
            keys, session.scalar(select(func.min(AuditEntry.at))), set(_without_face(session)), report
        )
        total = session.scalar(select(func.count()).select_from(Checkin)) or 0
        done = 0
        for rows in _batches(session):
            decisions = _decisions_of(session, [row.id for row in rows])
            for row in rows:
                check.row(row, decisions.get(_subject(row.id)))
            done += len(rows)
            if progress is not None:
                progress(done, total)
        for subject in _of_no_row(session):
            report.add(report.deleted, subject.partition(":")[2])
    return report


@dataclass(frozen=True, slots=True)
class _Check:
    """`began`: when the trail did. `without_face`: of employees and check-ins whose face was removed."""

    keys: AuditKeys
    began: str | None
    without_face: Set[str]
    report: DecisionCheck

    def row(self, row: Checkin, facts: str | None) -> None:
        """`facts`: of the last decision, as the trail has them."""
        if facts is not None:
            self.report.checked += 1
            if not self._is_as_decided(row, facts):
                self.report.add(self.report.changed, row.id)
        elif row.status != "received":
            if row.decided_at is not None and (self.began is None or moment(row.decided_at) < self.began):
                self.report.before_the_trail += 1
            else:
                self.report.add(self.report.unwritten, row.id)

    def _is_as_decided(self, row: Checkin, text: str) -> bool:
        decided, now = json.loads(text), _facts(row, self.keys.pseudonym)
        decided.pop("verdict", None)
        removed = {f"employee:{row.employee_id}", _subject(row.id)} & self.without_face
        if removed and not row.selfie_sha256:
            decided.pop(_PERSONAL, None)
            now.pop(_PERSONAL)
        return canonical_json(decided) == canonical_json(now)


def _facts(row: Checkin, mac: Callable[[str], str]) -> dict[str, Json]:
    findings = row.findings or {}
    kept = faceless(findings) or {}
    of_the_face = {name: value for name, value in findings.items() if name not in kept and name != _OF_OTHERS}
    personal = {"selfie": row.selfie_sha256, "meta": row.meta, "findings": of_the_face}
    return {
        "employee": row.employee_id,
        "kind": row.kind,
        "status": row.status,
        "reasons": list(row.reasons),
        "captured_at": moment(row.captured_at),
        "received_at": moment(row.received_at),
        "counted_at": None if row.counted_at is None else moment(row.counted_at),
        "encoders": row.encoders,
        "challenge": row.challenge,
        "findings": mac(canonical_json(kept)),
        _PERSONAL: mac(canonical_json(personal)),
    }


def _subject(checkin_id: str) -> str:
    return f"checkin:{checkin_id}"


def _batches(session: Session) -> Iterator[list[Checkin]]:
    """All check-ins, by id."""
    after = ""
    while True:
        wanted = select(Checkin).where(Checkin.id > after).order_by(Checkin.id).limit(ROWS_AT_ONCE)
        rows = list(session.scalars(wanted))
        if not rows:
            return
        yield rows
        after = rows[-1].id
        session.expunge_all()


def _decisions_of(session: Session, checkin_ids: Collection[str]) -> dict[str, str]:
    """By subject the facts of its last decision, by the policy or by a person."""
    subjects = [_subject(checkin_id) for checkin_id in checkin_ids]
    wanted = (
        select(AuditEntry.subject, AuditEntry.facts)
        .where(AuditEntry.action.in_(("decision", "verdict")), AuditEntry.subject.in_(subjects))
        .order_by(AuditEntry.sequence)
    )
    return {row.subject: row.facts for row in session.execute(wanted)}


def _without_face(session: Session) -> Iterator[str]:
    yield from session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "face_removed"))


def _of_no_row(session: Session) -> Iterator[str]:
    checkin_id = func.substr(AuditEntry.subject, len(_subject("")) + 1)
    there = select(Checkin.id).where(Checkin.id == checkin_id).exists()
    wanted = select(AuditEntry.subject).where(AuditEntry.action == "decision", ~there).distinct()
    yield from session.scalars(wanted)
