"""How commands speak: tables or JSON on standard output, progress and one-line errors on standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

# Without a terminal nothing says how wide the lines may be; programs and files take any.
WIDTH_WITHOUT_TERMINAL = 200

Progress = Callable[[int, int], None]
json_option = click.option("--json", "as_json", is_flag=True, help="Write one JSON object instead of text.")


class Commands(click.Group):
    """Errors that somebody can do something about end a command with one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            line = explained(error)
            if line is None:
                raise
            raise click.ClickException(" ".join(line.split())) from error


def explained(error: Exception) -> str | None:
    """What went wrong, for people; None for a fault of the program, whose traceback is needed."""
    # Imported here: `hadir --help` needs none of them.
    from sqlalchemy.exc import SQLAlchemyError

    from enrollment.bulk import BulkError
    from models.engine import ManyFaces, NoFace
    from models.image import BadImage
    from models.weights import WeightsError
    from service.errors import HadirError

    if isinstance(error, HadirError):
        return error.explain()
    if isinstance(error, BadImage):
        return in_words(f"image_{error.reason}")
    if isinstance(error, NoFace | ManyFaces):
        return in_words("no_face" if isinstance(error, NoFace) else "many_faces")
    if isinstance(error, BulkError):
        return BULK_ERRORS[error.reason]
    if isinstance(error, WeightsError):
        return str(error)
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return f"{error.strerror or type(error).__name__}{where}"
    if isinstance(error, SQLAlchemyError):
        return "The database can't be used. Is it running, and is HADIR_DATABASE_URL right?"
    return None


BULK_ERRORS = {
    "bad_nip": "This is not a NIP.",
    "not_found": "There is no such folder or file.",
    "not_a_zip": "The file is not a ZIP that can be read.",
    "too_many_files": "There are too many files. Split them into several folders or ZIPs.",
}
# Codes that only this side of the service has.
WORDS = {
    "unknown_employee": "There is no employee with this NIP.",
    "looks_like_someone": "The face looks like that of another employee.",
    "same_photo": "The same photo is there twice.",
    "engine_failed": "The photo could not be analysed.",
    "evidence_missing": "The stored photo is not there.",
    "seal_broken": "The stored photo was changed or can't be opened.",
    "unsafe_path": "The name leads outside of the ZIP.",
    "link": "It is a link, not a file.",
    "encrypted": "It is encrypted.",
    "too_many_bytes": "The photo file is larger than 10 MB.",
    "not_a_photo": "It is not a photo file.",
    "not_in_nip_folder": "It does not lie in a folder named by a NIP.",
    "bad_nip": "The folder's name is not a NIP.",
    "too_many_photos": "There are more photos than can be used for one person.",
    "no_photos": "The folder has no photos.",
}


def in_words(code: str) -> str:
    """What a reason code means."""
    from service.sentences import SENTENCES

    if code in WORDS:
        return WORDS[code]
    return SENTENCES[code].happened if code in SENTENCES else code


def say(text: str = "") -> None:
    click.echo(text)


def say_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


def say_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        # As plain text: a name may hold what rich takes for markup.
        table.add_row(*(Text(str(cell)) for cell in row))
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    Console(width=width).print(table)


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar on standard error while the block runs, if that is a terminal; call it with (done, total)."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None)

        def update(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        yield update
