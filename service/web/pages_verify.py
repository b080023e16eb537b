"""The public page on which anybody checks a printed recap. It names nobody who is in it."""

from decimal import Decimal
from typing import Annotated

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from service import recap_code
from service.errors import HadirError, TooManyLookups, UnknownRecap
from service.i18n import translate
from service.recap_columns import COUNT_WORDS, RECAP_STATUS_WORDS, STATUS_CODES, STATUS_WORDS
from service.web.access import services_of
from service.web.language import request_language
from service.web.lookup_limit import count_lookup
from service.web.page_frame import problem_page, render, to, viewer_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LONGEST_TYPED = 100


@router.get("/verify")
def verify(request: Request, code: Annotated[str | None, Query(max_length=LONGEST_TYPED)] = None) -> Response:
    """A form for the code, whose answer has an address of its own."""
    if code is None:
        return _page(request, typed="")
    parsed = recap_code.parse(code)
    if parsed is None:
        return _page(request, typed=code.strip(), problem=UnknownRecap())
    return to(f"/verify/{recap_code.in_groups(parsed)}")


@router.get("/verify/{code}")
def verified(request: Request, code: str) -> Response:
    services, language = services_of(request), request_language(request)
    try:
        count_lookup(request)
        issued = services.issued_recaps.find(code[:LONGEST_TYPED])
        compared = services.issued_recaps.compare(issued.code)
    except UnknownRecap as unknown:
        return _page(request, typed=code[:LONGEST_TYPED], problem=unknown)
    except TooManyLookups as many:
        answer = problem_page(request, many, viewer_of(request))
        answer.headers["Retry-After"] = str(many.extras["retry_after_s"])
        return answer
    totals = issued.totals
    statuses = [
        (translate(language, STATUS_WORDS[name]), totals["by_status"][name])
        for name in STATUS_CODES
        if name != "outside" and totals["by_status"].get(name)
    ]
    counts = [(translate(language, words), totals.get(name, 0)) for name, words in COUNT_WORDS.items()]
    return render(
        request,
        "verify.html",
        viewer_of(request),
        issued=issued,
        compared=compared,
        typed=issued.code,
        problem=None,
        month=format_date(issued.month, "MMMM y", locale=language),
        issued_at=format_datetime(
            issued.issued_at, "d MMMM y HH:mm z", tzinfo=services.settings.zone, locale=language
        ),
        issued_status=translate(language, RECAP_STATUS_WORDS[issued.status]),
        organisation=services.settings.organisation,
        people=format_decimal(issued.people, locale=language),
        figures=[(words, format_decimal(count, locale=language)) for words, count in (*counts, *statuses)],
        average=format_decimal(Decimal(totals["average_deduction"]), "0.##", locale=language),
    )


def _page(request: Request, *, typed: str, problem: HadirError | None = None) -> Response:
    language = request_language(request)
    return render(
        request,
        "verify.html",
        viewer_of(request),
        problem.status if problem else 200,
        issued=None,
        typed=typed,
        problem=problem.explain(lambda message: translate(language, message)) if problem else None,
        organisation=services_of(request).settings.organisation,
    )
