"""Pages for what no view answered."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi


@contextmanager
def borrowed_connection() -> Iterator[None]:
    """Django answers what was raised in a thread of its own, where no request ever ends: what that thread has asked the
    database with goes back by hand, or it is kept for ever, also when it has long been dead."""
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            connection.close()


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    with borrowed_connection():
        return render(request, "errors/404.html", status=404)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    with borrowed_connection():
        return render(request, "errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Asks neither session nor database nor middleware: any of them may be what broke."""
    context = {"lang": get_language() or "en", "dir": "rtl" if get_language_bidi() else "ltr"}
    return HttpResponse(render_to_string("errors/500.html", context), status=500)
