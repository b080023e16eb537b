"""SECURITY.md: what it names must be there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_module_and_test_it_names_is_there() -> None:
    named = set(re.findall(r"`([\w/.-]+\.(?:py|lock|toml))`", PAGE))
    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_it_answers_every_chapter_of_the_standard() -> None:
    chapters = {int(number) for number in re.findall(r"^\| V(\d+)[. ]", PAGE, re.MULTILINE)}
    assert chapters == set(range(1, 18))


def test_whatever_is_met_says_where_it_shows() -> None:
    rows = re.findall(r"^\| V[\d.]+ [^|]+\| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 60
    assert [shown for state, shown in rows if state.startswith("met") and not re.search(r"[`*]", shown)] == []


def test_the_readme_leads_to_it() -> None:
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
