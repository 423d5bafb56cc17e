"""Lines of goods as somebody typed them: of a delivery note, of a transfer."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from backend.catalog.models import Sku
from backend.inventory import queries
from backend.inventory.steps import Line
from frontend_htmx.http import CompanyRequest
from frontend_htmx.inventory.forms import LineForm


def goods_of(request: CompanyRequest, lines: Sequence[LineForm]) -> list[Line] | None:
    """The lines that were filled in, or None if one can't be read or names a SKU that the company doesn't have."""
    filled = [line for line in lines if line.has_changed()]
    for line in filled:
        line.full_clean()
    skus = queries.skus_by_code(request.company.pk, [line.cleaned_data.get("code", "") for line in filled])
    for line in filled:
        code = line.cleaned_data.get("code", "")
        if code and code.upper() not in skus:
            line.add_error("code", _("None of your SKUs has the code %(code)s.") % {"code": code})
    if any(line.errors for line in filled):
        return None
    return [_line(skus, **line.cleaned_data) for line in filled]


def _line(skus: Mapping[str, Sku], code: str, quantity: int, lot: str = "", best_before: date | None = None) -> Line:
    return Line(skus[code.upper()], quantity, lot, best_before)
