"""Files by what they contain, in Django's storage: the same file is kept once, and never changes under its name.

Whoever writes a row of a file, and whoever deletes the file, takes the same lock first: no row loses its file.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.transaction import atomic, on_commit

from backend.core import clock
from backend.core.row_security import across_companies
from backend.files.models import FileKind, KeptFile
from backend.files.reading import SIZES, Upload, shown_name

FULL = "full"
DIGITS = 64  # of a SHA-256
ONCE_FOR_ALL = "a file is kept once for all"
GRACE = timedelta(days=1)
"""How long a file may lie there without a row before the sweep takes it for forgotten."""


def store(upload: Upload) -> str:
    """Keeps a file and its thumbnails until the transaction writes their row; returns its name in the storage."""
    _lock(upload.sha256)
    name = f"{_folder(upload.sha256)}.{upload.ending}"
    for size, content in upload.thumbnails:
        _keep(_thumbnail_name(upload.sha256, size), content)
    return _keep(name, upload.content)


def kept(upload: Upload, *, name: str) -> dict[str, Any]:
    """Keeps a file, and says of it what its row does. `name` is what the person calls it."""
    return {
        "kind": upload.kind,
        "file": store(upload),
        "sha256": upload.sha256,
        "content_type": upload.content_type,
        "name": shown_name(name),
        "width": upload.width,
        "height": upload.height,
        "size_bytes": len(upload.content),
    }


def again(row: KeptFile) -> dict[str, Any]:
    """What another row says of the same file, from here on until the transaction writes it."""
    _lock(row.sha256)
    return {field.name: getattr(row, field.name) for field in KeptFile._meta.get_fields()}


def content_of(row: KeptFile, size: str = FULL) -> tuple[bytes, str]:
    """The bytes and their content type. Raises LookupError for a size that there is not."""
    if size == FULL:
        name, content_type = row.file.name, row.content_type
    elif row.kind == FileKind.PICTURE and size in SIZES:
        name, content_type = _thumbnail_name(row.sha256, size), "image/webp"
    else:
        raise LookupError(size)
    with default_storage.open(str(name)) as file:
        return file.read(), content_type


def let_go(digest: str) -> None:
    """Deletes a file after the transaction commits, unless another row names it.

    A process that ends in between leaves it to delete_orphans().
    """
    on_commit(lambda: delete_unused(digest))


@atomic
def delete_unused(digest: str) -> bool:
    """Deletes a file and its thumbnails where no row names it; whether it did."""
    _lock(digest)
    if _is_named(digest):
        return False
    for name in _names(digest):
        default_storage.delete(name)
    return True


def delete_orphans() -> int:
    """Deletes what no row has named for GRACE: files whose upload failed, or whose removal was cut short."""
    return sum(delete_unused(digest) for digest in set(_old_digests()))


@across_companies(why=ONCE_FOR_ALL)
def _is_named(digest: str) -> bool:
    """Whether any room has a row of it, whoever's. One query for each room that keeps files."""
    keeping = [model for model in apps.get_models() if issubclass(model, KeptFile)]
    rows: list[Any] = [model._default_manager.all() for model in keeping]
    return any(each.across_companies(why=ONCE_FOR_ALL).filter(sha256=digest).exists() for each in rows)


def _old_digests() -> Iterator[str]:
    before = clock.now() - GRACE
    for folder in _listed("")[0]:
        for name in _listed(folder)[1]:
            digest = name.partition(".")[0].partition("-")[0]
            if len(digest) == DIGITS and default_storage.get_modified_time(f"{folder}/{name}") < before:
                yield digest


def _names(digest: str) -> list[str]:
    of_it = [name for name in _listed(digest[:2])[1] if name.startswith(digest)]
    return [f"{digest[:2]}/{name}" for name in of_it]


def _listed(folder: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _lock(digest: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"file:{digest}"])


def _keep(name: str, content: bytes) -> str:
    """A process that ended while it wrote may have left a part of the file: that is written again."""
    if default_storage.exists(name):
        if default_storage.size(name) == len(content):
            return name
        default_storage.delete(name)
    return default_storage.save(name, ContentFile(content))


def _folder(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _thumbnail_name(digest: str, size: str) -> str:
    return f"{_folder(digest)}-{size}.webp"
