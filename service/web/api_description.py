"""The API's description (OpenAPI): what FastAPI finds out by itself, completed by the problems of every route."""

from collections.abc import Iterator
from typing import Any, Final

from service.web.api_checkins import Meta
from service.web.problems import MEDIA_TYPE

Described = dict[str, Any]

SCHEMAS: Final = "#/components/schemas/"
UNSAFE: Final = frozenset({"post", "put", "patch", "delete"})
# What FastAPI would answer to a bad request; here that is a problem as well.
UNUSED: Final = ("HTTPValidationError", "ValidationError")

PROBLEM: Final[Described] = {
    "title": "Problem",
    "description": "Problem details (RFC 9457). Some carry more: `retry_after_s`, `fields`, `photos`, ...",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "In the reader's language"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "In the reader's language"},
        "code": {"type": "string", "description": "For programs", "examples": ["not_signed_in"]},
    },
}
TEXTS: Final = {
    400: "The body can't be read",
    401: "Not signed in",
    403: "The account or token may not do this, or the request came from another site's page",
    404: "There is no such thing",
    408: "The body came too slowly",
    413: "The body is too large",
    422: "The request is incomplete or has a wrong value",
    429: "Too much in too short a time; `Retry-After` says how long to wait",
    503: "Busy, or the storage does not answer; `Retry-After` says when to try again",
}


def complete(described: Described) -> None:
    """In place, the description that FastAPI has made."""
    schemas: Described = described["components"]["schemas"]
    for name in UNUSED:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    schemas |= _schemas_of_meta()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            _add_problems(path, method, operation)
            _add_scope(operation)


def _schemas_of_meta() -> Described:
    """A field of a form that is JSON itself, which FastAPI does not look into."""
    meta = Meta.model_json_schema(ref_template=SCHEMAS + "{model}")
    return {**meta.pop("$defs"), "Meta": meta}


def _add_problems(path: str, method: str, operation: Described) -> None:
    described: dict[str, Described] = operation["responses"]
    for status in _common_problems(path, method, operation):
        described.setdefault(str(status), {"description": TEXTS[status]})
    operation["responses"] = dict(sorted(described.items()))
    for status_text, response in described.items():
        if int(status_text) >= 400 and _is_problem(response):
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
            response["description"] = response["description"].replace("Validation Error", TEXTS[422])


def _add_scope(operation: Described) -> None:
    """In words as well: not every reader of descriptions shows the scopes of a bearer token."""
    if "security" not in operation:
        return
    scopes = [scope for one in operation["security"] for listed in one.values() for scope in listed]
    said = f"A program's token needs the scope `{scopes[0]}`." if scopes else "No program's token opens this."
    operation["description"] = "\n\n".join(filter(None, (operation.get("description"), said)))


def _common_problems(path: str, method: str, operation: Described) -> Iterator[int]:
    """What the route may answer for no reason of its own."""
    if "security" in operation:
        yield from (401, 403)
    if method in UNSAFE:
        yield 403
    if "{" in path:
        yield from (404, 422)
    if "requestBody" in operation:
        yield from (400, 408, 413, 422)
    if not path.startswith("/health/"):
        yield 503


def _is_problem(response: Described) -> bool:
    """Not an answer with a schema of its own, as that of /health/ready."""
    content: Described = response.get("content", {})
    schema: Described = content.get("application/json", {}).get("schema", {})
    return not content or schema.get("$ref") == f"{SCHEMAS}{UNUSED[0]}"
