"""A price list's lines as a file, with the columns that a table is read by: what goes out can come in again."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from backend.catalog.lists.models import PriceList
from backend.catalog.lists.queries import LinesPage, ListLine, list_lines
from backend.catalog.lists.sheets.fields import FIELD_OF
from backend.catalog.pricing.reading import percent_written, written
from backend.catalog.pricing.terms import Step
from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column, Value
from backend.core.row_security import acting_for


def list_columns(price_list: PriceList) -> tuple[Column[ListLine], ...]:
    """What a line says, and in which currency."""
    return (
        Column(FIELD_OF["code"].label, lambda line: line.code),
        Column(_("Product"), lambda line: line.product),
        Column(FIELD_OF["quantity"].label, lambda line: line.step.min_quantity),
        Column(FIELD_OF["price"].label, lambda line: _price(line.step)),
        Column(FIELD_OF["may_be_dearer"].label, lambda line: line.step.may_be_dearer),
        Column(FIELD_OF["unit"].label, lambda line: line.unit),
        Column(FIELD_OF["currency"].label, lambda _line: price_list.currency),
    )


def list_rows(price_list: PriceList, *, text: str = "") -> Iterator[ListLine]:
    """What the list shows on all of its pages: two queries for each thousand."""

    def read(number: int) -> LinesPage:
        with acting_for(price_list.company_id):  # a file is sent when its request is over
            return list_lines(price_list, text=text, number=number, size=EXPORTED_AT_ONCE)

    return all_pages(read)


def _price(step: Step) -> Value:
    """A percentage says what it is, or a spreadsheet would take it for a price."""
    if step.price:
        return Decimal(written(step.price))
    return f"{percent_written(step.percent)}%" if step.percent is not None else None
