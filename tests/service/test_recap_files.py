"""The files of a recap, read back."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from service.i18n import Language
from service.printable_text import loses_signs, printable
from service.recap_columns import FIGURES, PERSON, STATUS_CODES, STATUS_WORDS
from service.recap_csv import as_csv
from service.recap_figures import Recap
from service.recap_pdf import Paper, as_pdf
from service.recap_xlsx import as_xlsx
from tests.service.made_month import OFFICE, SCHOOL, recap, row, summary

PAPER = Paper(
    "Kabupaten Contoh",
    "K7MD-2XQ9-4RTB",
    "https://h.go.id/verify/K7MD-2XQ9-4RTB",
    "id",
    ZoneInfo("Asia/Jakarta"),
)
EVIL = '=HYPERLINK("http://x","y")'


def cells(made: Recap, language: Language = "id") -> list[list[str]]:
    text = b"".join(as_csv(made, language)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";" if language == "id" else ","))


def sheets(made: Recap, language: Language = "id") -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(made, language, "Kabupaten Contoh")))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_every_kind_of_day_has_a_code_and_words() -> None:
    from typing import get_args

    from service.attendance.judging import DayStatus

    known = {name for part in get_args(DayStatus) for name in get_args(part)} - {"work"}
    assert set(STATUS_CODES) == set(STATUS_WORDS) == known
    assert len(set(STATUS_CODES.values())) == len(STATUS_CODES)


# --- CSV


def test_csv_begins_with_the_mark_of_utf_8_and_has_a_row_for_each_person() -> None:
    made = recap(row(1, "Siti"), row(2, "Ayu", SCHOOL))
    assert b"".join(as_csv(made, "id")).startswith(b"\xef\xbb\xbf")
    head, *people = cells(made)
    assert len(head) == len(PERSON) + len(FIGURES)
    assert [one[:5] for one in people] == [
        ["DINAS", "Dinas Pendidikan", "000000000000000001", "Siti", "PNS"],
        ["SD-1", "SD Negeri 1", "000000000000000002", "Ayu", "PNS"],
    ]


@pytest.mark.parametrize(("language", "percent"), [("id", "0,5"), ("en", "0.5")])
def test_csv_is_written_as_the_country_reads_it(language: Language, percent: str) -> None:
    _, one = cells(recap(row(1, of=summary(late=(1, "0.5")))), language)
    assert one[-1] == percent


def test_csv_makes_formulas_harmless_and_leaves_no_name_out() -> None:
    made = recap(*(row(number, EVIL if number == 3 else "Siti") for number in range(1, 451)))
    names = [one[3] for one in cells(made)[1:]]
    assert (len(names), names[2]) == (450, f"'{EVIL}")


# --- XLSX


def test_a_workbook_has_people_units_and_a_legend() -> None:
    made = recap(row(1, of=summary({"present": 20, "izin": 2}, late=(1, "0.5"))), row(2, unit=SCHOOL))
    people, units, legend = sheets(made, "en").values()
    head = people[0]
    first = dict(zip(head, people[1], strict=True))
    assert (first["NIP"], first["H"], first["I"], first["TL1"]) == ("000000000000000001", 20, 2, 1)
    assert first["Deductions under the cap in percent"] == 0.5
    totals = [dict(zip(units[0], line, strict=True)) for line in units[1:]]
    assert [one["Employees"] for one in totals] == [1, 1, 2]
    assert totals[-1]["H"] == 42
    words = {line[0]: line[1] for line in legend}
    assert (words["First day"], words["Last day"]) == (date(2026, 10, 1), date(2026, 10, 31))
    assert isinstance(words["Computed at (UTC)"], datetime)
    assert words["TK"] == "Absent without explanation"


def test_a_workbook_keeps_text_as_text() -> None:
    made = as_xlsx(recap(row(1, EVIL)), "id", EVIL)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        xml = b"".join(archive.read(name) for name in archive.namelist() if "sheet" in name)
    assert b"<f>" not in xml
    assert b"hyperlink" not in xml.lower().replace(b"=hyperlink(", b"")
    people = next(iter(sheets(recap(row(1, EVIL))).values()))
    assert people[1][3] == EVIL


def test_the_head_of_a_workbook_stays_in_sight() -> None:
    with zipfile.ZipFile(io.BytesIO(as_xlsx(recap(row(1)), "id", None))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'ySplit="1"' in sheet
    assert 'state="frozen"' in sheet


# --- PDF


def words_of(made: Recap, paper: Paper = PAPER) -> tuple[str, int]:
    """All text that is drawn, and how many pages there are."""
    data = as_pdf(made, paper, compressed=False)
    drawn = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", data)
    text = "\n".join(re.sub(rb"\\(.)", rb"\1", one).decode("latin-1") for one in drawn)
    return text, len(re.findall(rb"/Type /Page\n", data))


def test_a_pdf_says_whose_it_is_and_how_to_check_it() -> None:
    text, pages = words_of(recap(row(1, "Siti Aminah")))
    for words in (
        "Kabupaten Contoh",
        "Oktober 2026",
        "Dinas Pendidikan (DINAS)",
        "K7MD-2XQ9-4RTB",
        "https://h.go.id/verify/K7MD-2XQ9-4RTB",
        "Siti Aminah",
        "000000000000000001",
        "Mengetahui,",
        "Halaman 1 dari 1",
    ):
        assert words in text, words
    assert pages == 1


def test_a_pdf_repeats_its_head_and_counts_its_pages() -> None:
    text, pages = words_of(recap(*(row(number) for number in range(1, 101))))
    assert pages > 3
    assert text.count("PSW4\n") == text.count("TL1\n") >= pages - 1
    assert f"Halaman {pages} dari {pages}" in text


def test_a_pdf_says_whether_it_is_provisional() -> None:
    english = replace(PAPER, language="en")
    assert "Status: Provisional" in words_of(recap(row(1), over=False), english)[0]
    assert "Status: Closed" in words_of(recap(row(1, closed=True)), english)[0]


def test_a_pdf_never_cuts_a_number() -> None:
    great = replace(summary(), late_min=1_234_567)
    assert "1234567" in words_of(recap(row(1, of=great)))[0]


def test_a_sign_that_a_pdf_lacks_is_replaced_and_said_to_be() -> None:
    text, _ = words_of(recap(row(1, "Đặng Thị Ærø ᬲᬶ")), replace(PAPER, language="en"))
    assert "Dang Thi Ærø" in text
    assert "A ? stands for a sign" in text
    assert "A ? stands" not in words_of(recap(row(1, "Ni Luh Dé")), replace(PAPER, language="en"))[0]


def test_printable_text_is_latin_1() -> None:
    assert printable("Nur’aini – “Ayu”…\n") == 'Nur\'aini - "Ayu"...?'
    assert not loses_signs("Siapa?")
    assert printable("Muḥammad") == "Muhammad"


def test_a_recap_of_all_units_names_each_in_its_pdf() -> None:
    text, _ = words_of(recap(row(1), row(2, unit=SCHOOL), row(3, unit=None), unit=None))
    assert text.count(OFFICE.name) == text.count(SCHOOL.name) == 1
    assert "Semua unit" in text
