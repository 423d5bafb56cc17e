"""Files that people send us, and how they get them back."""

from __future__ import annotations

from collections.abc import Callable

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.files.keeping import FULL, content_of
from backend.files.models import FileKind, KeptFile
from backend.files.reading import MAX_BYTES, Upload, read_attachment, read_upload
from frontend_htmx.http import HtmxRequest

EVERYBODYS = "public, max-age=31536000, immutable"
THE_COMPANYS = "private, max-age=31536000, immutable"
ASKED_EACH_TIME = "private, no-cache"
"""The browser keeps it, and asks each time whether it may still be shown."""


def uploaded(file: UploadedFile[bytes]) -> Upload:
    """What a form's file field got, looked at. Raises Refused for what is not taken."""
    return _read(file, lambda content, _name: read_upload(content))


def attached(file: UploadedFile[bytes]) -> Upload:
    """The same for what somebody else opens under the name that it came with."""
    return _read(file, read_attachment)


def _read(file: UploadedFile[bytes], look: Callable[[bytes, str], Upload]) -> Upload:
    if file.size is None or file.size > MAX_BYTES:
        raise Refused(
            _("The file is too large: at most %(max)d MB are taken.") % {"max": MAX_BYTES >> 20}, field="file"
        )
    return look(file.read(), file.name or "")


def send_file(request: HtmxRequest, row: KeptFile, size: str = FULL, *, cache: str) -> HttpResponse:
    """The file of a row that this person may see: nothing here asks. It never changes under its address. What could be
    opened as a page of ours comes as a download, in a sandbox."""
    tag = f'"{row.sha256[:32]}-{size}"'
    if request.headers.get("If-None-Match") == tag:
        return _cached(HttpResponseNotModified(), tag, cache)
    try:
        content, content_type = content_of(row, size)
    except (LookupError, FileNotFoundError):
        raise Http404(size) from None
    response = HttpResponse(content, content_type=content_type)
    is_document = row.kind == FileKind.DOCUMENT
    if is_document or size == FULL:
        response["Content-Disposition"] = (
            content_disposition_header(is_document, row.name or f"{row.pk}") or "attachment"
        )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return _cached(response, tag, cache)


def _cached(response: HttpResponse, tag: str, cache: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = cache
    response["X-Content-Type-Options"] = "nosniff"
    return response
