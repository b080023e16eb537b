from datetime import UTC, datetime

import pytest

from service.db.tables import Unit
from service.top_units import top_units

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def tree(**parents: str | None) -> list[Unit]:
    ids = {code: number for number, code in enumerate(parents, 1)}
    return [
        Unit(id=ids[code], code=code, name=code, parent_id=ids[above] if above else None, created_at=NOW)
        for code, above in parents.items()
    ]


@pytest.mark.parametrize(
    ("parents", "rows", "of"),
    [
        ({}, [], {}),
        ({"KAB": None}, ["KAB"], {"KAB": "KAB"}),
        ({"B": None, "A": None, "RW": "A"}, ["A", "B"], {"A": "A", "B": "B", "RW": "A"}),
        (
            {"KAB": None, "OPD": "KAB", "DESA": "OPD", "KEC": "KAB"},
            ["KAB", "KEC", "OPD"],
            {"KAB": "KAB", "OPD": "OPD", "DESA": "OPD", "KEC": "KEC"},
        ),
    ],
)
def test_rows_are_the_agencies(parents: dict[str, str | None], rows: list[str], of: dict[str, str]) -> None:
    units = tree(**parents)
    found = top_units(units)
    assert [unit.code for unit in found.rows] == rows
    codes = {unit.id: unit.code for unit in units}
    assert {codes[one]: found.rows[place].code for one, place in found.of.items()} == of
