"""The public page of figures by agency: the same for everybody, without a script or a cookie."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from service.i18n import LANGUAGE_NAMES, Language, known_language, negotiate
from service.public_figures import Figures
from service.suppression import LEAST_PEOPLE
from service.transparency import WAITS, PublishedTable
from service.transparency_errors import NotPublished
from service.web.access import services_of
from service.web.cacheable import cacheable
from service.web.calendar_fields import MONTH
from service.web.chart import share_bar
from service.web.page_frame import render_alone
from service.wiring import Services

NOTHING: Final = "–"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Row:
    """Numbers in the reader's language. The bars: paths in a box of chart.SHARE_WIDTH by chart.SHARE_HEIGHT."""

    figures: Figures
    people: str
    attendance: str
    punctuality: str
    upload: str
    attendance_bar: str
    punctuality_bar: str


@router.get("/transparency")
def transparency(
    request: Request,
    month: Annotated[str | None, Query(pattern=MONTH)] = None,
    language: str | None = None,
) -> Response:
    services = services_of(request)
    if services.settings.transparency == "off":
        raise HTTPException(404)
    # Not by the cookie of whoever has signed in: the page is the same for all who ask for this address.
    chosen = known_language(language)
    reader = chosen or negotiate(None, request.headers.get("accept-language"), services.settings.language)
    return cacheable(
        request, _page(services, reader, month), "text/html; charset=utf-8", {"vary": "Accept-Language"}
    )


def _page(services: Services, language: Language, wanted: str | None) -> str:
    months = services.transparency.months()
    table = _table(services, months, wanted)
    rows = [_row(one, language) for one in table.rows] if table else []
    return render_alone(
        language,
        "transparency.html",
        languages=LANGUAGE_NAMES,
        months=[(f"{month:%Y-%m}", month_in_words(month, language)) for month in months],
        month=f"{table.month:%Y-%m}" if table else None,
        month_words=month_in_words(table.month, language) if table else None,
        published=format_date(table.published_at.astimezone(services.settings.zone), "long", locale=language)
        if table
        else None,
        rows=rows,
        total=_row(table.total, language) if table else None,
        any_withheld=table is not None and any(one.withheld for one in (table.total, *table.rows)),
        least_people=LEAST_PEOPLE,
        waits_days=WAITS.days,
    )


def _table(services: Services, months: tuple[date, ...], wanted: str | None) -> PublishedTable | None:
    """Raises HTTPException where there is no such month."""
    if wanted is None and not months:
        return None
    try:
        return services.transparency.table(
            months[0] if wanted is None else date.fromisoformat(f"{wanted}-01")
        )
    except NotPublished:
        raise HTTPException(404) from None


def month_in_words(month: date, language: Language) -> str:
    return format_skeleton("yMMMM", month, locale=language)


def _row(figures: Figures, language: Language) -> Row:
    median_ms = figures.median_upload_ms
    return Row(
        figures,
        people=NOTHING if figures.people is None else format_decimal(figures.people, locale=language),
        attendance=_percent(figures.attendance, language),
        punctuality=_percent(figures.punctuality, language),
        upload=NOTHING
        if median_ms is None
        else f"{format_decimal(median_ms / 1000, format='#,##0.0', locale=language)} s",
        attendance_bar=share_bar(figures.attendance or 0),
        punctuality_bar=share_bar(figures.punctuality or 0),
    )


def _percent(share: float | None, language: Language) -> str:
    return NOTHING if share is None else format_percent(share, format="#,##0.0 %", locale=language)
