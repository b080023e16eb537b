"""What the gallery holds, and who in it look most alike."""

from dataclasses import dataclass

from sqlalchemy import func, select

from enrollment.duplicates import DUPLICATE_SIMILARITY
from enrollment.template import encoder_names
from service import people
from service.db.session import Database
from service.db.tables import Employee, Photo, Template
from service.gallery_sync import GallerySync

PAIRS = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two employees, by NIP and name, and how alike their templates are."""

    first: people.Named
    second: people.Named
    similarity: float


@dataclass(frozen=True, slots=True)
class GalleryStats:
    """
    enrolled : employees with a template of the encoders in use.
    templates : how many there are, by encoders.
    broken_templates : of the encoders in use, how many can't be opened.
    duplicate_similarity : from where two templates are taken for one person's.
    """

    employees: int
    enrolled: int
    encoders: str
    templates: dict[str, int]
    broken_templates: int
    photos: int
    duplicate_similarity: float
    closest_pairs: tuple[Pair, ...]


def gallery_stats(db: Database, sync: GallerySync) -> GalleryStats:
    with db.read() as session:
        employees = session.scalar(select(func.count()).select_from(Employee)) or 0
        photos = session.scalar(select(func.count()).select_from(Photo)) or 0
        by_encoders = session.execute(select(Template.encoders, func.count()).group_by(Template.encoders))
        templates = {row[0]: row[1] for row in by_encoders}
    with sync.reading() as gallery:
        enrolled, broken = len(gallery), len(sync.broken)
        pairs = gallery.closest_pairs(count=PAIRS)
    names = people.names_of(db, [key for pair in pairs for key in pair[:2]])
    return GalleryStats(
        employees=employees,
        enrolled=enrolled,
        encoders=sync.encoders,
        templates=templates,
        broken_templates=broken,
        photos=photos,
        duplicate_similarity=DUPLICATE_SIMILARITY[frozenset(encoder_names(sync.encoders))],
        closest_pairs=tuple(
            Pair(names[a], names[b], round(similarity, 4))
            for a, b, similarity in pairs
            if a in names and b in names
        ),
    )
