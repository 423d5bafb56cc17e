"""Any list as a file that is streamed while it is written. A view declares its columns once and names its rows:

return export(request, form, "stock", STOCK_COLUMNS, rows)
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone

from backend.catalog.transfer.exporting import Column, csv_blocks, xlsx_file

R = TypeVar("R")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BLOCK_BYTES = 64 * 1024


def export_paths(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Where the list at a route is taken out, in both forms: `<name>_csv`, `<name>_xlsx`."""
    return [path(f"{route}export.{form}", view, {"form": form}, name=f"{name}_{form}") for form in TYPES]


def export(
    request: HttpRequest, form: str, name: str, columns: Sequence[Column[R]], rows: Iterable[R]
) -> StreamingHttpResponse:
    """The rows as CSV or XLSX, named after the list and the day. `form` is csv or xlsx."""
    blocks = csv_blocks(columns, rows) if form == "csv" else _workbook_blocks(columns, rows, name)
    return download(request, blocks, f"{name}-{timezone.now():%Y-%m-%d}.{form}", TYPES[form])


def download(request: HttpRequest, blocks: Iterator[bytes], filename: str, content_type: str) -> StreamingHttpResponse:
    """Blocks as a file. They are made one after the other while the reader takes them."""
    streamed = _in_the_background(blocks) if isinstance(request, ASGIRequest) else blocks
    response = StreamingHttpResponse(streamed, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response


async def _in_the_background(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each block in the request's own thread, where its database connection is."""
    following = sync_to_async(partial(next, blocks, b""))
    while block := await following():
        yield block


def _workbook_blocks(columns: Sequence[Column[R]], rows: Iterable[R], name: str) -> Iterator[bytes]:
    with xlsx_file(columns, rows, name) as file:
        yield from _blocks(file)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(BLOCK_BYTES):
        yield block
