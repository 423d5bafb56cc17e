"""What a column of a file may hold, declared once: guessing, checking, writing and exporting read this table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from backend.catalog.translations import in_language
from backend.core.quantity import MAX_QUANTITY

MORE_TIERS = (2, 3, 4, 5, 6)


class Kind(StrEnum):
    """How a cell is read."""

    TEXT = "text"
    CODE = "code"
    WHOLE = "whole"
    PRICE = "price"
    UNIT = "unit"
    GTIN = "gtin"
    CATEGORY = "category"
    CURRENCY = "currency"
    COUNTRY = "country"
    DIGITS = "digits"
    ATTRIBUTE = "attribute"
    PERCENT = "percent"
    YES_NO = "yes_no"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a row may say. `most` is a length of text, or the greatest number."""

    name: str
    label: str | Promise
    kind: Kind
    most: int = 0
    synonyms: tuple[str, ...] = ()
    for_new: bool = False
    """A row that makes a new product needs it."""
    least: int = 1


def _field(
    name: str, label: str | Promise, kind: Kind, most: int = 0, *synonyms: str, for_new: bool = False, least: int = 1
) -> Field:
    return Field(name, label, kind, most, synonyms, for_new, least)


_K = Kind
OWN_FIELDS: Sequence[Field] = (
    _field("code", _("SKU"), _K.CODE, 40, "code", "sku code", "item", "item code", "item no", "item number", "article",
           "article no", "article number", "artikelnummer", "art nr", "stock code", "stockcode", "product code",
           "reference", "ref", "référence", "codice", "código", for_new=True),
    _field("name", _("Name"), _K.TEXT, 160, "product", "product name", "title", "item name", "bezeichnung", "artikel",
           "désignation", "nombre", "nome", "descrizione breve", for_new=True),
    _field("category", _("Category"), _K.CATEGORY, 80, "kategorie", "catégorie", "categoría", "categoria", "range",
           "department", "group", "warengruppe", for_new=True),
    _field("parent", _("Parent SKU"), _K.CODE, 40, "parent", "parent code", "style", "style no", "style number",
           "handle", "item group id", "variant group", "variant of", "modell", "modèle", "hauptartikel"),
    _field("variant", _("Variant"), _K.TEXT, 120, "variant name", "variante", "option", "ausführung", "version"),
    _field("description", _("Description"), _K.TEXT, 2000, "details", "long description", "text", "beschreibung",
           "descripción", "descrizione"),
    _field("language", _("Language"), _K.LANGUAGE, 20, "lang", "sprache", "langue", "idioma", "lingua"),
    _field("brand", _("Brand"), _K.TEXT, 80, "make", "marke", "marque", "marca"),
    _field("unit", _("Sold by the"), _K.UNIT, 10, "unit", "uom", "unit of sale", "sales unit", "einheit", "unité"),
    _field("case_pack", _("Case pack"), _K.WHOLE, MAX_QUANTITY, "pack", "pack size", "case size", "case qty",
           "units per case", "pieces per case", "ve", "verpackungseinheit", "colisage"),
    _field("inner_pack", _("Inner pack"), _K.WHOLE, MAX_QUANTITY, "inner", "inner qty", "pieces per inner",
           "innenkarton", "sous colisage", least=2),
    _field("pallet_cases", _("Cases on a pallet"), _K.WHOLE, MAX_QUANTITY, "cases per pallet", "pallet", "pallet qty",
           "kartons pro palette", least=2),
    _field("moq", _("Minimum order"), _K.WHOLE, MAX_QUANTITY, "min order", "minimum", "min qty", "minimum quantity",
           "mindestmenge", "minimum order quantity"),
    _field("increment", _("In steps of"), _K.WHOLE, MAX_QUANTITY, "increment", "step", "order multiple", "multiple"),
    _field("gtin", "GTIN", _K.GTIN, 14, "ean", "ean13", "ean code", "barcode", "bar code", "upc", "ean 13"),
    _field("hs_code", _("HS code"), _K.DIGITS, 10, "commodity code", "tariff code", "tariff", "zolltarifnummer", "hs"),
    _field("origin_country", _("Country of origin"), _K.COUNTRY, 2, "origin", "made in", "country", "ursprungsland"),
    _field("weight_g", _("Weight in grams"), _K.WHOLE, 100_000_000, "weight", "weight g", "gewicht g"),
    _field("length_mm", _("Length in mm"), _K.WHOLE, 100_000, "length", "length mm"),
    _field("width_mm", _("Width in mm"), _K.WHOLE, 100_000, "width", "width mm"),
    _field("height_mm", _("Height in mm"), _K.WHOLE, 100_000, "height", "height mm"),
    _field("lead_time_days", _("Lead time in days"), _K.WHOLE, 365, "lead time", "lead time days", "lieferzeit",
           least=0),
    _field("currency", _("Currency"), _K.CURRENCY, 3, "währung", "devise", "ccy"),
    _field("price", _("Price of one"), _K.PRICE, 0, "price", "unit price", "trade price", "price each", "preis",
           "einzelpreis", "prix", "precio", "prezzo", "wholesale price", "cost", for_new=True),
    *(field for n in MORE_TIERS for field in (
        _field(f"from{n}", format_lazy(_("Price {n}: from"), n=n), _K.WHOLE, MAX_QUANTITY, f"from {n}", f"qty {n}",
               f"quantity {n}", f"break {n}", f"tier {n}", f"ab {n}"),
        _field(f"price{n}", format_lazy(_("Price {n}"), n=n), _K.PRICE, 0, f"price {n}", f"price each {n}",
               f"preis {n}", f"break price {n}"),
    )),
)  # fmt: skip
_TRANSLATED = (("name", _("Name"), 160), ("description", _("Description"), 2000), ("variant", _("Variant"), 120))
TEXTS: Mapping[str, tuple[str, str]] = {
    f"{text}_{language}": (text, language) for language, _name in settings.LANGUAGES for text, *_more in _TRANSLATED
}
"""Column of a text in a further language -> the column of the own words, and the language."""
FIELDS: Sequence[Field] = (
    *OWN_FIELDS,
    *(
        Field(f"{text}_{language}", lazy(in_language, str)(label, language), Kind.TEXT, most)
        for language, _name in settings.LANGUAGES
        for text, label, most in _TRANSLATED
    ),
)
BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
