"""Enrolment of many people from a folder or a ZIP of photos, which can be interrupted and run again."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from enrollment.acceptance import PhotoProblem, problem_of
from enrollment.bulk import PersonPhotos
from models.engine import FaceReading
from models.image import BadImage, content_hash
from service.access_errors import OwnRecord
from service.consent import Consented
from service.db.session import Database
from service.employee_rows import managed_row
from service.enrolment import Enrolment, PhotoOutcome
from service.errors import UnknownEmployee
from service.lookalikes import LooksLike
from service.photo_reading import Reader, ReadPhoto, outcome_of, submit_when_free
from service.reach import EVERYBODY, Reach

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PhotoRefusal:
    name: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`left_out`: photos that were not fit, beside those the template is made of."""

    nip: str
    template_photos: int
    left_out: tuple[PhotoRefusal, ...]


@dataclass(frozen=True, slots=True)
class RefusedPerson:
    """`reasons`: problems of the set of photos, "unknown_employee" or "looks_like_someone"."""

    nip: str
    reasons: tuple[str, ...]
    photos: tuple[PhotoRefusal, ...] = ()
    lookalikes: tuple[LooksLike, ...] = ()


@dataclass(slots=True)
class BulkReport:
    """`skipped`: enrolled before with just these photos. `created`: of the enrolled, who was new in the roster."""

    enrolled: list[Enrolled] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    refused: list[RefusedPerson] = field(default_factory=list)
    created: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _OnTheWay:
    """A person whose photos are being read; a photo that could not even be fetched has its problem already."""

    person: PersonPhotos
    photos: tuple[tuple[bytes, Future[FaceReading] | PhotoProblem], ...]
    is_new: bool


class BulkEnrolment:
    """Enrols people one by one, each in a transaction of their own, while the photos of the next are read.

    at_once : photos that are read at the same time; enough to keep all workers busy.
    consent : that of all of them, if somebody has asked them all.
    reach, by : of whoever enrols; people outside the reach are unknown to them.
    """

    def __init__(
        self,
        db: Database,
        pool: Reader,
        enrolment: Enrolment,
        *,
        at_once: int,
        clock: Callable[[], datetime],
        consent: Consented | None = None,
        reach: Reach = EVERYBODY,
        by: int | None = None,
    ) -> None:
        self._reach = reach
        self._by = by
        self._db = db
        self._pool = pool
        self._enrolment = enrolment
        self._at_once = at_once
        self._clock = clock
        self._consent = consent

    def enrol_many(
        self,
        people: Sequence[PersonPhotos],
        *,
        create_missing: bool = False,
        confirm_duplicates: bool = False,
        progress: Progress | None = None,
    ) -> BulkReport:
        """Enrol everyone who can be, and say why others are not.

        Whoever is enrolled by just these photos already is skipped, so an interrupted run goes on where it
        ended. Errors that concern nobody in particular (storage full, engine closed) end the run.

        create_missing : people who are not in the roster are added with their NIP for a name.
        confirm_duplicates : enrol people although they look like somebody who is enrolled.
        progress : called with how many people are done, and of how many.
        """
        report = BulkReport()
        waiting: deque[_OnTheWay] = deque()
        try:
            for number, person in enumerate(people, start=1):
                while waiting and sum(len(one.photos) for one in waiting) >= self._at_once:
                    self._finish(waiting.popleft(), report, confirm_duplicates)
                if started := self._start(person, report, create_missing):
                    waiting.append(started)
                if progress is not None:
                    progress(number - len(waiting), len(people))
            while waiting:
                self._finish(waiting.popleft(), report, confirm_duplicates)
                if progress is not None:
                    progress(len(people) - len(waiting), len(people))
        finally:
            _cancel(waiting)
        return report

    def _start(self, person: PersonPhotos, report: BulkReport, create_missing: bool) -> _OnTheWay | None:
        """Send a person's photos to be read. None when that isn't needed."""
        fetched = [_fetch(photo.read) for photo in person.photos]
        refusal = self._refusal(person.nip)
        is_new = refusal == UnknownEmployee.code and create_missing
        if refusal is not None and not is_new:
            report.refused.append(RefusedPerson(person.nip, (refusal,)))
            return None
        given = [content_hash(data) for data in fetched if isinstance(data, bytes)]
        if given and sorted(given) == sorted(self._enrolment.current_photos(person.nip)):
            self._enrolment.note_consent(person.nip, self._consent, by=self._by, now=self._clock())
            report.skipped.append(person.nip)
            return None
        states = [submit_when_free(self._pool, data) if isinstance(data, bytes) else data for data in fetched]
        photos = tuple(
            (data if isinstance(data, bytes) else b"", state)
            for data, state in zip(fetched, states, strict=True)
        )
        return _OnTheWay(person, photos, is_new)

    def _refusal(self, nip: str) -> str | None:
        """Why this person can't be enrolled by whoever does it."""
        try:
            with self._db.read() as session:
                managed_row(session, nip, self._reach)
        except (UnknownEmployee, OwnRecord) as refused:
            return refused.code
        return None

    def _finish(self, one: _OnTheWay, report: BulkReport, confirm_duplicates: bool) -> None:
        nip = one.person.nip
        photos = [
            ReadPhoto(data, state if isinstance(state, PhotoProblem) else outcome_of(state))
            for data, state in one.photos
        ]
        try:
            result = self._enrolment.save(
                nip,
                photos,
                by=self._by,
                reach=self._reach,
                consent=self._consent,
                confirm_duplicate=confirm_duplicates,
                now=self._clock(),
                create=one.is_new,
            )
        except (UnknownEmployee, OwnRecord) as gone:
            report.refused.append(RefusedPerson(nip, (gone.code,)))
            return
        left_out = _left_out(one.person, result.photos)
        if result.status == "unfit":
            report.refused.append(RefusedPerson(nip, result.set_problems, left_out))
        elif result.status == "lookalike":
            report.refused.append(RefusedPerson(nip, ("looks_like_someone",), left_out, result.lookalikes))
        elif result.status == "unchanged":
            report.skipped.append(nip)
        else:
            report.enrolled.append(Enrolled(nip, result.template_photos, left_out))
            if one.is_new:
                report.created.append(nip)


def _fetch(read: Callable[[], bytes]) -> bytes | PhotoProblem:
    try:
        return read()
    except BadImage as bad:
        return problem_of(bad)


def _left_out(person: PersonPhotos, outcomes: Sequence[PhotoOutcome]) -> tuple[PhotoRefusal, ...]:
    """The photos that are not part of the template, by the names they came with."""
    return tuple(
        PhotoRefusal(person.photos[outcome.index].name, outcome.problems)
        for outcome in outcomes
        if outcome.problems
    )


def _cancel(waiting: Sequence[_OnTheWay]) -> None:
    for one in waiting:
        for _, state in one.photos:
            if isinstance(state, Future):
                state.cancel()
