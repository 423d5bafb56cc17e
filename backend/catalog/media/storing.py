"""Files by what they contain, in Django's storage: the same file is kept once, and never changes under its name.

Whoever writes a row of a file, and whoever deletes the file, takes the same lock first: no row loses its file.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.transaction import atomic, on_commit

from backend.catalog.media.models import Media, MediaKind
from backend.catalog.media.reading import SIZES, Upload
from backend.core import clock

FULL = "full"
DIGITS = 64  # of a SHA-256
GRACE = timedelta(days=1)
"""How long a file may lie there without a row before the sweep takes it for forgotten."""


def store(upload: Upload) -> str:
    """Keeps a file and its thumbnails until the transaction writes their row; returns its name in the storage."""
    _lock(upload.sha256)
    name = f"{_folder(upload.sha256)}.{upload.ending}"
    for size, content in upload.thumbnails:
        _keep(_thumbnail_name(upload.sha256, size), content)
    return _keep(name, upload.content)


def content_of(media: Media, size: str) -> tuple[bytes, str]:
    """The bytes and their content type. Raises LookupError for a size that there is not."""
    if size == FULL:
        name, content_type = media.file.name, media.content_type
    elif media.kind == MediaKind.PICTURE and size in SIZES:
        name, content_type = _thumbnail_name(media.sha256, size), "image/webp"
    else:
        raise LookupError(size)
    with default_storage.open(str(name)) as file:
        return file.read(), content_type


def let_go(digest: str) -> None:
    """Deletes a file after the transaction commits, unless another product shows it.

    A process that ends in between leaves it to delete_orphans().
    """
    on_commit(lambda: delete_unused(digest))


@atomic
def delete_unused(digest: str) -> bool:
    """Deletes a file and its thumbnails where no row names it; whether it did."""
    _lock(digest)
    if Media.objects.across_companies(why="a file is kept once for all").with_content(digest).exists():
        return False
    for name in _names(digest):
        default_storage.delete(name)
    return True


def delete_orphans() -> int:
    """Deletes what no row has named for GRACE: files whose upload failed, or whose removal was cut short."""
    return sum(delete_unused(digest) for digest in set(_old_digests()))


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
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"media:{digest}"])


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
