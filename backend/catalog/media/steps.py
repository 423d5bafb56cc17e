"""A product's pictures and documents as part of its sheet (catalog.description): inner steps, which join an open
transaction.

Keys are `media.<pk>` (what it is called; None: not there), `media.<pk>.alt` and `media.<pk>.position`, from 0.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from backend.catalog.media.models import Media
from backend.catalog.models import Product
from backend.catalog.steps import clean_fields
from backend.core.errors import Refused
from backend.files.keeping import let_go

AT = "media."


def media_sheet(product: Product) -> dict[str, Any]:
    """What is shown of a product, in its order. One query."""
    sheet: dict[str, Any] = {}
    for place, media in enumerate(product.media.shown()):
        at = f"{AT}{media.pk}"
        sheet |= {at: str(media), f"{at}.alt": media.alt or None, f"{at}.position": place}
    return sheet


def write_media(product: Product, values: Mapping[str, Any]) -> None:
    """Shows, takes off, words and places what the values name; three queries and those of what changes."""
    named = {key.removeprefix(AT): value for key, value in values.items() if key.startswith(AT)}
    if not named:
        return
    found = {str(media.pk): media for media in product.media.all()}
    for key, value in named.items():
        pk, _dot, what = key.partition(".")
        if pk not in found:
            raise Refused(_("This picture or document is no longer there."))
        _write(found[pk], what, value)
    places = {int(key.partition(".")[0]): value for key, value in named.items() if key.endswith(".position")}
    _renumber(product, places)


def drop_proposed(product: Product, patch: Mapping[str, Any]) -> None:
    """What a patch would have shown, and nobody will see: gone."""
    keys = [key.removeprefix(AT) for key in patch if key.startswith(AT)]
    for media in product.media.filter(pk__in=[key for key in keys if key.isdigit()], proposed=True):
        _take_off(media)


def _write(media: Media, what: str, value: Any) -> None:
    if what == "alt":
        media.alt = value or ""
        clean_fields(media, exclude=["product", "variant"])
        media.save(update_fields=["alt"])
    elif not what and value is None:
        _take_off(media)
    elif not what:
        media.proposed = False
        media.save(update_fields=["proposed"])


def _take_off(media: Media) -> None:
    media.delete()
    let_go(media.sha256)


def _renumber(product: Product, places: Mapping[int, int]) -> None:
    """Whoever was given a place stands there; the others keep their order. Those that wait stand last."""
    rows = list(product.media.all())
    shown = [media for media in rows if not media.proposed]
    order = [media for media in shown if media.pk not in places]
    for media in shown:
        if media.pk in places:
            order.insert(max(0, places[media.pk]), media)
    order += [media for media in rows if media.proposed]
    for place, media in enumerate(order):
        media.position = place
    Media.objects.of_company(product.company_id).bulk_update(order, ["position"])
