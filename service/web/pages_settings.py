"""The page on which administrators read the settings in force; they are set where the service runs."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from pydantic import SecretStr
from sqlalchemy import make_url
from starlette.responses import HTMLResponse, Response

from service.i18n import translate
from service.settings import Settings, variable
from service.web.access import services_of
from service.web.language import request_language
from service.web.page_frame import Viewer, open_page, render

# Of printed photos, as measured on NUAA's by benchmarks/liveness.py: what the passive cues at their limits miss.
PRINTS_LET_THROUGH_PERCENT: Final = 86
HIDDEN: Final = "***"

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class Line:
    """`value`: None where nothing is set; never a secret. `chosen`: set, and not left at its default."""

    variable: str
    field: str
    value: str | None
    chosen: bool
    description: str


@router.get("/settings")
def settings(request: Request) -> Response:
    return open_page(request, "/settings", lambda viewer: _settings(request, viewer))


def _settings(request: Request, viewer: Viewer) -> Response:
    language = request_language(request)
    in_force = services_of(request).settings
    lines = [
        Line(
            variable(field),
            field,
            shown(getattr(in_force, field)),
            field in in_force.model_fields_set,
            translate(language, info.description or "").replace("`", ""),
        )
        for field, info in Settings.model_fields.items()
    ]
    return render(request, "settings.html", viewer, lines=lines, prints_percent=PRINTS_LET_THROUGH_PERCENT)


def shown(value: Any) -> str | None:
    """A setting as it may be seen: keys and passwords are masked, and of web addresses all but the host."""
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, tuple):
        return ", ".join(value) or None
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _without_secrets(text) if "://" in text else text


def _without_secrets(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme in {"http", "https"}:
        host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return f"{host}/{HIDDEN}" if parts.path.strip("/") or parts.query else host
    return make_url(address).set(query={}).render_as_string(hide_password=True)
