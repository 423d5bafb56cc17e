"""Pages for what no view answered."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from backend.core.errors import Denied
from frontend_htmx.http import in_the_corner, wants_part

MB = 1024 * 1024


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "errors/csrf.html", status=403)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent is no form, or too large a one: looked at again, it would break again."""
    denied = Denied(_why(exception))
    if wants_part(request):
        return in_the_corner(request, denied)
    return _alone(_("This can’t be read"), denied.message, denied.status)


def _why(exception: Exception) -> str:
    if isinstance(exception, RequestDataTooBig):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MB
        return _("Beside its files a form may hold %(max)d MB. Nothing was changed: send it in parts.") % {"max": most}
    if isinstance(exception, TooManyFieldsSent):
        fields = f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}"
        return _("A form may have %(max)s fields. Nothing was changed: send it in parts.") % {"max": fields}
    if isinstance(exception, TooManyFilesSent):
        files = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        return _("A form may bring %(max)d files. Nothing was changed: send it in parts.") % {"max": files}
    return _("What was sent is no form of ours, and nothing was changed. Go back, reload the page and send it again.")


def not_looked_at(answer: HttpResponse) -> HttpResponse:
    """Who opens the address of a form in the browser, or reloads it after a login, is told where they are."""
    words = _("This address only takes what a form sends. Nothing was changed: go back, and send the form again.")
    page = _alone(_("There is nothing to look at here"), words, HTTPStatus.METHOD_NOT_ALLOWED)
    page["Allow"] = answer["Allow"]
    return page


def broken(request: HttpRequest) -> HttpResponse:
    """Asks neither session nor database nor middleware: any of them may be what broke."""
    words = _(
        "It has been written down for us. What you sent was not saved: go back, what you typed is still there, and try "
        "again in a moment."
    )
    return _alone(_("Something broke on our side"), words, 500)


def _alone(title: str, words: str, status: int) -> HttpResponse:
    language = {"lang": get_language() or "en", "dir": "rtl" if get_language_bidi() else "ltr"}
    page = render_to_string("errors/alone.html", {**language, "title": title, "words": words})
    return HttpResponse(page, status=status)
