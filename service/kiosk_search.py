"""Who stands before a kiosk: a search among the people of its site, and under a stricter bar among all others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select

from models.gallery import Gallery
from models.identification import Candidate, named, search_margin, search_threshold
from service.db.session import Database
from service.db.site_tables import Site, SiteOfEmployee
from service.db.tables import Employee
from service.gallery_sync import GallerySync
from service.reach import unit_and_below


@dataclass(frozen=True, slots=True)
class Outcome:
    """`employee_id`: who it is, or None. `findings`: the numbers behind it, which name nobody."""

    employee_id: int | None
    findings: dict[str, Any]


class KioskSearch:
    """Safe for use by many threads."""

    def __init__(
        self,
        db: Database,
        gallery: GallerySync,
        encoders: tuple[str, ...],
        *,
        threshold: Callable[[int], float],
    ) -> None:
        """`threshold`: of a single comparison, with a template made of so many photos."""
        self._db = db
        self._gallery = gallery
        self._encoders = encoders
        self._threshold = threshold
        self._margin = search_margin(encoders)

    def search(self, site: Site, descriptor: NDArray[np.float32]) -> Outcome:
        """descriptor : (dim,) float32, the encoders' unit vectors."""
        present = self._people_of(site)
        with self._gallery.reading() as gallery:
            here = sum(1 for employee_id in present if employee_id in gallery)
            # Nobody below it is named, nor stands in the way of who is.
            floor = self._bar(1, here) - self._margin
            candidates = [
                Candidate(
                    employee_id,
                    similarity,
                    self._bar(
                        self._gallery.photos_of(employee_id), here if employee_id in present else len(gallery)
                    ),
                )
                for employee_id, similarity in self._most_similar(gallery, descriptor, floor)
            ]
            everybody = len(gallery)
        found = named(candidates, self._margin)
        return Outcome(
            found.key if found else None, _findings(candidates, present, here, everybody, self._margin)
        )

    def _people_of(self, site: Site) -> set[int]:
        """Who works at the site: its unit and all below, and those to whom it was given beside their own."""
        given = select(SiteOfEmployee.employee_id).where(SiteOfEmployee.site_id == site.id)
        works_here = or_(Employee.unit_id.in_(unit_and_below(site.unit_id)), Employee.id.in_(given))
        with self._db.read() as session:
            return set(session.scalars(select(Employee.id).where(works_here, Employee.active)))

    def _most_similar(
        self, gallery: Gallery[int], descriptor: NDArray[np.float32], floor: float
    ) -> list[tuple[int, float]]:
        """Everybody from the floor on, without those who have left."""
        similar = gallery.above(descriptor, floor)
        ids = [employee_id for employee_id, _ in similar]
        with self._db.read() as session:
            active = set(session.scalars(select(Employee.id).where(Employee.id.in_(ids), Employee.active)))
        return [one for one in similar if one[0] in active]

    def _bar(self, photos: int, people: int) -> float:
        return search_threshold(self._threshold(photos), self._encoders, people)


def _findings(
    candidates: list[Candidate[int]], present: set[int], here: int, everybody: int, margin: float
) -> dict[str, Any]:
    findings: dict[str, Any] = {"people_of_site": here, "people": everybody, "margin_wanted": margin}
    if candidates:
        best, *others = candidates
        runner_up = others[0].similarity if others else None
        findings |= {
            "similarity": round(best.similarity, 4),
            "threshold": round(best.threshold, 4),
            "of_the_site": best.key in present,
            "runner_up": None if runner_up is None else round(runner_up, 4),
            "margin": None if runner_up is None else round(best.similarity - runner_up, 4),
        }
    return findings
