"""The enrolment of a ZIP of photos as long work."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from enrollment.bulk import BulkError, scan_zip
from service.bulk_enrolment import BulkEnrolment
from service.consent import Consented
from service.db.session import Database
from service.enrolment import Enrolment
from service.i18n import Language
from service.jobs import Handler, Work
from service.people import names_by_nip
from service.photo_reading import Reader

KIND: Final = "enrolments"
# Of each list in a report: nobody reads more, and the numbers are whole.
MOST_LISTED: Final = 1000


def enrolments_handler(
    db: Database, pool: Reader, enrolment: Enrolment, *, at_once: int, clock: Callable[[], datetime]
) -> Handler:
    """`at_once`: photos that are read at the same time."""

    def handle(work: Work) -> dict[str, Any]:
        language: Language = work.options["language"]
        bulk = BulkEnrolment(
            db,
            pool,
            enrolment,
            at_once=at_once,
            clock=clock,
            consent=Consented(language),
            reach=work.reach,
            by=work.by,
        )
        try:
            with scan_zip(work.data) as found:
                report = bulk.enrol_many(found.people, progress=work.progress)
        except BulkError as bad:
            return {"refused": bad.reason}
        names = names_by_nip(db, [one.nip for one in report.refused[:MOST_LISTED]], reach=work.reach)
        return {
            "enrolled": len(report.enrolled),
            "skipped": len(report.skipped),
            "not_enrolled": len(report.refused),
            "left_out": [
                {"nip": one.nip, **asdict(photo)} for one in report.enrolled for photo in one.left_out
            ][:MOST_LISTED],
            "refused_people": [
                asdict(one) | {"name": names.get(one.nip)} for one in report.refused[:MOST_LISTED]
            ],
            "refused_files": [asdict(one) for one in found.refused[:MOST_LISTED]],
        }

    return handle
