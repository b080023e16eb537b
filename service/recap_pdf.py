"""A recap to be printed and signed: A4 across, with a code by which anybody can check it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from models import qr_code
from service.i18n import N_, Language, translate
from service.printable_text import loses_signs, printable
from service.recap_columns import (
    EMPLOYMENT,
    LEAVE,
    RECAP_STATUS_WORDS,
    STATUS_CODES,
    STATUS_WORDS,
    STEP_WORDS,
)
from service.recap_figures import STEPS, PersonRow, Recap, Totals

if TYPE_CHECKING:
    pass

# Millimetres of A4 across.
WIDTH, HEIGHT, MARGIN, FOOT = 297.0, 210.0, 10.0, 14.0
LINE: Final = 3.4
ROW: Final = 2 * LINE + 0.6
HEAD: Final = 7.0
UNIT_LINE: Final = LINE + 2
PADDING: Final = 1.0
QR_SIDE: Final = 24.0
SIGNATURES: Final = 46.0
NUMBER_WIDTH, PERSON_WIDTH = 9.0, 66.0
DAYS_WIDTH, MINUTES_WIDTH = 8.7, 12.0
FONT: Final = "helvetica"

NAMED: Final = ("present", "absent", "izin", "sakit")
AFTER_LEAVE: Final = ("dinas_luar", "tugas_belajar", "wfh", "alasan_teknis")
LEAVE_CODE: Final = "C"
PROVISIONAL: Final = N_(
    "Provisional: the month is not over, or check-ins wait for a review. The figures can still change."
)
COMPLETE: Final = N_(
    "The month is not closed. What is decided later, such as a correction, still changes the figures."
)
CLOSED: Final = N_("The month is closed. These are the figures that were kept then.")


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on a recap beside its figures. address : of the public page that knows the code."""

    organisation: str | None
    code: str
    address: str
    language: Language
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class _Figure:
    head: str
    of_row: Callable[[PersonRow], int | str]
    of_total: Callable[[Totals], int | str]
    width: float = DAYS_WIDTH


def as_pdf(recap: Recap, paper: Paper, *, compressed: bool = True) -> bytes:
    """The file. compressed : False leaves its text legible to whoever looks into the bytes."""
    return _Print(recap, paper, compressed).made()


class _Print:
    def __init__(self, recap: Recap, paper: Paper, compressed: bool) -> None:
        # Slow to import, at every start, for what few ask for.
        from fpdf import FPDF

        self._recap, self._paper = recap, paper
        self._say: Callable[[str], str] = partial(translate, paper.language)
        self._figures = _figures(paper.language)
        self._widths = [NUMBER_WIDTH, PERSON_WIDTH, *(one.width for one in self._figures)]
        self._lost = False
        self._grid_from: float | None = None
        self._known_widths: dict[tuple[str, str], float] = {}
        pdf: FPDF = FPDF(orientation="L", unit="mm", format="A4")
        pdf.set_compression(compressed)
        pdf.set_auto_page_break(False)
        pdf.set_margins(MARGIN, MARGIN)
        pdf.set_creation_date(recap.computed_at)
        pdf.set_lang(paper.language)
        pdf.set_title(printable(self._heading()))
        pdf.set_creator("Hadir")
        self._pdf = pdf

    def made(self) -> bytes:
        self._page()
        self._opening()
        self._table_head()
        unit = object()
        for number, row in enumerate(self._recap.rows, start=1):
            if len(self._recap.units) > 1 and row.unit is not unit:
                unit = row.unit
                self._room_for(2 * ROW)
                self._unit_line(row.unit.name if row.unit else self._say(N_("In no unit")))
            self._room_for(ROW)
            self._row(number, row)
        self._room_for(ROW)
        self._total(self._recap.totals)
        self._closing()
        self._feet()
        return bytes(self._pdf.output())

    # --- what stands where

    def _page(self) -> None:
        self._end_grid()
        self._pdf.add_page()
        self._pdf.set_line_width(0.15)
        self._pdf.set_xy(MARGIN, MARGIN)

    def _room_for(self, height: float) -> None:
        if self._pdf.get_y() + height > HEIGHT - FOOT:
            self._page()
            self._table_head()

    def _opening(self) -> None:
        pdf, recap = self._pdf, self._recap
        text_width = WIDTH - 2 * MARGIN - QR_SIDE - 70
        self._text(self._paper.organisation or "", 13, "B", text_width, 6)
        self._text(self._heading(), 12, "B", text_width, 6)
        unit = f"{recap.unit.name} ({recap.unit.code})" if recap.unit else self._say(N_("All units"))
        self._text(self._say(N_("Unit: %(unit)s")) % {"unit": unit}, 10, "", text_width, 5)
        status = self._say(RECAP_STATUS_WORDS[recap.status])
        self._text(self._say(N_("Status: %(status)s")) % {"status": status}, 10, "B", text_width, 5)
        explained = {"provisional": PROVISIONAL, "complete": COMPLETE, "closed": CLOSED}[recap.status]
        self._text(self._say(explained), 8, "", text_width, 4)
        self._code()
        pdf.set_xy(MARGIN, MARGIN + QR_SIDE + 8)

    def _code(self) -> None:
        """Upper right: the code to type, and its square to point a phone at."""
        pdf, dark = self._pdf, qr_code.modules(self._paper.address)
        left, side = WIDTH - MARGIN - QR_SIDE, QR_SIDE / len(dark)
        pdf.set_fill_color(0)
        for y, x in zip(*dark.nonzero(), strict=True):
            pdf.rect(left + float(x) * side, MARGIN + float(y) * side, side, side, style="F")
        pdf.set_xy(left - 72, MARGIN)
        pdf.set_font(FONT, "", 8)
        pdf.multi_cell(
            70, 4, printable(self._say(N_("Anybody can check this recap by its code:"))), align="R"
        )
        pdf.set_x(left - 72)
        pdf.set_font("courier", "B", 14)
        pdf.cell(70, 7, self._paper.code, align="R", new_x="LEFT", new_y="NEXT")
        pdf.set_font(FONT, "", 7)
        pdf.multi_cell(70, 3.5, printable(self._paper.address), align="R")

    def _table_head(self) -> None:
        pdf = self._pdf
        pdf.set_font(FONT, "B", 7)
        pdf.set_fill_color(225, 235, 231)
        pdf.rect(MARGIN, pdf.get_y(), sum(self._widths), HEAD, style="F")
        pdf.set_fill_color(0)
        self._grid()
        heads = [self._say(N_("No.")), self._say(N_("Name and NIP")), *(one.head for one in self._figures)]
        self._cells(heads, HEAD, centred=True)

    def _unit_line(self, name: str) -> None:
        pdf, top = self._pdf, self._pdf.get_y()
        self._end_grid()
        pdf.set_font(FONT, "B", 8)
        pdf.rect(MARGIN, top, sum(self._widths), UNIT_LINE)
        self._put(MARGIN, top + UNIT_LINE - 1.6, self._fitting(name, sum(self._widths)))
        pdf.set_y(top + UNIT_LINE)
        self._grid()

    def _row(self, number: int, row: PersonRow) -> None:
        top, left = self._pdf.get_y(), MARGIN + NUMBER_WIDTH
        self._pdf.set_font(FONT, "", 7)
        self._put(left, top + LINE - 0.4, self._fitting(row.name, PERSON_WIDTH))
        second = f"{row.nip}  {EMPLOYMENT.get(row.employment or '', '')}"
        self._put(left, top + 2 * LINE - 0.4, self._fitting(second, PERSON_WIDTH))
        self._cells([str(number), "", *(str(one.of_row(row)) for one in self._figures)], ROW)

    def _total(self, totals: Totals) -> None:
        self._pdf.set_font(FONT, "B", 7)
        top, label = self._pdf.get_y(), f"{self._say(N_('Total'))}: {totals.people}"
        self._put(MARGIN + NUMBER_WIDTH, top + ROW / 2 + 0.9, printable(label))
        self._cells(["", "", *(str(one.of_total(totals)) for one in self._figures)], ROW)
        self._end_grid()

    def _cells(self, texts: Sequence[str], height: float, *, centred: bool = False) -> None:
        """A line of the table. Figures are never cut: a number without its last digits is another number.

        The lines between them are drawn once for many rows: a `cell` for each takes five times as long.
        """
        top, left = self._pdf.get_y(), MARGIN
        for text, width in zip(texts, self._widths, strict=True):
            if text:
                shown = printable(text)
                free = width - self._width_of(shown)
                indent = free / 2 if centred else free - PADDING
                self._pdf.text(left + indent, top + height / 2 + 0.9, shown)
            left += width
        self._pdf.set_y(top + height)
        self._pdf.line(MARGIN, top + height, MARGIN + sum(self._widths), top + height)

    def _grid(self) -> None:
        """From here on there are columns."""
        top = self._grid_from = self._pdf.get_y()
        self._pdf.line(MARGIN, top, MARGIN + sum(self._widths), top)

    def _end_grid(self) -> None:
        """Down to here."""
        if self._grid_from is None:
            return
        left, bottom = MARGIN, self._pdf.get_y()
        for width in (0.0, *self._widths):
            left += width
            self._pdf.line(left, self._grid_from, left, bottom)
        self._grid_from = None

    def _put(self, left: float, baseline: float, text: str) -> None:
        self._pdf.text(left + PADDING, baseline, text)

    def _width_of(self, text: str) -> float:
        key = (self._pdf.font_style, text)
        if key not in self._known_widths:
            self._known_widths[key] = self._pdf.get_string_width(text)
        return self._known_widths[key]

    def _closing(self) -> None:
        """What the codes mean, and room for two signatures, all on one page."""
        pdf = self._pdf
        meanings = self._meanings()
        if pdf.get_y() + 14 + SIGNATURES > HEIGHT - FOOT:
            self._page()
        pdf.ln(2)
        pdf.set_font(FONT, "", 6.5)
        pdf.multi_cell(WIDTH - 2 * MARGIN, 3, printable(meanings), align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(5)
        half, top = (WIDTH - 2 * MARGIN) / 2, pdf.get_y()
        dots = "." * 52
        year = self._recap.computed_at.astimezone(self._paper.zone).year
        for place, lines in enumerate(
            (
                ["", self._say(N_("Acknowledged by,")), ""],
                [f"{'.' * 28}, {'.' * 24} {year}", self._say(N_("Prepared by,")), ""],
            )
        ):
            pdf.set_xy(MARGIN + place * half + 20, top)
            pdf.set_font(FONT, "", 9)
            for line in [*lines, "", "", dots, f"NIP {'.' * 46}"]:
                pdf.cell(half - 20, 4.6, printable(line), new_x="LEFT", new_y="NEXT")

    def _meanings(self) -> str:
        days = self._say(N_("Working days"))
        leave = self._say(N_("All kinds of leave"))
        named = [(STATUS_CODES[one], self._say(STATUS_WORDS[one])) for one in (*NAMED, *AFTER_LEAVE)]
        named.insert(len(NAMED), (LEAVE_CODE, leave))
        named += [(code, self._say(words)) for code, words in STEP_WORDS.items()]
        named += [
            (self._say(N_("L min")), self._say(N_("Minutes late"))),
            (self._say(N_("E min")), self._say(N_("Minutes left early"))),
            ("Prov.", self._say(N_("Days that wait for a review"))),
            ("%", self._say(N_("Deductions in percent, under the cap; in the last line their mean"))),
        ]
        text = f"HK: {days}. " + ". ".join(f"{code}: {words}" for code, words in named) + "."
        if self._lost:
            text += " " + self._say(
                N_("A ? stands for a sign that this print can't show; the page and the XLSX have it.")
            )
        return text

    def _feet(self) -> None:
        """At the end, when it is known how many pages there are."""
        pdf, pages = self._pdf, self._pdf.pages_count
        moment = format_datetime(
            self._recap.computed_at, "d MMMM y HH:mm z", tzinfo=self._paper.zone, locale=self._paper.language
        )
        made = self._say(N_("Made by Hadir, %(moment)s")) % {"moment": moment}
        status = self._say(RECAP_STATUS_WORDS[self._recap.status])
        pdf.set_font(FONT, "", 7)
        for number in range(1, pages + 1):
            pdf.page = number
            pdf.current_font_is_set_on_page = False  # each page's last font was another one
            page = self._say(N_("Page %(page)d of %(pages)d")) % {"page": number, "pages": pages}
            middle = f"{status} · {self._paper.code}"
            for text, share in ((made, 0.0), (middle, 0.5), (page, 1.0)):
                shown = printable(text)
                free = WIDTH - 2 * MARGIN - pdf.get_string_width(shown)
                pdf.text(MARGIN + share * free, HEIGHT - 7, shown)

    # --- words

    def _heading(self) -> str:
        month = format_date(self._recap.first, "MMMM y", locale=self._paper.language)
        return self._say(N_("Attendance recap, %(month)s")) % {"month": month}

    def _text(self, text: str, size: float, style: str, width: float, height: float) -> None:
        if text:
            self._pdf.set_font(FONT, style, size)
            self._pdf.multi_cell(width, height, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def _fitting(self, text: str, width: float) -> str:
        """Printable, and cut to the width."""
        self._lost = self._lost or (not text.isascii() and loses_signs(text))
        shown = printable(text)
        room = width - 2 * PADDING
        if self._pdf.get_string_width(shown) <= room:
            return shown
        while shown and self._pdf.get_string_width(f"{shown}...") > room:
            shown = shown[:-1].rstrip(" .,")
        return f"{shown}..."


def _figures(language: Language) -> tuple[_Figure, ...]:
    def status(*names: str, head: str) -> _Figure:
        return _Figure(
            head,
            lambda row: sum(row.summary.by_status.get(name, 0) for name in names),
            lambda totals: sum(totals.by_status.get(name, 0) for name in names),
        )

    def step(code: str) -> _Figure:
        return _Figure(
            code, lambda row: row.summary.codes.get(code, 0), lambda totals: totals.codes.get(code, 0)
        )

    def count(name: str, head: str) -> _Figure:
        return _Figure(
            head,
            lambda row: int(getattr(row.summary, name)),
            lambda totals: totals.counts[name],
            MINUTES_WIDTH if name.endswith("_min") else DAYS_WIDTH,
        )

    def percent(value: Decimal) -> str:
        return format_decimal(value, "0.##", locale=language)

    return (
        count("working_days", "HK"),
        *(status(one, head=STATUS_CODES[one]) for one in NAMED),
        status(*LEAVE, head=LEAVE_CODE),
        *(status(one, head=STATUS_CODES[one]) for one in AFTER_LEAVE),
        *(step(code) for code in STEPS),
        count("late_min", translate(language, N_("L min"))),
        count("early_min", translate(language, N_("E min"))),
        count("provisional", "Prov."),
        _Figure(
            "%",
            lambda row: percent(row.summary.deductions.total),
            lambda totals: percent(totals.average_deduction),
        ),
    )
