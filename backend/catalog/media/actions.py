"""Every change of a product's pictures and documents. Of what was published it may wait for an approval, as all that a
product says does: `waiting` of what comes back is the change set then."""

from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.catalog.changes.actions import Edited, change_product, open_product
from backend.catalog.media.models import Media
from backend.catalog.media.steps import AT, media_sheet
from backend.catalog.models import ChangeSet, Product, Variant
from backend.catalog.steps import clean_fields, require_editor
from backend.core.errors import Refused
from backend.core.row_security import for_actor
from backend.events import once
from backend.files.keeping import kept
from backend.files.reading import Upload

MAX_MEDIA = 30


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a file: its own name, and what it shows."""

    name: str = ""
    alt: str = ""


NONE = Words()


@atomic(durable=True)
@for_actor
def add_media(
    product: Product, upload: Upload, *, words: Words = NONE, variant: Variant | None = None, key: str, actor: Actor
) -> Edited:
    """Adds a picture or a document to a product, after those that it has; the same file twice is one. With a `variant`
    (of this product) it shows that one alone.

    Raises NotAllowed without catalog.edit; Refused past MAX_MEDIA, those that wait for an approval included.
    """
    require_editor(actor, product.company)
    asked = {"product": product.pk, "sha256": upload.sha256}
    claim = once.claim(product.company_id, key, action="add_media", request=asked)
    if claim.is_repeat:
        return Edited(product, ChangeSet.objects.of_company(product.company_id).filter(pk=claim.result_pk).first())
    product = open_product(product)
    present = list(product.media.all())
    if any(media.sha256 == upload.sha256 for media in present):
        return Edited(product)
    if len(present) >= MAX_MEDIA:
        raise Refused(_("A product has at most %(max)d pictures and documents.") % {"max": MAX_MEDIA}, field="file")
    media = _written(product, upload, words, variant, position=len(present))
    edited = change_product(product, {f"{AT}{media.pk}": (None, str(media))}, actor=actor)
    if edited.waiting:
        claim.resulted_in(edited.waiting.pk)
    return edited


@atomic(durable=True)
@for_actor
def edit_media(media: Media, *, alt: str, position: int, actor: Actor) -> Edited:
    """Says in words what a picture shows, and puts it at a place (from 0) among the product's. Raises as add_media."""
    require_editor(actor, media.product.company)
    product = open_product(media.product)
    now, at = media_sheet(product), f"{AT}{media.pk}"
    places = sum(1 for key in now if key.endswith(".position"))
    wanted = {f"{at}.alt": alt.strip() or None, f"{at}.position": max(0, min(position, places - 1))}
    patch = {key: (now[key], value) for key, value in wanted.items() if key in now and now[key] != value}
    return change_product(product, patch, actor=actor) if patch else Edited(product)


@atomic(durable=True)
@for_actor
def remove_media(media: Media, *, actor: Actor) -> Edited:
    """Takes a picture or a document off its product; its file goes with the last product that shows it. Removed again,
    it stays so. Raises as add_media."""
    require_editor(actor, media.product.company)
    product = open_product(media.product)
    name = media_sheet(product).get(f"{AT}{media.pk}")
    if name is None:
        return Edited(product)
    return change_product(product, {f"{AT}{media.pk}": (name, None)}, actor=actor)


def _written(product: Product, upload: Upload, words: Words, variant: Variant | None, *, position: int) -> Media:
    """Seen by nobody else until a change shows it."""
    media = Media(
        product=product,
        variant=variant,
        alt=words.alt.strip(),
        position=position,
        proposed=True,
        **kept(upload, name=words.name),
    )
    clean_fields(media, exclude=["product", "variant"])
    media.save()
    return media
