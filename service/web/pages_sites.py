"""The pages of sites, and of how well each is served."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from statistics import median
from typing import Annotated, Final, Literal

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from service.connectivity import DAYS, MOST_DAYS, OFTEN_LATE, SiteLink, survey
from service.i18n import Language
from service.sites import LARGEST_RADIUS_M, SMALLEST_RADIUS_M
from service.web import chart
from service.web.access import services_of
from service.web.language import request_language
from service.web.page_frame import Viewer, open_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PERIODS: Final = (7, DAYS, 90, 365)
# Days on each side that make a trend, and how much it has to be.
TREND_DAYS: Final = 3
TREND_FROM: Final = 1.25
SLOW_MS: Final = 10_000

Trend = Literal["unknown", "steady", "slower", "faster"]


@dataclass(frozen=True, slots=True)
class Row:
    """A site in the words of the reader's language. `bars`: path of its chart, empty without a measured day."""

    link: SiteLink
    p50: str
    p95: str
    late: str
    last: str
    bars: str
    trend: Trend
    slow: bool
    often_late: bool


@router.get("/sites")
def sites(request: Request) -> Response:
    return open_page(request, "/sites", lambda viewer: _sites(request, viewer))


def _sites(request: Request, viewer: Viewer) -> Response:
    least, most = f"{SMALLEST_RADIUS_M:.0f}", f"{LARGEST_RADIUS_M:.0f}"
    return render(request, "sites.html", viewer, least_m=least, most_m=most)


@router.get("/connectivity")
def connectivity(request: Request, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = DAYS) -> Response:
    return open_page(request, "/connectivity", lambda viewer: _connectivity(request, viewer, days))


def _connectivity(request: Request, viewer: Viewer, days: int) -> Response:
    services, language = services_of(request), request_language(request)
    zone = services.settings.zone
    links = survey(services.db, zone, services.clock(), days=days, reach=viewer.reach)
    rows = [_row(link, language, zone) for link in links]
    return render(
        request,
        "connectivity.html",
        viewer,
        days=days,
        periods=PERIODS,
        measured=[row for row in rows if row.link.checkins],
        unmeasured=[row for row in rows if not row.link.checkins],
        chart_width=chart.WIDTH,
        chart_height=chart.HEIGHT,
    )


def _row(link: SiteLink, language: Language, zone: tzinfo) -> Row:
    return Row(
        link=link,
        p50=_seconds(link.p50_ms, language),
        p95=_seconds(link.p95_ms, language),
        late="–" if link.share_late is None else format_percent(link.share_late, locale=language),
        last="–" if link.last_contact is None else _hour(link.last_contact, language, zone),
        bars=chart.bars(link.trend_ms),
        trend=trend_of(link.trend_ms),
        slow=link.p95_ms is not None and link.p95_ms >= SLOW_MS,
        often_late=link.share_late is not None and link.share_late > OFTEN_LATE,
    )


def trend_of(daily_ms: tuple[int | None, ...]) -> Trend:
    """The latest measured days against the first ones; unknown where there are too few to have both."""
    known = [value for value in daily_ms if value is not None]
    if len(known) < 2 * TREND_DAYS:
        return "unknown"
    before, now = median(known[:TREND_DAYS]), median(known[-TREND_DAYS:])
    if now >= TREND_FROM * before:
        return "slower"
    return "faster" if now * TREND_FROM <= before else "steady"


def _seconds(milliseconds: int | None, language: Language) -> str:
    if milliseconds is None:
        return "–"
    seconds = milliseconds / 1000
    return format_decimal(seconds, format="0.0" if seconds < 10 else "#,##0", locale=language)


def _hour(at: datetime, language: Language, zone: tzinfo) -> str:
    pattern = "d MMM y, HH.00" if language == "id" else "d MMM y, HH:00"
    return format_datetime(at, pattern, tzinfo=zone, locale=language)
