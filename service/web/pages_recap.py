"""The page of the monthly recap: units first, then the people of one, page by page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from service.attendance.day import local_date
from service.attendance.recap import month_bounds
from service.errors import UnknownUnit
from service.i18n import Language
from service.people_search import LAST_PAGE
from service.recap_columns import LEAVE, RECAP_STATUS_WORDS, legend
from service.recap_figures import STEPS, PersonRow, Recap
from service.recap_pdf import AFTER_LEAVE, NAMED
from service.web.access import services_of
from service.web.calendar_fields import MONTH
from service.web.language import request_language
from service.web.page_frame import Viewer, open_page, problem_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PEOPLE_A_PAGE: Final = 50
LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True)
class _Words:
    """Numbers as the reader's language writes them."""

    language: Language

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self.language)

    def percent(self, value: Decimal) -> str:
        return format_decimal(value, "0.##", locale=self.language)


@router.get("/recap")
def recap(
    request: Request,
    month: Annotated[str, Query(max_length=20)] = "",
    unit: Annotated[str, Query(max_length=100)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Response:
    return open_page(request, "/recap", lambda viewer: _recap(request, viewer, month, unit, q, page))


def _recap(request: Request, viewer: Viewer, month: str, unit: str, search: str, page: int) -> Response:
    services, language = services_of(request), request_language(request)
    today = local_date(services.clock(), services.settings.zone)
    first, last = month_bounds(month_or(month, today))
    recaps = services.recaps
    try:
        scope = recaps.scope_of(viewer.reach, unit or None)
    except UnknownUnit as unknown:
        return problem_page(request, unknown, viewer)
    found = recaps.recent(scope, first, last)
    # The units come first; people are listed of a unit, or of those that a search names.
    named = matching(found.rows, search) if search.strip() else found.rows if _listed(found, unit) else ()
    pages = max(1, -(-len(named) // PEOPLE_A_PAGE))
    page = min(page, pages)
    start = (page - 1) * PEOPLE_A_PAGE
    chosen = {"month": f"{first:%Y-%m}", "unit": unit}
    return render(
        request,
        "recap.html",
        viewer,
        recap=found,
        month=chosen["month"],
        this_month=f"{today:%Y-%m}",
        month_name=format_date(first, "MMMM y", locale=language),
        computed=format_datetime(
            found.computed_at, "d MMM y HH:mm", tzinfo=services.settings.zone, locale=language
        ),
        over=today > last,
        places=recaps.places(viewer.reach),
        unit=unit,
        search=search.strip(),
        people=named[start : start + PEOPLE_A_PAGE],
        listed=bool(named) or bool(search.strip()),
        total=len(named),
        page=page,
        pages=pages,
        address=lambda **other: f"/recap?{urlencode(_without_empty(chosen | {'q': search.strip()} | other))}",
        file_address=lambda kind: f"/api/recap?{urlencode(_without_empty(chosen | {'format': kind}))}",
        words=_Words(language),
        status_words=RECAP_STATUS_WORDS,
        named=NAMED,
        leave=LEAVE,
        elsewhere=AFTER_LEAVE,
        steps=STEPS,
        legend=legend(language),
    )


def month_or(month: str, today: date) -> date:
    """The first day of a month YYYY-MM; of this one where it is none."""
    return date.fromisoformat(f"{month}-01") if re.fullmatch(MONTH, month) else today.replace(day=1)


def matching(rows: Sequence[PersonRow], search: str) -> list[PersonRow]:
    """Those whose name has every word, or whose NIP begins with it."""
    words = search.casefold().split()
    return [
        row
        for row in rows
        if row.nip.startswith(search.strip()) or all(word in row.name.casefold() for word in words)
    ]


def _listed(found: Recap, unit: str) -> bool:
    return bool(unit) or len(found.units) == 1


def _without_empty(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in ("", None)}
