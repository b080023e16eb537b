"""Was a picture of a check-in sent before, with an earlier one or as an enrolment photo?

Compared with all earlier selfies and frames of the same employee and with their enrolment photos; with other
people's selfies by an equal perceptual hash alone, which an index finds.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.engine import FaceReading
from models.image import hash_distance
from models.repeats import REPEAT_BITS, REPEAT_HASH_BITS, Fingerprint, bits_apart, from_bytes, to_bytes
from service.db.print_tables import CheckinPrints
from service.db.tables import Checkin, Photo
from service.inference_worker import SittingReading
from service.kiosk_images import disowned_for

WITHIN: Final = timedelta(days=90)
# Two check-ins a day, and as many again.
MOST_EARLIER: Final = 360


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is compared of one check-in: of the selfie, then of each frame with a face.

    hashes : 64-bit perceptual hashes. prints : (n, 6, 4) uint64, `models.repeats.fingerprint`.
    """

    hashes: tuple[int, ...]
    prints: Fingerprint

    @classmethod
    def of(cls, reading: FaceReading | SittingReading) -> "Pictures":
        if isinstance(reading, FaceReading):
            return cls((reading.phash,), reading.fingerprint[None])
        selfie, frames = reading.selfie, reading.frames
        return cls(
            (selfie.phash, *(frame.phash for frame in frames)),
            np.stack([selfie.fingerprint, *(frame.fingerprint for frame in frames)]),
        )

    @property
    def picture(self) -> str:
        return f"{self.hashes[0]:016x}"


@dataclass(frozen=True, slots=True)
class Repeat:
    """picture : 0 is the selfie, 1 the first frame with a face. of : the id of the check-in that it repeats, or
    "enrolment_photo". bits : in how many the two fingerprints differ."""

    picture: int
    of: str
    bits: int


def find(session: Session, row: Checkin, pictures: Pictures) -> list[Repeat]:
    """Of each picture the earlier one that is nearest to it, if it is the same.

    Whom a kiosk took for somebody else before is in the same picture rightly.
    """
    found = [*_of_own(session, row, pictures), *_of_enrolment(session, row, pictures)]
    found += _of_others(session, row, pictures)
    nearest: dict[int, Repeat] = {}
    for one in sorted(found, key=lambda repeat: repeat.bits):
        nearest.setdefault(one.picture, one)
    return [nearest[picture] for picture in sorted(nearest)]


def keep(session: Session, row: Checkin, pictures: Pictures) -> None:
    session.merge(
        CheckinPrints(
            checkin_id=row.id,
            employee_id=row.employee_id,
            received_at=row.received_at,
            picture=pictures.picture,
            prints=to_bytes(pictures.prints),
        )
    )


def forget(session: Session, checkin_ids: Sequence[str]) -> list[bytes]:
    """Remove the fingerprints of check-ins whose pictures go. Gives the hashes that were there."""
    gone = delete(CheckinPrints).where(CheckinPrints.checkin_id.in_(checkin_ids))
    return [one.encode() for one in session.scalars(gone.returning(CheckinPrints.picture))]


def told(repeats: Sequence[Repeat]) -> list[dict[str, Any]]:
    """As the findings of a check-in hold them, the picture in a word."""
    return [{**asdict(one), "picture": "frame" if one.picture else "selfie"} for one in repeats]


def _of_own(session: Session, row: Checkin, pictures: Pictures) -> list[Repeat]:
    """A retake that its owner now sends for a person to look at is the same picture rightly."""
    earlier = session.execute(
        select(CheckinPrints.checkin_id, CheckinPrints.prints)
        .join(Checkin, Checkin.id == CheckinPrints.checkin_id)
        .where(
            CheckinPrints.employee_id == row.employee_id,
            CheckinPrints.checkin_id != row.id,
            CheckinPrints.received_at > row.received_at - WITHIN,
            Checkin.status != "retake",
            CheckinPrints.checkin_id.not_in(disowned_for(row.id)),
        )
        .order_by(CheckinPrints.received_at.desc())
        .limit(MOST_EARLIER)
    ).all()
    if not earlier:
        return []
    prints = [from_bytes(data) for _, data in earlier]
    whose = [checkin_id for (checkin_id, _), each in zip(earlier, prints, strict=True) for _ in each]
    apart = bits_apart(pictures.prints, np.concatenate(prints))
    return [
        Repeat(picture, whose[at], int(apart[picture, at]))
        for picture, at in enumerate(apart.argmin(axis=1))
        if apart[picture, at] <= REPEAT_BITS
    ]


def _of_enrolment(session: Session, row: Checkin, pictures: Pictures) -> list[Repeat]:
    photos = session.scalars(select(Photo.phash).where(Photo.employee_id == row.employee_id)).all()
    return [
        Repeat(picture, "enrolment_photo", bits)
        for picture, own in enumerate(pictures.hashes)
        for photo in photos
        if own and (bits := hash_distance(own, int(photo, 16))) <= REPEAT_HASH_BITS
    ]


def _of_others(session: Session, row: Checkin, pictures: Pictures) -> list[Repeat]:
    same = session.scalar(
        select(CheckinPrints.checkin_id)
        .where(
            CheckinPrints.picture == pictures.picture,
            CheckinPrints.employee_id != row.employee_id,
            CheckinPrints.received_at > row.received_at - WITHIN,
            CheckinPrints.checkin_id.not_in(disowned_for(row.id)),
        )
        .limit(1)
    )
    return [Repeat(0, same, 0)] if same and pictures.hashes[0] else []
