"""Which language a request is answered in."""

from typing import Final

from starlette.requests import HTTPConnection

from service.i18n import Language, negotiate

LANGUAGE_COOKIE: Final = "hadir_language"
SECURE_LANGUAGE_COOKIE: Final = "__Host-hadir_language"


def language_cookie(secure: bool) -> str:
    return SECURE_LANGUAGE_COOKIE if secure else LANGUAGE_COOKIE


def request_language(connection: HTTPConnection) -> Language:
    settings = connection.app.state.settings
    return negotiate(
        connection.cookies.get(language_cookie(settings.secure_cookies)),
        connection.headers.get("accept-language"),
        settings.language,
    )
