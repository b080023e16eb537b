"""The page of fingerprint machines and what was imported from them."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service.attendance.machine_file import MOST_COLUMNS, MOST_HEADING_ROWS
from service.i18n import translate
from service.punch_template import IN, OUT
from service.web.language import request_language
from service.web.page_frame import open_page, render
from service.written_words import LONGEST_WORDS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/machines")
def machines(request: Request) -> Response:
    language = request_language(request)
    return open_page(
        request,
        "/machines",
        lambda viewer: render(
            request,
            "machines.html",
            viewer,
            most_columns=MOST_COLUMNS,
            most_heading_rows=MOST_HEADING_ROWS,
            longest_words=LONGEST_WORDS,
            template_words=[translate(language, IN), translate(language, OUT)],
        ),
    )
