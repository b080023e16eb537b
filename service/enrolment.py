"""Enrolment: an employee's photos are read, judged, compared with everybody's, and become a template.

A template is made of the photos of one enrolment, the latest: descriptors of single photos are not kept, so
that nothing but the template has to be sealed, renewed and erased. Photos of earlier enrolments stay as
evidence, each enrolment's in a folder of its own.
"""

import threading
import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select

from enrollment import template
from enrollment.acceptance import Acceptance, judge
from models.engine import FaceReading
from models.image import content_hash
from service.audit_notes import note, pseudonym
from service.consent import Consented, given_at, in_force, record
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Photo, Template
from service.employee_rows import employee_row, find_employee, managed_row
from service.errors import Json, LooksLikeSomeone, LooksLikeSomeoneOutside, PhotosRefused
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.lookalikes import Lookalikes, LooksLike
from service.people import insert_employee
from service.photo_reading import Reader, ReadPhoto, read_photos
from service.reach import EVERYBODY, Reach
from service.template_rows import latest_photos, lock_gallery_changes, photo_row, write_template


@dataclass(frozen=True, slots=True)
class PhotoOutcome:
    """`index` counts from 0, in the order given."""

    index: int
    accepted: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnrolmentResult:
    """What became of a set of photos.

    status : "enrolled"; "unchanged", when the template is of just these photos already; "unfit"; or "lookalike".
    photos : each of them, in the order given.
    set_problems : why the set is unfit.
    lookalikes : who else resembles the template: "enrolled" all the same only when somebody has confirmed it.
    """

    nip: str
    status: Literal["enrolled", "unchanged", "unfit", "lookalike"]
    photos: tuple[PhotoOutcome, ...]
    set_problems: tuple[str, ...] = ()
    template_photos: int = 0
    lookalikes: tuple[LooksLike, ...] = ()


class Enrolment:
    """The use cases of enrolment. Safe for use by many threads.

    duplicate_similarity : from where a template looks like somebody else's; by default as measured for the
        gallery's encoders.
    """

    def __init__(
        self,
        db: Database,
        ring: KeyRing,
        evidence: EvidenceStore,
        pool: Reader,
        gallery: GallerySync,
        *,
        duplicate_similarity: float | None = None,
    ) -> None:
        self._db = db
        self._ring = ring
        self._evidence = evidence
        self._pool = pool
        self._gallery = gallery
        self._lookalikes = Lookalikes(db, gallery, duplicate_similarity)
        # Two people enrolled at the same moment must each be seen by the other's search for look-alikes.
        self._saving = threading.Lock()

    def enrol(
        self,
        nip: str,
        photos: Sequence[bytes],
        *,
        by: int | None,
        consent: Consented | None = None,
        confirm_duplicate: bool = False,
        looked_at: Collection[str] = (),
        now: datetime,
        reach: Reach = EVERYBODY,
    ) -> EnrolmentResult:
        """Read the photos at once, and make the employee's template of those that are fit.

        by : the account id of whoever enrols; None for the command line.
        consent : recorded with the template; None where it is kept elsewhere, on paper.
        confirm_duplicate : whoever the photos look like is another person, says the operator at the command line.
        looked_at : NIPs of those that somebody has looked at, one by one, and says that they are other people.
        reach : of whoever enrols. Only who reaches everybody that the photos look like can confirm.

        Raises
        ------
        UnknownEmployee, OwnRecord
        PhotosRefused : none of the photos is fit, or they show several people.
        LooksLikeSomeone : somebody else is enrolled with such a face, and it isn't confirmed.
        LooksLikeSomeoneOutside : the same, of somebody outside the reach, confirmed or not.
        PoolFull, EngineFailed : the photos can't be read now.
        StorageFull
        """
        with self._db.read() as session:
            nip = managed_row(session, nip, reach).nip
        result = self.save(
            nip,
            read_photos(self._pool, photos),
            by=by,
            consent=consent,
            confirm_duplicate=confirm_duplicate,
            looked_at=looked_at,
            now=now,
            reach=reach,
        )
        if result.status == "unfit":
            raise PhotosRefused(
                photos=[as_json(photo) for photo in result.photos], set_problems=list(result.set_problems)
            )
        if result.status == "lookalike":
            outside = any(lookalike.nip is None for lookalike in result.lookalikes)
            refusal = LooksLikeSomeoneOutside if outside else LooksLikeSomeone
            raise refusal(lookalikes=[asdict(lookalike) for lookalike in result.lookalikes])
        return result

    def check(self, photo: bytes) -> ReadPhoto:
        """What is to be said of one photo, before anything is saved."""
        return read_photos(self._pool, [photo])[0]

    def save(
        self,
        nip: str,
        photos: Sequence[ReadPhoto],
        *,
        by: int | None,
        consent: Consented | None = None,
        confirm_duplicate: bool = False,
        looked_at: Collection[str] = (),
        now: datetime,
        create: bool = False,
        reach: Reach = EVERYBODY,
    ) -> EnrolmentResult:
        """The second half of `enrol`, with photos that are read already; refusals are part of the result.

        create : an employee who is not in the roster is added with the NIP for a name; else UnknownEmployee.
        """
        acceptance = judge([photo.outcome for photo in photos])
        outcomes = outcomes_of(acceptance)
        if acceptance.set_problems:
            return EnrolmentResult(nip, "unfit", outcomes, set_problems=acceptance.set_problems)
        accepted = [photos[index] for index in acceptance.accepted]
        made = template.fuse([photo.outcome for photo in accepted if isinstance(photo.outcome, FaceReading)])
        with self._saving:
            if self._is_made_of(nip, accepted):
                self.note_consent(nip, consent, by=by, now=now)
                return EnrolmentResult(nip, "unchanged", outcomes, template_photos=made.photos)
            lookalikes = self._lookalikes.of(nip, made, reach)
            if not _confirmed(lookalikes, confirm_duplicate, looked_at):
                return EnrolmentResult(nip, "lookalike", outcomes, lookalikes=lookalikes)
            self._store(
                nip,
                accepted,
                made,
                lookalikes,
                self._lookalikes.with_own(nip, made),
                by=by,
                consent=consent,
                now=now,
                create=create,
                reach=reach,
            )
        return EnrolmentResult(nip, "enrolled", outcomes, template_photos=made.photos, lookalikes=lookalikes)

    def consented_at(self, nip: str, reach: Reach = EVERYBODY) -> datetime | None:
        """When the employee agreed to the present text of the consent. Raises UnknownEmployee."""
        with self._db.read() as session:
            return given_at(session, employee_row(session, nip, reach).id)

    def current_photos(self, nip: str) -> list[str]:
        """SHA-256 of the photos that the template in use is made of; none without a template that opens."""
        with self._db.read() as session:
            employee = find_employee(session, nip)
            photos = latest_photos(session, employee.id) if employee else []
        with self._gallery.reading() as gallery:
            in_use = employee is not None and employee.id in gallery
        return [photo.sha256 for photo in photos] if in_use else []

    def note_consent(self, nip: str, consent: Consented | None, *, by: int | None, now: datetime) -> None:
        """Record it for somebody who is enrolled already, unless there is one in force."""
        if consent is None:
            return
        with self._db.write() as session:
            employee = employee_row(session, nip)
            if not in_force(session, employee.id):
                record(session, employee.id, consent, by=by, now=now)

    def _is_made_of(self, nip: str, photos: Sequence[ReadPhoto]) -> bool:
        return sorted(self.current_photos(nip)) == sorted(content_hash(photo.data) for photo in photos)

    def _store(
        self,
        nip: str,
        photos: Sequence[ReadPhoto],
        made: template.Template,
        lookalikes: Sequence[LooksLike],
        earlier: float | None,
        *,
        by: int | None,
        consent: Consented | None,
        now: datetime,
        create: bool,
        reach: Reach,
    ) -> None:
        folder = f"photos/{now:%Y/%m/%d}/{uuid.uuid4()}"
        keys = [f"{folder}/{number}" for number in range(len(photos))]
        try:
            for key, photo in zip(keys, photos, strict=True):
                self._evidence.put(key, photo.data)
            with self._db.write() as session:
                lock_gallery_changes(session)
                employee = find_employee(session, nip) if create else managed_row(session, nip, reach)
                employee = employee or insert_employee(session, nip=nip, name=nip, now=now, by=by)
                session.add_all(
                    photo_row(employee.id, key, photo.outcome, by=by, now=now)
                    for key, photo in zip(keys, photos, strict=True)
                    if isinstance(photo.outcome, FaceReading)
                )
                session.execute(delete(Template).where(Template.employee_id == employee.id))
                write_template(session, self._ring, employee.id, made, now)
                if consent is not None:
                    record(session, employee.id, consent, by=by, now=now)
                note(
                    session,
                    "enrolled",
                    f"employee:{employee.id}",
                    by=by,
                    at=now,
                    photos=made.photos,
                    encoders=made.encoders,
                    like_earlier=None if earlier is None else round(earlier, 4),
                    confirmed_unlike=[pseudonym(session, one.nip) for one in lookalikes if one.nip],
                )
        except BaseException:
            self._remove_unless_stored(keys)
            raise

    def _remove_unless_stored(self, keys: Sequence[str]) -> None:
        """A commit whose answer was lost may have succeeded: what a row names stays."""
        with self._db.read() as session:
            stored = set(session.scalars(select(Photo.evidence_key).where(Photo.evidence_key.in_(keys))))
        for key in keys:
            if key not in stored:
                self._evidence.delete(key)


def _confirmed(lookalikes: Sequence[LooksLike], all_of_them: bool, looked_at: Collection[str]) -> bool:
    """Each must be; of those outside the reach nobody here can say who they are."""
    return all(one.nip is not None and (all_of_them or one.nip in looked_at) for one in lookalikes)


def outcomes_of(acceptance: Acceptance) -> tuple[PhotoOutcome, ...]:
    return tuple(
        PhotoOutcome(index, index in acceptance.accepted, problems)
        for index, problems in enumerate(acceptance.problems)
    )


def as_json(outcome: PhotoOutcome) -> Json:
    return {"index": outcome.index, "accepted": outcome.accepted, "problems": list(outcome.problems)}
