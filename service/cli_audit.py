"""Commands about the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.cli_output import Commands, json_option, progress, say, say_json, say_table

if TYPE_CHECKING:
    from service.audit import AuditKeys
    from service.audit_checkpoints import SigningKey
    from service.audit_decisions import DecisionCheck
    from service.audit_verification import Break, Verification
    from service.db.session import Database

# Apart from 1, "could not do it", and from 2, "not called like this".
EXIT_BROKEN = 3
BREAKS_SHOWN = 20

BREAK_WORDS = {
    "changed": "changed after it was written",
    "moved": "moved here from number {origin}",
    "inserted": "not written by the service",
    "deleted": "deleted",
    "truncated": "cut off at the end",
    "replaced": "does not follow the entry before: one of the two was replaced",
    "rewritten": "not what the head row or a checkpoint knows: rewritten",
    "head_missing": "the head row is gone, so that a cut end can't be seen",
    "head_forged": "the head row was not written by the service",
}


@dataclass(frozen=True, slots=True)
class _Trail:
    db: "Database"
    keys: "AuditKeys"
    signing: "SigningKey"


@click.group(cls=Commands)
def audit() -> None:
    """The trail of who did what, which shows when it was changed."""


@audit.command()
@click.option(
    "--checkpoint",
    "checkpoint_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File of signed checkpoints to compare with.",
)
@json_option
def verify(checkpoint_file: Path | None, as_json: bool) -> None:
    """Look for entries that were changed, deleted, moved, inserted or cut off, and for changed decisions.

    Exit code 0 when there are none, 3 when there are, 1 when it could not be found out.
    """
    from service import audit_checkpoints, audit_verification
    from service.audit_decisions import check_decisions

    with _trail() as trail, progress("Verifying") as update:
        checkpoints = (
            [] if checkpoint_file is None else audit_checkpoints.read_from(checkpoint_file, trail.signing)
        )
        result = audit_verification.verify(trail.db, trail.keys, checkpoints, progress=update)
        decisions = check_decisions(trail.db, trail.keys, progress=update)
    intact = result.intact and decisions.intact
    if as_json:
        say_json({"intact": intact, **asdict(result), "decisions": asdict(decisions)})
    else:
        _show(result)
        _show_decisions(decisions)
        if intact:
            say("Nothing was changed.")
    if not intact:
        raise click.exceptions.Exit(EXIT_BROKEN)


@audit.command()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help='File to add a line to, best on another machine; "-" writes it to standard output.',
)
@json_option
def checkpoint(output: Path, as_json: bool) -> None:
    """Sign where the trail stands now. Made regularly, nothing before it can be changed unseen."""
    from service import audit_checkpoints
    from service.clock import utc_now

    with _trail() as trail:
        parts = trail.db, trail.keys, trail.signing
        if output == Path("-"):
            click.echo(audit_checkpoints.take(*parts, utc_now()).to_line(), nl=False)
            return
        taken = audit_checkpoints.export(*parts, output, utc_now())
    if as_json:
        say_json({"sequence": taken.sequence, "entry_hash": taken.entry_hash, "key_id": taken.key_id})
    else:
        say(f"Checkpoint at entry {taken.sequence}, signed by key {taken.key_id}, added to {output}.")


@audit.command("public-key")
def public_key() -> None:
    """Print the key by which others can check the signatures, in PEM."""
    with _trail() as trail:
        say(trail.signing.public_pem().rstrip())


@contextmanager
def _trail() -> Iterator[_Trail]:
    """Of an installation that is there: nothing is made or migrated, or a misspelled folder would verify."""
    from service.audit import AuditKeys
    from service.audit_checkpoints import SigningKey
    from service.db.session import Database
    from service.settings import load_settings

    settings = load_settings()
    keys = AuditKeys.load(settings.keys_dir)
    signing = SigningKey.load(settings.keys_dir)
    db = Database(settings.resolved_database_url)
    try:
        yield _Trail(db, keys, signing)
    finally:
        db.dispose()


def _show(result: "Verification") -> None:
    if result.entries:
        say(f"{result.entries} entries, from {result.began_at} to {result.ended_at}.")
    else:
        say("The audit trail has no entries.")
    if result.checkpoints:
        say(f"Compared with {result.checkpoints} checkpoints.")
    if result.intact:
        return
    shown = result.breaks[:BREAKS_SHOWN]
    say_table("Breaks", ("Entries", "What happened"), [(_numbers(one), _words(one)) for one in shown])
    if result.breaks_found > len(shown):
        say(f"... and {result.breaks_found - len(shown)} more.")


def _show_decisions(found: "DecisionCheck") -> None:
    say(f"{found.checked} decided check-ins compared with the trail.")
    if found.before_the_trail:
        say(f"{found.before_the_trail} were decided before there was a trail.")
    rows = [
        (one, words)
        for ids, words in (
            (found.changed, "not as it was decided"),
            (found.unwritten, "decided, but the trail says nothing of it"),
            (found.deleted, "deleted"),
        )
        for one in ids
    ]
    if rows:
        say_table("Check-ins", ("Check-in", "What happened"), rows[:BREAKS_SHOWN])
    if found.found > BREAKS_SHOWN:
        say(f"... and {found.found - BREAKS_SHOWN} more.")


def _numbers(one: "Break") -> str:
    return str(one.first) if one.first == one.last else f"{one.first}-{one.last}"


def _words(one: "Break") -> str:
    return BREAK_WORDS[one.kind].format(origin=one.origin)
