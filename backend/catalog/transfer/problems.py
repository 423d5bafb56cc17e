"""What was wrong with a cell, and what would be accepted, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.catalog.models import Category
from backend.catalog.transfer.attributes import field_of
from backend.catalog.transfer.fields import Kind
from backend.catalog.transfer.models import Import, ImportProblem
from backend.catalog.translations import named
from backend.core.money import EXPONENTS
from backend.core.units import Unit

WHAT: Mapping[str, str | Promise] = {
    "ragged": _("The row has more cells than the header."),
    "missing": _("Nothing stands here, and a new product needs it."),
    "repeated": _("The same SKU stands in row %(detail)s already; only that row counts."),
    "formula": _("The spreadsheet's formula failed here."),
    "unreadable": _("Some of these characters can't be read."),
    "date": _("The spreadsheet has made a date of this."),
    "exponent": _("The spreadsheet has shortened this number; its last digits are lost."),
    "too_long": _("This is too long."),
    "negative": _("This is below zero."),
    "fraction": _("This is a fraction, and only whole ones count."),
    "out_of_range": _("This is out of range."),
    "not_whole": _("This is not a whole number."),
    "not_price": _("This is not a price."),
    "coinless": _("In this currency it could mean a thousand times as much."),
    "too_much": _("This is more than a price may be."),
    "too_fine": _("This has more decimals than a price may have."),
    "not_unit": _("This is not a unit of sale."),
    "not_currency": _("This market does not settle in that."),
    "not_country": _("This is not a country's code."),
    "not_language": _("This market is not read in that language."),
    "own_language": _("The product’s own words are in this language, and they stand in other columns."),
    "other_language": _("The own words of this product are in another language, and a file does not change that."),
    "not_hs_code": _("This is not an HS code."),
    "not_category": _("There is no such category."),
    "not_gtin": _("This is not a GTIN."),
    "check_digit": _("The last digit does not check the others: one of them is wrong."),
    "half_step": _("A step of the price takes both a quantity and a price, or neither."),
    "step_quantity": _("Each step begins at more than the one before."),
    "step_price": _("More never costs more a unit: each step is cheaper than the one before."),
    "other_family": _("This SKU is a variant of another parent already, and a file does not move it."),
    "inner_misfit": _("A case holds two or more full inner packs, and this does not fit."),
    "not_number": _("This is not a number."),
    "not_yes_no": _("This is neither yes nor no."),
    "not_choice": _("This is none of the choices of its category."),
    "unsaid": _("Products of its category say more before they are published: %(detail)s."),
    "no_first_price": _("The price of one is missing, which the steps begin with."),
    "no_code": _("The row names no SKU."),
    "no_sku": _("You have no SKU of this code."),
    "other_unit": _("This SKU is sold by the %(detail)s, and its prices are for that."),
    "other_currency": _("Prices here are in %(detail)s."),
    "not_percent": _("This is not a percentage from -100 to 100 with at most two decimals."),
    "maybe_percent": _("A spreadsheet keeps 10%% as 0.1, so this may be a hundred times as much."),
    "neither": _("Here is neither a price nor a percentage."),
    "both": _("Here are a price and a percentage at once."),
    "repeated_line": _("This SKU stands from the same quantity on in row %(detail)s already."),
    "too_many_tiers": _("A SKU has at most %(detail)s lines in a list."),
    "rises": _("A unit would cost more from this quantity on than before it (%(detail)s)."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A problem as a person reads it. Rows count as the spreadsheet counts them: the header is row 1."""

    row: int
    column: str
    cell: str
    what: str
    accepted: str


def _tell(problem: ImportProblem, *, categories: str, decimal_comma: bool) -> Told:
    return Told(
        row=problem.row,
        column=problem.column or (str(field_of(problem.field).label) if problem.field else ""),
        cell=problem.cell,
        what=str(WHAT[problem.code]) % {"detail": problem.detail},
        accepted=_accepted(problem, categories, "2,95" if decimal_comma else "2.95"),
    )


def teller(import_: Import) -> Callable[[ImportProblem], Told]:
    """Says what is wrong in a file of products. One query."""
    categories = ", ".join(map(str, Category.objects.all()))
    return partial(_tell, categories=categories, decimal_comma=import_.decimal_comma)


def _accepted(problem: ImportProblem, categories: str, price: str) -> str:
    if problem.code == "ragged":
        return gettext("As many cells as the header has; a text that contains the delimiter stands in quotation marks.")
    if problem.code == "repeated":
        return gettext("One row for each SKU.")
    if problem.code in _ACCEPTED_INSTEAD:
        return str(_ACCEPTED_INSTEAD[problem.code]) % {"detail": problem.detail}
    field = field_of(problem.field)
    return str(_ACCEPTED[field.kind]) % {
        "least": field.least,
        "most": f"{field.most:,}",
        "units": ", ".join(Unit),
        "languages": ", ".join(named(code) for code, _name in settings.LANGUAGES),
        "currencies": ", ".join(EXPONENTS),
        "categories": categories,
        "price": price,
    }


_ACCEPTED_INSTEAD: Mapping[str, str | Promise] = {
    "unsaid": _("A column for each of these, or import the rows as drafts."),
    "inner_misfit": _("A number that the case pack is a multiple of, such as half of it."),
    "own_language": _("An empty cell, and the text in the column of the own words."),
    "other_language": _("The language that it has, or an empty cell."),
    "other_family": _("The parent that it has, or an empty cell."),
    "not_number": _("A number, such as 12 or 1.5."),
    "not_yes_no": _("Yes or no."),
    "not_choice": _("One of: %(detail)s."),
}
_ACCEPTED: Mapping[Kind, str | Promise] = {
    Kind.ATTRIBUTE: _("A text of 1 to %(most)s characters."),
    Kind.TEXT: _("A text of 1 to %(most)s characters."),
    Kind.CODE: _("A code of 1 to %(most)s characters, in a column that the spreadsheet formats as text."),
    Kind.WHOLE: _("A whole number from %(least)s to %(most)s, such as 12."),
    Kind.PRICE: _("A price such as %(price)s, at most a million, with at most four decimals of the smallest coin."),
    Kind.UNIT: _("One of: %(units)s."),
    Kind.CURRENCY: _("One of: %(currencies)s."),
    Kind.LANGUAGE: _("One of: %(languages)s."),
    Kind.COUNTRY: _("Two letters, such as GB or PT."),
    Kind.DIGITS: _("6 to 10 digits, such as 6912.00."),
    Kind.CATEGORY: _("One of: %(categories)s."),
    Kind.GTIN: _("8, 12, 13 or 14 digits, in a column that the spreadsheet formats as text."),
}
