"""What stands in an assortment: many SKUs come in and go out at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from backend.catalog.audiences.actions import fill_assortment
from backend.catalog.audiences.goods import MOST_CODES, Filled, Goods, How, lines_of
from backend.catalog.lists import queries
from backend.catalog.lists.models import Assortment
from backend.catalog.lists.queries import KindRow
from backend.catalog.models import Sku
from backend.catalog.queries import EXPORTED_AT_ONCE, all_pages
from backend.catalog.transfer.exporting import Column
from backend.core.errors import Refused
from backend.core.tables.pasted import table_of
from backend.core.tables.sent import rows_of_file
from backend.core.tables.sniffing import Rows
from frontend_htmx.exports import export
from frontend_htmx.fields import Typed
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other
from frontend_htmx.paging import page_number, search_text
from frontend_htmx.prices.desk import require_prices
from frontend_htmx.prices.forms import AssortmentForm
from frontend_htmx.tables import file_field, rows_sent, text_field

MAX_MB = 5
MOST_TEXT = 2_000_000
MOST_TOLD = 100
"""So many codes that are none are named on the page."""
COLUMNS: tuple[Column[Sku], ...] = (
    Column(gettext_lazy("SKU"), lambda row: row.code),
    Column(gettext_lazy("Product"), lambda row: row.product.name),
    Column(gettext_lazy("Variant"), lambda row: row.variant.name),
    Column(gettext_lazy("Category"), lambda row: row.product.category.name),
    Column(gettext_lazy("Brand"), lambda row: row.product.brand),
)


class GoodsForm(forms.Form):
    """Some SKUs, pasted, as a file, by category or brand, and what becomes of them."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = text_field(MOST_TEXT, gettext_lazy("A SKU on each row. What stands beside it is left unread."))
    file = file_field(
        format_lazy(gettext_lazy("CSV or XLSX, up to {lines} lines and {mb} MB."), lines=f"{MOST_CODES:,}", mb=MAX_MB)
    )
    category = forms.TypedChoiceField(
        label=gettext_lazy("All of a category"), coerce=int, required=False, empty_value=None
    )
    brand = forms.ChoiceField(label=gettext_lazy("All of a brand"), required=False)
    how = forms.ChoiceField(
        label=gettext_lazy("What becomes of them"), choices=How.choices, initial=How.ADD, widget=forms.RadioSelect
    )

    def __init__(
        self, data: Typed = None, files: Any = None, *, kinds: Sequence[KindRow], seen: int = 0, text: str = ""
    ) -> None:
        super().__init__(data, files, initial={"seen": seen, "text": text}, auto_id="goods-%s")
        self._offer("category", [((row.category_id, row.category), row) for row in kinds])
        self._offer("brand", [((row.brand, row.brand), row) for row in kinds if row.brand])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        rows = rows_sent(self, given, table_of, self._of_file)
        if self.errors:
            return {}
        try:
            goods = Goods(lines_of(rows), given["category"], given["brand"])
        except Refused as no:
            self.add_error("text", no.message)
            return {}
        return {"goods": goods, "how": How(given["how"]), "seen": given["seen"]}

    def _offer(self, field: str, kinds: Iterable[tuple[tuple[object, str], KindRow]]) -> None:
        """Each with how much of it stands in the assortment: what came into the catalogue later is seen so."""
        rows: dict[tuple[object, str], list[KindRow]] = {}
        for kind, row in kinds:
            rows.setdefault(kind, []).append(row)
        said = sorted(((value, _said(name, of)) for (value, name), of in rows.items()), key=lambda each: each[1])
        self.fields[field].choices = [("", "–"), *said]  # type: ignore[attr-defined]  # a choice field's own

    @staticmethod
    def _of_file(blocks: Iterable[bytes]) -> Rows:
        return rows_of_file(blocks, max_mb=MAX_MB, most_rows=MOST_CODES + 100)


@require_POST
def create_goods(request: CompanyRequest, company: str, assortment_id: int) -> HttpResponse:
    """SKUs come in or go out; codes that are none of the company's are left out, and said with their rows."""
    assortment = find_assortment(request, assortment_id)
    form = GoodsForm(request.POST, request.FILES, kinds=queries.kinds_of_goods(assortment))
    done: list[Filled] = []

    def fill(goods: Goods, how: How, seen: int | None) -> None:
        replaced = (seen or 0) if how == How.REPLACE else None  # whoever adds undoes nothing of anybody's
        done.append(fill_assortment(assortment, goods, how, seen=replaced, actor=request.actor))

    if no := attempt(form, fill):
        return assortment_page(request, assortment, goods=form, status=no.status)
    messages.success(request, _became(done[0]))
    if done[0].unknown:
        return assortment_page(request, find_assortment(request, assortment_id), filled=done[0])
    return see_other(reverse("assortment", args=[company, assortment.pk]))


@require_safe
def export_goods(request: CompanyRequest, company: str, assortment_id: int, form: str) -> StreamingHttpResponse:
    """What stands in it, narrowed as its page is; sent in again, the file changes nothing."""
    assortment, text = find_assortment(request, assortment_id), search_text(request)
    rows = all_pages(lambda number: queries.goods_in(assortment, text, number, EXPORTED_AT_ONCE))
    return export(request, form, f"assortment-{assortment.pk}", COLUMNS, rows)


def assortment_page(
    request: CompanyRequest,
    assortment: Assortment,
    *,
    terms: AssortmentForm | None = None,
    goods: GoodsForm | None = None,
    filled: Filled | None = None,
    status: int = 200,
) -> HttpResponse:
    """What it says to whom, what stands in it, and what may come in. Six queries."""
    text, again = search_text(request), "\n".join(line.code for line in filled.unknown) if filled else ""
    context = {
        "company": request.company,
        "chosen": assortment,
        "part": "assortments",
        "found": queries.goods_in(assortment, text, page_number(request)),
        "text": text,
        "form": terms or terms_of(request, assortment),
        "goods": goods or _fresh(assortment, again),
        "filled": filled,
        "unknown": filled.unknown[:MOST_TOLD] if filled else (),
        "more": max(len(filled.unknown) - MOST_TOLD, 0) if filled else 0,
        "max_bytes": str(MAX_MB * 1024 * 1024),
        "max_mb": MAX_MB,
        "where": reverse("assortment", args=[request.company.slug, assortment.pk]),
    }
    page = "prices/assortment.html"
    return page_or_part(request, page, context, page=page, status=status)


def terms_of(request: CompanyRequest, found: Assortment, data: Typed = None) -> AssortmentForm:
    """The form of what it says, and to whom, as it stands or as it was typed."""
    audience = queries.audience_of(found)
    initial = {
        "seen": found.version,
        "name": found.name,
        "kind": found.kind,
        "is_for_all": found.is_for_all,
        "companies": "\n".join(audience.companies),
        "groups": list(audience.groups),
    }
    return AssortmentForm(data, groups=queries.groups(request.company.pk), initial=initial, is_new=False)


def find_assortment(request: CompanyRequest, assortment_id: int) -> Assortment:
    """One of the company's, for those who may see its prices, or 404."""
    require_prices(request)
    own = Assortment.objects.of_company(request.company.pk).select_related("company")
    return get_object_or_404(own, pk=assortment_id)


def _fresh(assortment: Assortment, text: str) -> GoodsForm:
    """Empty, but for codes that are to be corrected."""
    return GoodsForm(kinds=queries.kinds_of_goods(assortment), seen=assortment.version, text=text)


def _said(name: str, rows: Sequence[KindRow]) -> str:
    skus, inside = sum(row.skus for row in rows), sum(row.inside for row in rows)
    said = ngettext(
        "%(name)s: %(inside)d of %(skus)d SKU is in it", "%(name)s: %(inside)d of %(skus)d SKUs are in it", skus
    )
    return said % {"name": name, "inside": inside, "skus": skus}


def _became(filled: Filled) -> str:
    said = _("Added: %(added)d. Taken out: %(gone)d. As before: %(same)d.")
    return said % {"added": filled.added, "gone": filled.gone, "same": filled.same}
