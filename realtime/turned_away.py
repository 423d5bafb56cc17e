"""What a browser shows of a request that is answered before any view: a page in its reader's language."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.template.loader import render_to_string
from django.utils.translation import get_language_bidi, get_language_from_request, override
from starlette.datastructures import Headers
from starlette.types import Scope


def page_for(scope: Scope, template: str, most: int = 0) -> bytes | None:
    """The page of this name, or None for who asks for none: a line of text says it to scripts and partners."""
    headers = Headers(scope=scope)
    return _page(_language_of(headers), template, most) if "text/html" in headers.get("accept", "") else None


def _language_of(headers: Headers) -> str:
    request = HttpRequest()
    cookie = parse_cookie(headers.get("cookie", "")).get(settings.LANGUAGE_COOKIE_NAME)
    request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: cookie} if cookie else {}
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("accept-language", "")
    return get_language_from_request(request)


@lru_cache(64)
def _page(language: str, template: str, most: int) -> bytes:
    """Whoever is turned away often costs no rendering."""
    with override(language):
        context = {"lang": language, "dir": "rtl" if get_language_bidi() else "ltr", "most": most}
        return render_to_string(template, context).encode()
