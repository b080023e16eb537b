"""`hadir demo`: a made-up organisation, in a temporary folder, with a real database, pool and use cases.

Everybody is enrolled by all their photos but the last, and checks in with that one. Then each of these last
photos is sent as somebody else's selfie: as that of whoever it resembles most, and of somebody at random. People
who are not enrolled try too.
"""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
from sqlalchemy import select

from enrollment import bulk
from enrollment.bulk import PersonPhotos, PhotoSource
from models.image import decode, encode_jpeg
from service import wiring
from service.bulk_enrolment import BulkEnrolment, BulkReport
from service.checkins import Submission
from service.db.tables import Checkin, Employee
from service.demo_report import Attempt, DemoReport
from service.i18n import N_
from service.settings import Settings
from service.storage_errors import StartRefused

Progress = Callable[[int, int], None]
Kind = Literal["genuine", "nearest", "random", "stranger"]

ASTRONAUT = "astronaut"
# Long enough for any machine to decide; nothing here waits in line.
ANSWER_WAIT_S = 120
SEED = 20261124


class NoPhotos(StartRefused):
    code = "no_photos"
    detail = N_(
        "There are no photos to try with. Install scikit-image for its portrait, or name a folder of photos."
    )


@dataclass(frozen=True, slots=True)
class Participant:
    """`enrolled_by`: the photos of the enrolment; `probe`: the photo of the check-in, None of a single photo."""

    nip: str
    enrolled_by: tuple[PhotoSource, ...]
    probe: PhotoSource | None


@dataclass(frozen=True, slots=True)
class Claim:
    """`probe` is sent as a selfie of the employee with this id."""

    kind: Kind
    probe_of: str
    probe: PhotoSource
    employee_id: int


def run_demo(faces: Path | None, *, people: int | None, progress: Progress | None = None) -> DemoReport:
    """Enrol, check in, and count.

    faces : a folder with a folder of photos a person; besides, there is the portrait that scikit-image brings.
    people : at most so many of `faces` are enrolled, those with several photos first; the others are strangers.

    Raises
    ------
    NoPhotos, enrollment.bulk.BulkError, and StartRefused.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        found = stack.enter_context(bulk.scan(faces)).people if faces is not None else ()
        chosen, strangers = choose(found, people)
        participants = [*astronaut(), *(participant(person) for person in chosen)]
        if not participants:
            raise NoPhotos
        folder = stack.enter_context(TemporaryDirectory(prefix="hadir-demo-"))
        # Nothing of an installation that the environment may describe, but its choice of encoders and threshold.
        settings = Settings(data_dir=Path(folder), database_url=None, keys=None, answer_wait_s=ANSWER_WAIT_S)
        services = stack.enter_context(wiring.running(settings))
        services.checkins.start()
        step = _steps(progress, total=4 * len(participants) + min(len(strangers), len(participants)))
        enrolments = _enrol(services, participants, step)
        attempts = _check_in(services, participants, strangers[: len(participants)], step)
    return DemoReport(
        people=len(participants),
        enrolments=enrolments,
        attempts=tuple(attempts),
        threshold=wiring.match_threshold(settings, photos=1),
        seconds=time.perf_counter() - began,
    )


def choose(found: Sequence[PersonPhotos], limit: int | None) -> tuple[list[PersonPhotos], list[PersonPhotos]]:
    """Who is enrolled, and who stays a stranger: people with several photos are enrolled first."""
    ranked = sorted(found, key=lambda person: (len(person.photos) == 1, person.nip))
    return ranked[:limit], ranked[len(ranked[:limit]) :]


def participant(person: PersonPhotos) -> Participant:
    """All photos but the last are for the enrolment; a single one too, and then there is none to check in with."""
    if len(person.photos) == 1:
        return Participant(person.nip, person.photos, None)
    return Participant(person.nip, person.photos[:-1], person.photos[-1])


def astronaut() -> list[Participant]:
    """Eileen Collins, whose portrait scikit-image ships; nobody where it isn't installed."""
    package = find_spec("skimage")
    portrait = Path(package.origin).parent / "data" / "astronaut.png" if package and package.origin else None
    if portrait is None or not portrait.is_file():
        return []
    enrolled = PhotoSource("astronaut.png", portrait.read_bytes)
    probe = PhotoSource("astronaut relit.jpg", lambda: relit(portrait.read_bytes()))
    return [Participant(ASTRONAUT, (enrolled,), probe)]


def relit(image: bytes) -> bytes:
    """The picture as a phone might have taken it in other light: cut a little, darker on one side, compressed."""
    rgb = decode(image)[10:, 6:-14].astype(np.float32) / 255
    light = np.linspace(0.75, 1.05, rgb.shape[1], dtype=np.float32)[None, :, None]
    return encode_jpeg(np.rint(255 * np.clip(rgb**1.15 * light, 0, 1)).astype(np.uint8), quality=75)


def _steps(progress: Progress | None, total: int) -> Callable[[], None]:
    done = iter(range(1, total + 1))

    def step() -> None:
        number = next(done, total)
        if progress is not None:
            progress(number, total)

    return step


def _enrol(
    services: wiring.Services, participants: Sequence[Participant], step: Callable[[], None]
) -> BulkReport:
    enrolment = BulkEnrolment(
        services.db,
        services.pool,
        services.enrolment,
        at_once=2 * services.settings.workers,
        clock=services.clock,
    )
    people = [PersonPhotos(one.nip, one.enrolled_by) for one in participants]
    return enrolment.enrol_many(people, create_missing=True, progress=lambda _done, _total: step())


def _check_in(
    services: wiring.Services,
    participants: Sequence[Participant],
    strangers: Sequence[PersonPhotos],
    step: Callable[[], None],
) -> list[Attempt]:
    with services.gallery.reading() as gallery:
        enrolled = set(gallery.keys())
    with services.db.read() as session:
        rows = session.execute(select(Employee.nip, Employee.id).where(Employee.id.in_(enrolled)))
        ids = {row.nip: row.id for row in rows}
    genuine = [
        Claim("genuine", one.nip, one.probe, ids[one.nip])
        for one in participants
        if one.probe is not None and one.nip in ids
    ]
    with ThreadPoolExecutor(2 * services.settings.workers) as threads:

        def attempt(claim: Claim) -> Attempt:
            made = _attempt(services, claim)
            step()
            return made

        attempts = list(threads.map(attempt, genuine))
        others = list(_impostors(genuine, attempts, ids, strangers))
        attempts += threads.map(attempt, others)
    return attempts


def _impostors(
    genuine: Sequence[Claim],
    attempts: Sequence[Attempt],
    ids: dict[str, int],
    strangers: Sequence[PersonPhotos],
) -> Iterator[Claim]:
    """Each probe as whoever else it resembles most, and as somebody at random; each stranger as somebody."""
    chance = random.Random(SEED)  # noqa: S311 - for a sample, the same one each time
    employee_ids = sorted(ids.values())
    for claim, attempt in zip(genuine, attempts, strict=True):
        if attempt.nearest_other is not None:
            yield Claim("nearest", claim.probe_of, claim.probe, attempt.nearest_other)
        others = [employee_id for employee_id in employee_ids if employee_id != claim.employee_id]
        if others:
            yield Claim("random", claim.probe_of, claim.probe, chance.choice(others))
    for person in strangers:
        if employee_ids:
            yield Claim("stranger", person.nip, person.photos[-1], chance.choice(employee_ids))


def _attempt(services: wiring.Services, claim: Claim) -> Attempt:
    now = services.clock()
    submission = Submission(
        id=uuid.uuid4(), kind="auto", captured_at=now, selfie=claim.probe.read(), frames=(), meta={}
    )
    services.checkins.submit(claim.employee_id, submission, now)
    with services.db.read() as session:
        row = session.get_one(Checkin, str(submission.id))
    findings = row.findings or {}
    rivals = findings.get("rivals", [])
    return Attempt(
        kind=claim.kind,
        probe_of=claim.probe_of,
        status=row.status,
        reasons=tuple(row.reasons),
        verdict=findings.get("verdict"),
        similarity=findings.get("similarity"),
        nearest_other=rivals[0]["employee_id"] if rivals else None,
        nearest_similarity=rivals[0]["similarity"] if rivals else None,
    )
