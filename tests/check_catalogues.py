"""Are the translation catalogues complete? `python -m tests.check_catalogues` says what is missing and fails.

After a change of words:
  pybabel extract -F babel.cfg -k N_ --sort-output --add-location=file --no-wrap -o service/locale/hadir.pot .
  pybabel update -D hadir -d service/locale -i service/locale/hadir.pot --no-wrap --no-fuzzy-matching
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from service.i18n import LANGUAGES, LOCALE_DIR

ROOT = Path(__file__).resolve().parents[1]
# %(name)s is filled in by Python, {name} by the pages' scripts.
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")


def used_messages() -> set[str]:
    """Every message in the sources and the templates."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, directory_filter=_holds_sources)
    return {message for _file, _line, message, *_ in found if isinstance(message, str)}


def _holds_sources(folder: str) -> bool:
    relative = Path(folder).relative_to(ROOT)
    return relative.parts[:1] in {(), ("service",)}


def messages(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source)


def problems() -> Iterator[str]:
    used = used_messages()
    template = {str(message.id) for message in messages(LOCALE_DIR / "hadir.pot") if message.id}
    yield from _difference("hadir.pot", used, template)
    for language in LANGUAGES:
        name = f"{language}/LC_MESSAGES/hadir.po"
        catalogue = messages(LOCALE_DIR / name)
        yield from _difference(name, used, {str(message.id) for message in catalogue if message.id})
        for message in catalogue:
            if message.id:
                yield from (
                    f"{name}: {fault}: {message.id}" for fault in faults(str(message.id), str(message.string))
                )
                if message.fuzzy:
                    yield f"{name}: fuzzy: {message.id}"


def _difference(name: str, used: set[str], there: set[str]) -> Iterator[str]:
    yield from (f"{name}: missing: {message}" for message in sorted(used - there))
    yield from (f"{name}: no longer used: {message}" for message in sorted(there - used))


def faults(message: str, translation: str) -> Iterator[str]:
    if not translation.strip():
        yield "not translated"
    elif sorted(PLACEHOLDER.findall(message)) != sorted(PLACEHOLDER.findall(translation)):
        yield "other placeholders"


def main() -> int:
    found = list(problems())
    for problem in found:
        print(problem)  # noqa: T201 - the command's answer
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
