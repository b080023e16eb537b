"""What makes an app of the pages: the manifest, and the worker that opens the check-in page without signal."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from service.i18n import N_, translate
from service.web.language import request_language
from service.web.static_files import static_url

MANIFEST_TYPE: Final = "application/manifest+json"
# Of the style's light colours.
BACKGROUND: Final = "#f5f4ee"
THEME: Final = "#0d6b58"
SIZES: Final = (192, 512)

router = APIRouter(include_in_schema=False)


@router.get("/manifest.webmanifest")
def manifest(request: Request) -> Response:
    language = request_language(request)
    drawn = {"src": static_url("icon.svg"), "sizes": "any", "type": "image/svg+xml"}
    icons = [
        {
            "src": static_url(f"{name}-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": use,
        }
        for name, use in (("icon", "any"), ("maskable", "maskable"))
        for size in SIZES
    ]
    content = {
        "id": "/",
        "name": translate(language, N_("Hadir, attendance")),
        "short_name": "Hadir",
        "lang": language,
        "start_url": "/checkin",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": [drawn, *icons],
    }
    return JSONResponse(content, media_type=MANIFEST_TYPE)


@router.get("/sw.js")
def worker() -> Response:
    """At the root, since a worker reaches what is below its address; another version's is another worker."""
    return Response(f'import "{static_url("worker.js")}";\n', media_type="text/javascript")
