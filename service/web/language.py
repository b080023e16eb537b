"""Which language a request is answered in."""

from typing import Final

from starlette.requests import HTTPConnection

from service.i18n import Language, negotiate

LANGUAGE_COOKIE: Final = "hadir_language"


def request_language(connection: HTTPConnection) -> Language:
    return negotiate(
        connection.cookies.get(LANGUAGE_COOKIE),
        connection.headers.get("accept-language"),
        connection.app.state.settings.language,
    )
