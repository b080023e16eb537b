"""Examines a received check-in: its selfie is read and compared, the policy decides, the row is updated."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import and_, exists, not_, or_, select

from models.engine import FaceReading, ManyFaces, NoFace
from models.image import BadImage
from models.quality import CHECKIN_LIMITS
from service import offline_items, policy, repeats
from service.audit_decisions import note_decision
from service.day_changes import checkin_changed
from service.db.session import Database
from service.db.tables import Checkin, Photo
from service.erasure import faceless
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.inference_worker import SentFrame, Sitting, SittingReading
from service.kiosk_images import disowned_for
from service.position_evidence import AwayOn, never_away, position_evidence
from service.storage_errors import EngineFailed, EvidenceMissing, PoolFull, SealBroken

log = logging.getLogger(__name__)

RIVALS_KEPT = 5
# A check-in whose examination has failed this often, whatever the cause, is a person's to judge.
MOST_TRIES = 5
# Failures of a process that is starting or stopping: the photo is not at fault, the row waits.
NOT_THE_PHOTO = frozenset({"start_failed", "closed"})


class FaceReader(Protocol):
    """Who reads a picture: `service.inference.InferencePool`."""

    def submit(self, image: bytes) -> Future[FaceReading]:
        """Raises PoolFull; the future raises BadImage, NoFace, ManyFaces or EngineFailed."""
        ...

    def submit_sitting(self, sitting: Sitting) -> Future[SittingReading]:
        """As `submit`."""
        ...


@dataclass(frozen=True, slots=True)
class NoReading:
    """Why a selfie gave no reading: a problem of the picture, or a failure of ours."""

    picture_problem: str | None = None
    engine_failure: str | None = None


class Examiner:
    """Decides check-ins, each once. Safe for use by many threads.

    threshold : the least similarity to a template made of so many photos.
    """

    def __init__(
        self,
        db: Database,
        evidence: EvidenceStore,
        pool: FaceReader,
        gallery: GallerySync,
        *,
        threshold: Callable[[int], float],
        clock: Callable[[], datetime],
        challenges: bool = True,
        away: AwayOn = never_away,
    ) -> None:
        """
        challenges : liveness rests on them; otherwise on the selfie alone.
        away : whether somebody may work away from their sites then.
        """
        self._challenges = challenges
        self._away = away
        self._db = db
        self._evidence = evidence
        self._pool = pool
        self._gallery = gallery
        self._threshold = threshold
        self._clock = clock

    def examine(self, checkin_id: str) -> bool:
        """Decide the check-in. False when it has to wait: the workers are not able to take it now."""
        with self._db.read() as session:
            row = session.get_one(Checkin, checkin_id)
        outcome = self._read_selfie(row)
        if outcome is None:
            return False
        evidence, findings = self._weigh(row, outcome)
        pictures = None if isinstance(outcome, NoReading) else repeats.Pictures.of(outcome)
        if pictures is not None:
            evidence = self._look_for_repeats(row, pictures, evidence, findings)
        self._record(checkin_id, policy.decide(evidence), findings, pictures)
        return True

    def _read_selfie(self, row: Checkin) -> FaceReading | SittingReading | NoReading | None:
        """The reading, or why there is none; None when it is to be tried again later."""
        if row.tries >= MOST_TRIES:
            return NoReading(engine_failure="gave_up")
        if row.selfie_key is None:
            return NoReading(engine_failure=EvidenceMissing.code)
        try:
            sitting = self._sitting(row, self._evidence.get(row.selfie_key))
            if sitting.frames:
                return self._pool.submit_sitting(sitting).result()
            return self._pool.submit(sitting.selfie).result()
        except BadImage as bad:
            return NoReading(picture_problem=f"image_{bad.reason}")
        except NoFace:
            return NoReading(picture_problem="no_face")
        except ManyFaces:
            return NoReading(picture_problem="many_faces")
        except (EvidenceMissing, SealBroken) as lost:
            log.error("the evidence of a check-in can't be opened: %s", lost)
            return NoReading(engine_failure=lost.code)
        except PoolFull:
            return None
        except EngineFailed as failed:
            if failed.reason in NOT_THE_PHOTO:
                return None
            return NoReading(engine_failure=failed.reason)

    def _sitting(self, row: Checkin, selfie: bytes) -> Sitting:
        """Its frames are those that answer a challenge of ours, each with what the phone says of it."""
        steps = tuple(row.challenge["steps"]) if row.challenge is not None and self._challenges else ()
        said = row.meta.get("frames", [])
        if not steps or len(said) != len(row.frame_keys):
            return Sitting(selfie, steps, ())
        frames = tuple(
            SentFrame(one["step"], one["at_ms"], self._evidence.get(key))
            for one, key in zip(said, row.frame_keys, strict=True)
        )
        return Sitting(selfie, steps, frames)

    def _liveness(
        self, row: Checkin, outcome: FaceReading | SittingReading | NoReading
    ) -> tuple[policy.LivenessVerdict, tuple[str, ...]]:
        """The verdict, and the reasons for any other than "live"."""
        if isinstance(outcome, NoReading):
            return "missing", ()
        if not self._challenges:
            return _passive(outcome)
        if row.challenge is not None and row.challenge["problem"] is not None:
            return "failed", (row.challenge["problem"],)
        if not isinstance(outcome, SittingReading):
            return "missing", ()
        if row.challenge is not None and row.challenge["in_advance"]:
            return "failed", (*outcome.liveness.reasons, "asked_in_advance")
        return outcome.liveness.verdict, outcome.liveness.reasons

    def _weigh(
        self, row: Checkin, outcome: FaceReading | SittingReading | NoReading
    ) -> tuple[policy.Evidence, dict[str, Any]]:
        """What the policy is given, and every number behind it for the auditor."""
        difference = row.captured_at - row.received_at
        later_on_purpose = row.meta.get("offline") is not None
        # A kiosk has noted how it found the employee.
        findings: dict[str, Any] = {**(row.findings or {}), "clock_difference_s": difference.total_seconds()}
        with self._db.read() as session:
            where = position_evidence(session, row, self._away)
        findings |= where.findings
        match = None
        liveness, liveness_reasons = self._liveness(row, outcome)
        if isinstance(outcome, FaceReading | SittingReading):
            reading = outcome.selfie if isinstance(outcome, SittingReading) else outcome
            problems = reading.quality.problems(CHECKIN_LIMITS)
            enrolled, match = self._compare(row.employee_id, reading, findings)
            findings |= _numbers(reading)
            if isinstance(outcome, SittingReading):
                findings["challenge"] = _rounded(outcome.liveness.numbers)
            engine_failed = False
        else:
            problems = (outcome.picture_problem,) if outcome.picture_problem else ()
            enrolled = self._is_enrolled(row.employee_id)
            findings["engine_failure"] = outcome.engine_failure
            engine_failed = outcome.engine_failure is not None
        evidence = policy.Evidence(
            picture_problems=problems,
            sent_anyway=bool(row.meta.get("send_anyway")),
            enrolled=enrolled,
            match=match,
            liveness=liveness,
            liveness_reasons=liveness_reasons,
            engine_failed=engine_failed,
            repeated_image=self._seen_before(row),
            clock_difference=None if later_on_purpose else difference,
            position_reasons=where.reasons,
        )
        return evidence, findings

    def _compare(
        self, employee_id: int, reading: FaceReading, findings: dict[str, Any]
    ) -> tuple[bool, policy.Match | None]:
        """Whether the employee is enrolled, and the comparison with them and with the rest of the staff."""
        with self._gallery.reading() as gallery:
            keys, similarities = gallery.identify(reading.descriptor[None], k=RIVALS_KEPT + 1)
            enrolled = employee_id in gallery
            own = gallery.verify(employee_id, reading.descriptor) if enrolled else None
            threshold = self._threshold(self._gallery.photos_of(employee_id)) if enrolled else None
            findings["gallery_size"] = len(gallery)
        rivals = [
            (key, float(similarity))
            for key, similarity in zip(keys[0], similarities[0], strict=True)
            if key is not None and key != employee_id
        ][:RIVALS_KEPT]
        findings["rivals"] = [
            {"employee_id": key, "similarity": round(similarity, 4)} for key, similarity in rivals
        ]
        if own is None or threshold is None:
            return False, None
        match = policy.Match(own, threshold, rival=rivals[0][1] if rivals else None)
        findings |= {"similarity": round(own, 4), "threshold": threshold, "verdict": match.verdict}
        return True, match

    def _is_enrolled(self, employee_id: int) -> bool:
        with self._gallery.reading() as gallery:
            return employee_id in gallery

    def _seen_before(self, row: Checkin) -> bool:
        """The very same bytes came with another check-in before, or are someone's enrolment photo.

        A retake that its owner now sends for a person to look at is the same picture rightly, and so is what
        somebody else was taken for at a kiosk just before.
        """
        own_retake = and_(Checkin.employee_id == row.employee_id, Checkin.status == "retake")
        earlier = exists().where(
            Checkin.selfie_sha256 == row.selfie_sha256,
            Checkin.id != row.id,
            # What is decided came before, also when the clock was set back in between.
            or_(Checkin.received_at <= row.received_at, Checkin.status != "received"),
            not_(own_retake),
            Checkin.id.not_in(disowned_for(row.id)),
        )
        enrolment = exists().where(Photo.sha256 == row.selfie_sha256)
        with self._db.read() as session:
            return bool(session.scalar(select(or_(earlier, enrolment))))

    def _look_for_repeats(
        self, row: Checkin, pictures: repeats.Pictures, evidence: policy.Evidence, findings: dict[str, Any]
    ) -> policy.Evidence:
        with self._db.read() as session:
            found = repeats.find(session, row, pictures)
        if not found:
            return evidence
        findings["repeats"] = repeats.told(found)
        return replace(
            evidence,
            repeated_image=evidence.repeated_image or any(one.picture == 0 for one in found),
            repeated_frames=any(one.picture > 0 for one in found),
        )

    def _record(
        self,
        checkin_id: str,
        decision: policy.Decision,
        findings: dict[str, Any],
        pictures: repeats.Pictures | None,
    ) -> None:
        with self._db.write() as session:
            row = session.get_one(Checkin, checkin_id, with_for_update=True)
            if row.status != "received":
                return  # another process took the row over and was first
            decision = policy.doubted(decision, offline_items.reasons_of(session, row.id))
            counted = row.counted_at
            row.status = decision.status
            row.reasons = list(decision.reasons)
            # Whoever was erased while their selfie was being read leaves no number of their face.
            row.findings = findings if row.selfie_key else faceless(findings)
            row.encoders = self._gallery.encoders
            row.decided_at = self._clock()
            row.claimed_until = None
            if decision.status == "retake":
                row.counted_at = None
            if pictures is not None and row.selfie_key:
                repeats.keep(session, row, pictures)
            note_decision(session, row)
            checkin_changed(session, row, counted_before=counted, at=row.decided_at)


def _passive(
    outcome: FaceReading | SittingReading,
) -> tuple[policy.LivenessVerdict, tuple[str, ...]]:
    reading = outcome.selfie if isinstance(outcome, SittingReading) else outcome
    return ("failed", ("looks_like_a_picture",)) if reading.liveness.flags else ("live", ())


def _numbers(reading: FaceReading) -> dict[str, Any]:
    """What the auditor sees of a reading: every number but the descriptor."""
    return {
        "box": reading.box.tolist(),
        "quality": _rounded(asdict(reading.quality)),
        "liveness": {
            **_rounded(asdict(reading.liveness)),
            "score": round(reading.liveness.score, 4),
            "flags": list(reading.liveness.flags),
        },
        "phash": f"{reading.phash:016x}",
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
