"""Who else on the staff resembles a template, as far as somebody may be told."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Row, select

from enrollment import duplicates, template
from enrollment.likeness import Likeness, of_templates
from service.db.session import Database
from service.db.tables import Employee, Unit
from service.employee_rows import find_employee
from service.gallery_sync import GallerySync
from service.reach import Reach

LOOKALIKES_TOLD: Final = 5


@dataclass(frozen=True, slots=True)
class LooksLike:
    """Without NIP, name and unit: somebody outside the reach of whoever enrols.

    unit : its name; None for somebody in no unit.
    likeness : the similarity in a word, as enrollment.likeness has it.
    """

    nip: str | None
    name: str | None
    similarity: float
    unit: str | None
    likeness: Likeness


class Lookalikes:
    """Safe for use by many threads.

    similarity : from where a template looks like somebody else's; None for what was measured for the gallery's
        encoders.
    """

    def __init__(self, db: Database, gallery: GallerySync, similarity: float | None = None) -> None:
        self._db = db
        self._gallery = gallery
        self._encoders = gallery.encoders
        measured = duplicates.DUPLICATE_SIMILARITY[frozenset(template.encoder_names(gallery.encoders))]
        self._similarity = measured if similarity is None else similarity

    def of(self, nip: str, made: template.Template, reach: Reach) -> tuple[LooksLike, ...]:
        """Those told: the most similar, those outside the reach first so that none of them is left out."""
        with self._db.read() as session:
            employee = find_employee(session, nip)
        with self._gallery.reading() as gallery:
            found = duplicates.find(
                gallery, made, excluding=employee.id if employee else None, threshold=self._similarity
            )
        ids = [one.key for one in found]
        with self._db.read() as session:
            there = set(session.scalars(select(Employee.id).where(Employee.id.in_(ids))))
            within = {
                row.id: row
                for row in session.execute(
                    select(Employee.id, Employee.nip, Employee.name, Unit.name.label("unit"))
                    .outerjoin(Employee.unit)
                    .where(Employee.id.in_(ids), reach.people)
                )
            }
        found.sort(key=lambda one: one.key in within)
        return tuple(self._told(one.similarity, within.get(one.key)) for one in found if one.key in there)[
            :LOOKALIKES_TOLD
        ]

    def with_own(self, nip: str, made: template.Template) -> float | None:
        """The similarity of a new template to the employee's in use; None where there is none."""
        with self._db.read() as session:
            employee = find_employee(session, nip)
        with self._gallery.reading() as gallery:
            if employee is None or employee.id not in gallery:
                return None
            return float(np.max(gallery.vectors(employee.id) @ made.vectors.T))

    def _told(self, similarity: float, who: Row[int, str, str, str] | None) -> LooksLike:
        word = of_templates(similarity, self._encoders)
        if who is None:
            return LooksLike(None, None, round(similarity, 4), None, word)
        return LooksLike(who.nip, who.name, round(similarity, 4), who.unit, word)
