"""Commands about faces: enrolment, identification, verification, the gallery."""

from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli_output import in_words, json_option, progress, say, say_json, say_table

if TYPE_CHECKING:
    from enrollment.bulk import Scan
    from models.engine import FaceReading
    from service.bulk_enrolment import BulkReport
    from service.settings import Settings

CANDIDATES = 5

existing_path = click.Path(exists=True, path_type=Path)
existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=existing_path)
@click.option("--nip", help="The photos in PATHS (files or a folder of them) are this person's.")
@click.option(
    "--create-missing", is_flag=True, help="Add people who are not on the roster, named by their NIP."
)
@click.option(
    "--confirm-duplicates", is_flag=True, help="Enrol people who look like somebody who is enrolled."
)
@click.option("--consent", is_flag=True, help="Record that everyone has agreed to the text on the page.")
@json_option
def enrol(
    paths: tuple[Path, ...],
    nip: str | None,
    create_missing: bool,
    confirm_duplicates: bool,
    consent: bool,
    as_json: bool,
) -> None:
    """Enrol people from photos: a folder or a ZIP of NIP/*.jpg, or one person's photos with --nip.

    At most five photos a person are used, the first by name. An interrupted run can be run again: who is
    enrolled by the same photos is skipped.
    """
    from enrollment import bulk
    from service import wiring
    from service.bulk_enrolment import BulkEnrolment
    from service.consent import Consented
    from service.settings import load_settings

    if nip is None and len(paths) != 1:
        raise click.UsageError("give one folder or ZIP, or say with --nip whose photos they are")
    with ExitStack() as stack:
        found = stack.enter_context(bulk.scan(paths[0])) if nip is None else bulk.photos_of(nip, paths)
        services = stack.enter_context(wiring.running(load_settings()))
        update = stack.enter_context(progress("Enrolling"))
        enrolment = BulkEnrolment(
            services.db,
            services.pool,
            services.enrolment,
            at_once=2 * services.settings.workers,
            clock=services.clock,
            consent=Consented(services.settings.language) if consent else None,
        )
        report = enrolment.enrol_many(
            found.people,
            create_missing=create_missing,
            confirm_duplicates=confirm_duplicates,
            progress=update,
        )
    if as_json:
        say_json({**asdict(report), "files_refused": [asdict(file) for file in found.refused]})
    else:
        _show_enrolments(found, report)
        if not consent and report.enrolled:
            say("No consent was recorded. Has everyone agreed? Then run this again with --consent.")
    if report.refused and not report.enrolled and not report.skipped:
        raise click.ClickException("Nobody was enrolled.")


def _show_enrolments(found: "Scan", report: "BulkReport") -> None:
    rows: list[tuple[str, str, str]] = []
    for refused in report.refused:
        reasons = [in_words(code) for code in refused.reasons]
        reasons += [f"{one.nip} {one.name} ({one.similarity:.3f})" for one in refused.lookalikes]
        rows.append((refused.nip, "", " ".join(reasons)))
    left_out = [(person.nip, photo) for person in report.refused for photo in person.photos]
    left_out += [(person.nip, photo) for person in report.enrolled for photo in person.left_out]
    rows += [(nip, photo.name, " ".join(map(in_words, photo.problems))) for nip, photo in left_out]
    rows += [(file.nip or "", file.name, in_words(file.reason)) for file in found.refused]
    if rows:
        say_table("Not used", ("NIP", "File", "Why"), sorted(rows))
    say(
        f"{len(report.enrolled)} enrolled ({len(report.created)} new on the roster), "
        f"{len(report.skipped)} already enrolled by these photos, {len(report.refused)} refused."
    )


@click.command()
@click.argument("image", type=existing_file)
@json_option
def identify(image: Path, as_json: bool) -> None:
    """Who on the staff looks most like the face in IMAGE?"""
    from service import people, wiring
    from service.settings import load_settings

    settings = load_settings()
    reading = _read(settings, image)
    with closing(wiring.build(settings)) as services:
        services.gallery.check_encoders()
        with services.gallery.reading() as gallery:
            keys, similarities = gallery.identify(reading.descriptor[None], k=CANDIDATES)
            found = [
                (key, float(s), wiring.match_threshold(settings, services.gallery.photos_of(key)))
                for key, s in zip(keys[0], similarities[0], strict=True)
                if key is not None
            ]
        names = people.names_of(services.db, [key for key, _, _ in found])
    candidates = [
        {
            **asdict(names[key]),
            "similarity": round(similarity, 4),
            "threshold": threshold,
            "match": similarity >= threshold,
        }
        for key, similarity, threshold in found
        if key in names
    ]
    if as_json:
        say_json({"candidates": candidates})
        return
    if not candidates:
        say("Nobody is enrolled.")
        return
    rows = [
        (
            one["nip"],
            one["name"],
            f"{one['similarity']:.3f}",
            f"{one['threshold']:.3f}",
            "yes" if one["match"] else "no",
        )
        for one in candidates
    ]
    say_table("Most similar", ("NIP", "Name", "Similarity", "Threshold", "Match"), rows)


@click.command()
@click.argument("nip")
@click.argument("image", type=existing_file)
@json_option
def verify(nip: str, image: Path, as_json: bool) -> None:
    """Is the face in IMAGE that of the employee with this NIP, as a check-in would see it?"""
    from service import employee_rows, policy, wiring
    from service.settings import load_settings

    settings = load_settings()
    with closing(wiring.build(settings)) as services:
        services.gallery.check_encoders()
        with services.db.read() as session:
            employee = employee_rows.employee_row(session, nip)
        with services.gallery.reading() as gallery:
            enrolled = employee.id in gallery
        if not enrolled:
            raise click.ClickException("This employee is not enrolled.")
        reading = _read(settings, image)
        with services.gallery.reading() as gallery:
            own = gallery.verify(employee.id, reading.descriptor)
            threshold = wiring.match_threshold(settings, services.gallery.photos_of(employee.id))
            keys, similarities = gallery.identify(reading.descriptor[None], k=2)
    rivals = [
        float(s) for key, s in zip(keys[0], similarities[0], strict=True) if key not in (None, employee.id)
    ]
    match = policy.Match(own, threshold, rival=rivals[0] if rivals else None)
    if as_json:
        numbers = {name: None if value is None else round(value, 4) for name, value in asdict(match).items()}
        say_json({"nip": employee.nip, "verdict": match.verdict, **numbers})
        return
    rival = "" if match.rival is None else f", nearest other employee {match.rival:.3f}"
    say(f"{match.verdict}: similarity {own:.3f}, threshold {match.threshold:.3f}{rival}")


@click.group()
def gallery() -> None:
    """All templates together."""


@gallery.command()
@json_option
def stats(as_json: bool) -> None:
    """How many are enrolled, by which encoders, and who look most alike."""
    from service import wiring
    from service.gallery_stats import gallery_stats
    from service.settings import load_settings

    with closing(wiring.build(load_settings())) as services:
        found = gallery_stats(services.db, services.gallery)
    if as_json:
        say_json(asdict(found))
        return
    say(f"{found.enrolled} of {found.employees} employees are enrolled, by {found.encoders}.")
    say(f"{found.photos} photos are stored.")
    for other, count in found.templates.items():
        if other != found.encoders:
            say(
                f"{count} templates are of other encoders ({other}); `hadir reembed` makes those that are missing."
            )
    if found.broken_templates:
        say(f"{found.broken_templates} templates can't be opened: enrol these people again.")
    rows = [
        (
            f"{pair.first.nip} {pair.first.name}",
            f"{pair.second.nip} {pair.second.name}",
            f"{pair.similarity:.3f}",
        )
        for pair in found.closest_pairs
    ]
    if rows:
        say_table("Most alike", ("One", "The other", "Similarity"), rows)
        say(f"From a similarity of {found.duplicate_similarity:.3f} on, one person under two NIPs is likely.")


@click.command()
@json_option
def reembed(as_json: bool) -> None:
    """Make templates for the encoders of HADIR_ENCODERS from the stored photos. Can be interrupted."""
    from service import people, wiring
    from service.reembedding import Reembedding
    from service.settings import load_settings

    with ExitStack() as stack:
        # Not wiring.running: it refuses to start on templates of other encoders, which are why this is called.
        services = stack.enter_context(closing(wiring.build(load_settings())))
        services.pool.start()
        update = stack.enter_context(progress("Reading stored photos"))
        report = Reembedding(
            services.db,
            services.ring,
            services.evidence,
            services.pool,
            encoders=services.gallery.encoders,
            at_once=2 * services.settings.workers,
            clock=services.clock,
        ).run(update)
        names = people.names_of(services.db, [one.employee_id for one in report.failed])
    failed = [(names[one.employee_id].nip, one.reasons) for one in report.failed if one.employee_id in names]
    if as_json:
        told = [{"nip": nip, "reasons": reasons} for nip, reasons in failed]
        say_json({"renewed": report.renewed, "skipped": report.skipped, "failed": told})
        return
    if failed:
        rows = [(nip, " ".join(map(in_words, reasons))) for nip, reasons in failed]
        say_table("To be enrolled anew", ("NIP", "Why"), rows)
    say(f"{report.renewed} templates made, {report.skipped} were there, {len(failed)} could not be made.")


def _read(settings: "Settings", image: Path) -> "FaceReading":
    from models.engine import FaceEngine
    from models.image import MAX_BYTES

    with image.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    return FaceEngine(settings.encoders, weights_dir=settings.weights_dir).read(data)
