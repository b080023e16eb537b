"""The pages' scripts, style and icons: a few small files, held in memory.

Their address names a hash of them all, so that a browser may keep them for good, and so that the modules,
which import each other by relative address, are always of one version.
"""

import hashlib
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

_FOLDER: Final = Path(__file__).parent / "static"
_MEDIA_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_FOR_GOOD: Final = "public, max-age=31536000, immutable"

FILES: Final = {
    path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA_TYPES
}
VERSION: Final = hashlib.sha256(b"".join(FILES.values())).hexdigest()[:12]

router = APIRouter(include_in_schema=False)


def static_url(name: str) -> str:
    if name not in FILES:
        raise KeyError(name)
    return f"/static/{VERSION}/{name}"


@router.get("/static/{version}/{name}")
def static_file(version: str, name: str) -> Response:
    """Another version than this process's is what a rolling update asks for: served, but not to be kept."""
    if name not in FILES:
        return Response(status_code=404)
    kept = {"cache-control": _FOR_GOOD if version == VERSION else "no-store"}
    return Response(FILES[name], media_type=_MEDIA_TYPES[Path(name).suffix], headers=kept)
