"""A patch of a product's sheet (catalog.description) as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backend.catalog.attributes import definitions_of
from backend.catalog.description import NEW_VARIANT, Patch
from backend.catalog.media.steps import AT as MEDIA
from backend.catalog.models import AttributeDefinition, Category, Media, Product, Variant
from backend.catalog.translations import AT, in_language, named
from backend.files.models import FileKind


@dataclass(frozen=True, slots=True)
class Line:
    """One difference. `media`: the picture or document that it is about, while there is one."""

    label: str
    old: Any
    new: Any
    media: Media | None = None


def lines(product: Product, patch: Patch) -> Sequence[Line]:
    """A patch as an approver reads it, in the order of the sheet. At most four queries."""
    shown = _Shown(product, patch)
    return [
        Line(shown.label(key), shown.value(key, was), shown.value(key, becomes), shown.medium(key))
        for key, (was, becomes) in patch.items()
    ]


class _Shown:
    """What the keys and values of a patch are called."""

    def __init__(self, product: Product, patch: Patch) -> None:
        self.variants = {variant.pk: variant for variant in product.variants.all()}
        self.definitions = definitions_of(product.category)
        self.categories = Category.objects.in_bulk([pk for pk in patch.get("category", ()) if pk])
        has_media = any(key.startswith(MEDIA) for key in patch)
        self.media = {str(media.pk): media for media in product.media.all()} if has_media else {}

    def label(self, key: str) -> str:
        if key.startswith(NEW_VARIANT):
            return _("New variant (%(code)s)") % {"code": key.removeprefix(NEW_VARIANT)}
        if key.startswith(MEDIA):
            return self._label_of_media(key)
        return _label(key, self.variants, self.definitions)

    def value(self, key: str, value: Any) -> Any:
        if key == "category":
            return str(self.categories.get(value, ""))
        if key == "language":
            return named(value)
        if key.startswith(MEDIA) and key.endswith(".position"):
            return None if value is None else value + 1
        return value

    def medium(self, key: str) -> Media | None:
        return self.media.get(key.removeprefix(MEDIA).partition(".")[0]) if key.startswith(MEDIA) else None

    def _label_of_media(self, key: str) -> str:
        media, what = self.medium(key), key.removeprefix(MEDIA).partition(".")[2]
        if not what:
            return str(FileKind(media.kind).label) if media else _("Picture or document")
        named = _("What it shows") if what == "alt" else _("Place")
        return f"{media}: {named}" if media else named


def _label(key: str, variants: Mapping[int, Variant], definitions: Mapping[str, AttributeDefinition]) -> str:
    rest, owner = key, ""
    if key.startswith("variants."):
        pk, _dot, rest = key.removeprefix("variants.").partition(".")
        variant = variants.get(int(pk))
        owner = f"{variant.name}: " if variant and variant.name else ""
    if rest.startswith("attributes."):
        definition = definitions.get(rest.removeprefix("attributes."))
        return owner + (definition.local_name if definition else rest)
    model = Variant if key.startswith("variants.") else Product
    if rest.startswith(AT):
        field, _dot, language = rest.removeprefix(AT).partition(".")
        return owner + in_language(_verbose(model, field), language)
    return owner + _verbose(model, rest)


def _verbose(model: type[Product | Variant], field: str) -> str:
    return str(getattr(model._meta.get_field(field), "verbose_name", field))
