"""Commands about the protection of data: keys, erasure, retention."""

from contextlib import closing
from dataclasses import asdict

import click

from service.cli_output import json_option, progress, say, say_json, say_table


@click.group()
def keys() -> None:
    """The keys that templates and images are sealed with."""


@keys.command()
@click.option("--new-key", is_flag=True, help="Make a new key also when an earlier rotation is unfinished.")
@json_option
def rotate(new_key: bool, as_json: bool) -> None:
    """Seal everything with a new key, while the service runs, and drop the old keys.

    An interrupted rotation is gone on with by the same command. With keys from HADIR_KEYS everything is sealed
    with the one that is current there.
    """
    from service import people, wiring
    from service.key_rotation import KeyRotation
    from service.settings import load_settings

    settings = load_settings()
    with closing(wiring.build(settings)) as services, progress("Sealing anew") as update:
        folder = None if settings.keys is not None else settings.keys_dir
        rotation = KeyRotation(services.db, services.evidence, services.ring, folder)
        report = rotation.run(add_key=new_key, progress=update)
        owners = [one.owner for one in report.broken if one.kind == "template" and isinstance(one.owner, int)]
        names = people.names_of(services.db, owners)
    broken = [
        (one.kind, names[one.owner].nip if one.kind == "template" and one.owner in names else str(one.owner))
        for one in report.broken
    ]
    if as_json:
        say_json(
            {
                "current": report.current,
                "resealed": dict(report.resealed),
                "broken": [{"kind": kind, "owner": owner} for kind, owner in broken],
                "dropped": report.dropped,
                "kept": report.kept,
            }
        )
    else:
        if broken:
            say_table("Can't be opened, and left as they are", ("What", "Whose"), broken)
        done = ", ".join(f"{count} {KINDS[kind]}" for kind, count in sorted(report.resealed.items()) if count)
        say(f"Sealed anew with the key {report.current}: {done or 'nothing'}.")
        if report.dropped and folder is None:
            say(f"Nothing is sealed with {', '.join(report.dropped)} now: take it out of HADIR_KEYS.")
        elif report.dropped:
            say(f"Dropped: {', '.join(report.dropped)}.")
        if report.kept:
            say(f"Kept, because what can't be opened names it: {', '.join(report.kept)}.")
    if broken:
        raise click.exceptions.Exit(1)


KINDS = {"template": "templates", "second_factor": "second factors", "evidence": "images"}


@click.command()
@click.argument("nip")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def erase(nip: str, yes: bool, as_json: bool) -> None:
    """Erase a person: photos, templates, images of check-ins, name and NIP, and the way to sign in.

    Their check-ins stay as a record of times and decisions, under a pseudonym. This can't be undone.
    """
    from service import people_search, wiring
    from service.settings import load_settings

    with closing(wiring.build(load_settings())) as services:
        person = people_search.get_person(services.db, nip)
        if not yes:
            click.confirm(f"Erase {person.name}, NIP {person.nip}, for good?", abort=True, err=True)
        erased = services.erasure.erase(nip, services.clock())
    if as_json:
        say_json(asdict(erased))
        return
    removed = erased.removed
    say(
        f"Erased: {removed.photos} photos, {removed.templates} templates, {removed.evidence} images of check-ins, "
        f"{removed.letters} letters. {erased.checkins} check-ins stay, as those of {erased.pseudonym}."
    )
    if not erased.purged:
        say(
            "The database's files may still hold traces: run `hadir retention run --rebuild` at a quiet hour."
        )


@click.group()
def retention() -> None:
    """How long images are kept (HADIR_EVIDENCE_DAYS)."""


@retention.command()
@click.option(
    "--rebuild", is_flag=True, help="Build the database file anew too, while everybody waits (SQLite)."
)
@json_option
def run(rebuild: bool, as_json: bool) -> None:
    """Remove the images that have been kept long enough, and those that belong to nothing.

    The running service does it too, once a day.
    """
    from service import wiring
    from service.settings import load_settings

    with closing(wiring.build(load_settings())) as services:
        report = services.retention.run(rebuild=rebuild)
    if as_json:
        say_json(asdict(report))
        return
    say(
        f"Removed: {report.images} images of {report.checkins} check-ins, {report.photos} photos that later ones "
        f"have replaced, {report.letters} letters, {report.orphans} files that belong to nothing."
    )
    if report.kept_waiting:
        say(f"{report.kept_waiting} older check-ins keep their images: nobody has decided them yet.")
    if not report.purged:
        say("The database was too busy to clear its files of what was removed. Run this again.")
