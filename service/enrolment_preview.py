"""What an enrolment would be, before anything of it is saved: all photos judged together and compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrollment import template
from enrollment.acceptance import Acceptance, judge
from enrollment.likeness import Likeness, of_photos, of_templates
from models.engine import FaceReading
from service.db.session import Database
from service.employee_rows import managed_row
from service.enrolment import PhotoOutcome, outcomes_of
from service.gallery_sync import GallerySync
from service.lookalikes import Lookalikes, LooksLike
from service.photo_reading import Reader, read_photos
from service.reach import EVERYBODY, Reach


@dataclass(frozen=True, slots=True)
class Compared:
    """A similarity, -1..1, and what it means."""

    similarity: float
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Preview:
    """
    photos : each of them, in the order given.
    set_problems : why the set is unfit; then there is nothing else but `among`.
    among : the least similarity between any two fit photos; None with fewer than two.
    enrolled : the template that they would make against the one in use; None where there is none.
    lookalikes : who else resembles it, to be looked at before it is saved.
    """

    nip: str
    photos: tuple[PhotoOutcome, ...]
    set_problems: tuple[str, ...]
    template_photos: int = 0
    among: Compared | None = None
    enrolled: Compared | None = None
    lookalikes: tuple[LooksLike, ...] = ()

    @property
    def may_be_saved(self) -> bool:
        """By whoever has this reach, once they have looked at all look-alikes."""
        return not self.set_problems and all(one.nip is not None for one in self.lookalikes)


class EnrolmentPreview:
    """Safe for use by many threads."""

    def __init__(self, db: Database, pool: Reader, gallery: GallerySync) -> None:
        self._db = db
        self._pool = pool
        self._encoders = gallery.encoders
        self._lookalikes = Lookalikes(db, gallery)

    def preview(self, nip: str, photos: Sequence[bytes], *, reach: Reach = EVERYBODY) -> Preview:
        """Raises UnknownEmployee, OwnRecord, PoolFull or EngineFailed."""
        with self._db.read() as session:
            nip = managed_row(session, nip, reach).nip
        read = [photo.outcome for photo in read_photos(self._pool, photos)]
        acceptance = judge(read)
        outcomes, among = outcomes_of(acceptance), self._among(acceptance)
        if acceptance.set_problems:
            return Preview(nip, outcomes, acceptance.set_problems, among=among)
        accepted = [read[index] for index in acceptance.accepted]
        made = template.fuse([reading for reading in accepted if isinstance(reading, FaceReading)])
        return Preview(
            nip,
            outcomes,
            (),
            template_photos=made.photos,
            among=among,
            enrolled=self._against_earlier(nip, made),
            lookalikes=self._lookalikes.of(nip, made, reach),
        )

    def _among(self, acceptance: Acceptance) -> Compared | None:
        least = acceptance.similarity
        return None if least is None else _compared(least, of_photos(least, self._encoders))

    def _against_earlier(self, nip: str, made: template.Template) -> Compared | None:
        own = self._lookalikes.with_own(nip, made)
        return None if own is None else _compared(own, of_templates(own, made.encoders))


def _compared(similarity: float, likeness: Likeness) -> Compared:
    return Compared(round(similarity, 4), likeness)
