"""A product with its variants as one flat sheet: what an editor shows, a change set stores, and an approver compares.

Keys are `name`, `hs_code`, `attributes.<code>`, `variants.<pk>.gtin`, `variants.<pk>.attributes.<code>`: the names of a
form's fields as well, so that a no lands where it belongs. `variants.new.<code>` is a variant that is not there yet,
and becomes its name; `media.` is told of in catalog.media.steps. What is said in another language than the product's
own is `translations.name.ar`, `variants.<pk>.translations.name.ar`. Empty texts, None and what is not there are the
same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from backend.catalog import gs1
from backend.catalog.attributes import clean_attribute, definitions_of, require_attributes
from backend.catalog.media.steps import media_sheet, write_media
from backend.catalog.models import AttributeDefinition, Category, Product, Variant
from backend.catalog.steps import clean_fields
from backend.catalog.translations import AT, clean_language, require_said_once, translated, write_translations
from backend.catalog.variants import write_variant
from backend.core.errors import Refused

Sheet = Mapping[str, Any]
Patch = Mapping[str, tuple[Any, Any]]
"""Key -> what it was, what it becomes."""

OF_PRODUCT = ("name", "description", "language", "brand", "origin_country", "hs_code", "lead_time_days")
OF_VARIANT = ("name", "gtin", "weight_g", "length_mm", "width_mm", "height_mm")
MOST_OF_PRODUCT = {"name": 160, "description": 2000}
MOST_OF_VARIANT = {"name": 120}
"""What is said in further languages, and the most characters of it."""
NEW_VARIANT = "variants.new."
LIMITS: Mapping[str, tuple[int, int]] = {
    "lead_time_days": (0, 365),
    "weight_g": (1, 100_000_000),
    "length_mm": (1, 100_000),
    "width_mm": (1, 100_000),
    "height_mm": (1, 100_000),
}
"""The least and the most that is believed: days, grams, millimetres."""


def described(product: Product) -> dict[str, Any]:
    """The sheet of a product as it stands. Three queries: its variants, its category's definitions, its media."""
    sheet: dict[str, Any] = {name: getattr(product, name) for name in OF_PRODUCT}
    sheet["category"] = product.category_id
    sheet |= translated(product, MOST_OF_PRODUCT, product.language)
    sheet |= {f"attributes.{code}": product.attributes.get(code) for code in _shared(product.category)}
    axes = _axes(product.category)
    for variant in product.variants.all():
        at = f"variants.{variant.pk}"
        sheet |= {f"{at}.{name}": getattr(variant, name) for name in OF_VARIANT}
        sheet |= {f"{at}.attributes.{code}": variant.attributes.get(code) for code in axes}
        sheet |= translated(variant, MOST_OF_VARIANT, product.language, f"{at}.")
    return sheet | media_sheet(product)


def facts(said: Mapping[str, Any], definitions: Mapping[str, AttributeDefinition]) -> Sequence[tuple[str, Any]]:
    """Attributes as they are read, named, in the order of their category."""
    return [(each.local_name, with_unit(each, said[code])) for code, each in definitions.items() if code in said]


def with_unit(definition: AttributeDefinition, value: Any) -> Any:
    """The value as it is read: "330 ml", a choice, or whether."""
    if isinstance(value, bool):
        return value
    return f"{value} {definition.local_unit}" if definition.unit else definition.local_choice(value)


def require_described(product: Product) -> None:
    """Raises Refused unless the product says what its category wants said. Two queries."""
    require_attributes(_shared(product.category).values(), product.attributes, "attributes.")
    for variant in product.variants.all():
        require_variant_described(variant, product.category)


def require_variant_described(variant: Variant, category: Category) -> None:
    """Raises Refused unless a variant says what its category wants of each. One query."""
    require_attributes(_axes(category).values(), variant.attributes, f"variants.{variant.pk}.attributes.")


def difference(old: Sheet, new: Sheet) -> dict[str, tuple[Any, Any]]:
    """What would change; keys that the new sheet does not name stay."""
    wanted = {key: _bare(value) for key, value in new.items() if key in old or ".attributes." in f".{key}"}
    return {key: (_bare(old.get(key)), value) for key, value in wanted.items() if _bare(old.get(key)) != value}


def overtaken(product: Product, patch: Patch) -> list[str]:
    """The keys that somebody else has changed since the patch was made. As many queries as described()."""
    now = described(product)
    return [key for key, (was, _becomes) in patch.items() if _bare(now.get(key)) != was]


def write_description(product: Product, patch: Patch) -> None:
    """Writes a patch into the product and its variants, inside the caller's transaction and under his lock.

    Raises Refused at the key that can't be what it is to become.
    """
    values = {key: _within_limits(key, becomes) for key, (_was, becomes) in patch.items()}
    _write_product(product, values)
    for variant in product.variants.all():
        at = f"variants.{variant.pk}."
        own = {key.removeprefix(at): value for key, value in values.items() if key.startswith(at)}
        if own:
            _write_variant(product, variant, own, at)
    for key, name in values.items():
        if key.startswith(NEW_VARIANT):
            write_variant(product, name, key.removeprefix(NEW_VARIANT))
    if any(key == "language" or AT in key for key in values):
        require_said_once(product, product.variants.all())
    write_media(product, values)


def _write_product(product: Product, values: Sheet) -> None:
    for name in OF_PRODUCT:
        if name in values:
            setattr(product, name, values[name] if values[name] is not None or name == "lead_time_days" else "")
    product.hs_code = gs1.clean_hs_code(product.hs_code)
    product.origin_country = gs1.clean_country(product.origin_country)
    if "category" in values:
        product.category = _category(values["category"])
    said = {key.removeprefix("attributes."): value for key, value in values.items() if key.startswith("attributes.")}
    shared = _shared(product.category)
    product.attributes = _merged(product.attributes, said, shared, "attributes.")
    product.language = clean_language(product.language)
    write_translations(product, values, MOST_OF_PRODUCT)
    if "category" not in values:  # what another category wants is asked for on the next sheet
        require_attributes(shared.values(), product.attributes, "attributes.")
    clean_fields(product, exclude=["company", "category"])
    product.save()


def _write_variant(product: Product, variant: Variant, values: Sheet, at: str) -> None:
    for name in OF_VARIANT:
        if name in values:
            setattr(variant, name, "" if values[name] is None and name in ("name", "gtin") else values[name])
    said = {key.removeprefix("attributes."): value for key, value in values.items() if key.startswith("attributes.")}
    variant.attributes = _merged(variant.attributes, said, _axes(product.category), f"{at}attributes.")
    write_translations(variant, values, MOST_OF_VARIANT, at)
    variant.version += 1
    clean_fields(variant, exclude=["product"], prefix=at)
    variant.save()


def _merged(
    before: Mapping[str, Any], said: Sheet, definitions: Mapping[str, AttributeDefinition], prefix: str
) -> dict[str, Any]:
    """The attributes that the category defines; what another one knew is dropped."""
    both = {**before, **{code: said[code] for code in said if code in definitions}}
    cleaned = {
        code: clean_attribute(definition, both.get(code), field=prefix + code)
        for code, definition in definitions.items()
    }
    return {code: value for code, value in cleaned.items() if value is not None}


def _within_limits(key: str, value: Any) -> Any:
    name = key.rpartition(".")[2]
    if ".attributes." in f".{key}" or name not in LIMITS or value is None:
        return value
    least, most = LIMITS[name]
    if not isinstance(value, int) or not least <= value <= most:
        raise Refused(
            _("%(value)s is out of range: give a whole number from %(least)s to %(most)s, or leave it empty.")
            % {"value": str(value)[:20], "least": f"{least:,}", "most": f"{most:,}"},
            field=key,
        )
    return value


def _category(pk: Any) -> Category:
    found = Category.objects.filter(pk=pk).first()
    if found is None:
        raise Refused(_("There is no such category any more. Choose another."), field="category")
    return found


def _shared(category: Category) -> Mapping[str, AttributeDefinition]:
    return {code: each for code, each in definitions_of(category).items() if not each.is_variant_axis}


def _axes(category: Category) -> Mapping[str, AttributeDefinition]:
    return {code: each for code, each in definitions_of(category).items() if each.is_variant_axis}


def _bare(value: Any) -> Any:
    return None if value == "" else value
