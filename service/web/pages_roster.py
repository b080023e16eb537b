"""The pages on which many employees come in at once: from a roster file, and their faces from a ZIP."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from enrollment.roster import CLASSES, COLUMNS
from service import consent, reenrolment
from service.roster_template import HEADINGS
from service.web.language import request_language
from service.web.page_frame import open_page, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/roster")
def roster(request: Request) -> Response:
    return open_page(
        request,
        "/employees",
        lambda viewer: render(
            request, "roster.html", viewer, columns=[HEADINGS[column] for column in COLUMNS], classes=CLASSES
        ),
    )


@router.get("/enrolments")
def enrolments(request: Request) -> Response:
    text = consent.text_of(consent.CURRENT_VERSION, request_language(request))
    return open_page(
        request,
        "/employees",
        lambda viewer: render(
            request,
            "enrolments.html",
            viewer,
            consent_text=text,
            last=reenrolment.LAST,
            days=reenrolment.DAYS,
            often=reenrolment.OFTEN,
        ),
    )
