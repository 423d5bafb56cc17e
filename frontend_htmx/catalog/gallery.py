"""A product's pictures and documents with their addresses: the public ones, or the company's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from backend.catalog.models import Media, Product
from backend.catalog.queries import shown_media
from backend.files.models import FileKind


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture or document, and where its files are."""

    media: Media
    small: str
    large: str
    full: str


def gallery(product: Product, company: str = "") -> tuple[Sequence[Shown], Sequence[Shown]]:
    """Pictures and documents, in their order; for a company's own page by its own addresses. One query."""
    shown = [_shown(media, company) for media in shown_media(product)]
    pictures = [each for each in shown if each.media.kind == FileKind.PICTURE]
    return pictures, [each for each in shown if each.media.kind == FileKind.DOCUMENT]


def _shown(media: Media, company: str) -> Shown:
    small, large, full = (_address(media, company, size) for size in ("s", "l", "full"))
    return Shown(media, small, large, full)


def _address(media: Media, company: str, size: str) -> str:
    if company:
        return reverse("show_own_media", args=[company, media.pk, size])
    return reverse("media", args=[media.sha256, size])
