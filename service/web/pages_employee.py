"""The pages about one employee: the record that HR keeps, and the month day by day."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from service import consent, people, people_search
from service.attendance.day import local_date
from service.employee_details import LONGEST_POSITION
from service.errors import UnknownEmployee
from service.letters import LETTER_BYTES
from service.months_seen import person_seen
from service.people import LONGEST_NAME
from service.request_dates import FARTHEST
from service.web.access import services_of
from service.web.language import request_language
from service.web.page_frame import Viewer, open_page, problem_page, render
from service.written_words import LONGEST_WORDS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/employees/{nip}")
def employee(request: Request, nip: str) -> Response:
    return open_page(request, "/employees", lambda viewer: _employee(request, viewer, nip))


def _employee(request: Request, viewer: Viewer, nip: str) -> Response:
    try:
        person = people_search.get_person(services_of(request).db, nip, reach=viewer.reach)
    except UnknownEmployee as unknown:
        return problem_page(request, unknown, viewer)
    services = services_of(request)
    today = local_date(services.clock(), services.settings.zone)
    text = consent.text_of(consent.CURRENT_VERSION, request_language(request))
    own = viewer.nip == person.nip
    agreed = services.enrolment.consented_at(person.nip)
    lost_phone = people.has_second_factor(services_of(request).db, person.nip)
    return render(
        request,
        "employee.html",
        viewer,
        nip=person.nip,
        own=own,
        consent_text=text,
        consented_at=agreed.isoformat() if agreed else None,
        offer_lost_phone=lost_phone,
        today=today.isoformat(),
        earliest=(today - FARTHEST).isoformat(),
        latest=(today + FARTHEST).isoformat(),
        longest_words=LONGEST_WORDS,
        longest_name=LONGEST_NAME,
        longest_position=LONGEST_POSITION,
    )


@router.get("/employees/{nip}/month")
def month(request: Request, nip: str) -> Response:
    return open_page(request, "/employees", lambda viewer: _month(request, viewer, nip))


def _month(request: Request, viewer: Viewer, nip: str) -> Response:
    services = services_of(request)
    today = local_date(services.clock(), services.settings.zone)
    try:
        person = person_seen(services.db, nip, today, viewer.reach)
    except UnknownEmployee as unknown:
        return problem_page(request, unknown, viewer)
    return render(
        request,
        "employee_month.html",
        viewer,
        person=person,
        enters=person.reached and viewer.nip != person.nip,
        today=today.isoformat(),
        earliest=(today - FARTHEST).isoformat(),
        latest=(today + FARTHEST).isoformat(),
        longest_words=LONGEST_WORDS,
        letter_bytes=LETTER_BYTES,
    )
