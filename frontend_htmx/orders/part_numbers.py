"""What a company calls its sellers' SKUs: the list, and pairs that are pasted or sent as a file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers

from backend.core.errors import Refused
from backend.events import log
from backend.orders.models import PartNumber
from backend.orders.part_numbers.actions import Kept, forget_part_number, keep_part_numbers
from backend.orders.part_numbers.queries import part_numbers
from backend.orders.part_numbers.reading import MOST_PAIRS, Pair, pairs_of
from backend.orders.quick.files import MAX_BYTES, MAX_MB, rows_of_file
from backend.orders.quick.pasting import rows_of
from frontend_htmx.fields import Typed
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.quick.forms import MOST_TEXT
from frontend_htmx.paging import page_number, search_text
from frontend_htmx.tables import file_field, rows_sent, text_field


class PairsForm(forms.Form):
    """Rows of an own number and a seller's SKU, pasted or as a file."""

    text = text_field(
        MOST_TEXT, _("Your number, the seller’s SKU and, where several have it, the seller: A-17, 85123A, Northfield.")
    )
    file = file_field(
        format_lazy(_("CSV or XLSX, up to {lines} lines and {mb} MB."), lines=f"{MOST_PAIRS:,}", mb=MAX_MB)
    )

    def __init__(self, data: Typed = None, files: Any = None, *, text: str = "") -> None:
        super().__init__(data, files, initial={"text": text}, auto_id="pairs-%s")

    def clean(self) -> dict[str, Any]:
        rows = rows_sent(self, super().clean() or self.cleaned_data, rows_of, rows_of_file)
        if self.errors:
            return {}
        try:
            return {"pairs": pairs_of(rows)}
        except Refused as refused:
            self.add_error(None, refused.message)
            return {}


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_part_numbers(request: CompanyRequest, company: str) -> HttpResponse:
    """What the company calls things; a POST keeps more of it. Three queries."""
    require_buyer(request)
    if request.method != "POST":
        return _page(request)
    form, kept = PairsForm(request.POST, request.FILES), list[Kept]()

    def keep(pairs: Sequence[Pair]) -> None:
        kept.append(keep_part_numbers(request.company, pairs, actor=request.actor))

    if no := attempt(form, keep):
        return _page(request, form, status=no.status)
    return _page(request, PairsForm(text=_again(kept[0])), kept=kept[0])


@require_POST
def create_removal(request: CompanyRequest, company: str, number_id: int) -> HttpResponse:
    require_buyer(request)
    found = get_visible(PartNumber.objects.select_related("company"), request.actor, number_id)
    forget_part_number(found, actor=request.actor)
    return _page(request) if wants_part(request) else see_other(reverse("part_numbers", args=[company]))


def _again(kept: Kept) -> str:
    """The rows that were refused, to be corrected."""
    return "\n".join("\t".join((pair.number, pair.code, pair.seller)).rstrip("\t") for pair, _why in kept.refused)


def _page(
    request: CompanyRequest, form: PairsForm | None = None, *, kept: Kept | None = None, status: int = 200
) -> HttpResponse:
    position, text = log.last_position(), search_text(request)
    topic, where = f"part_numbers:{request.company.pk}", reverse("part_numbers", args=[request.company.slug])
    context = {
        "company": request.company,
        "found": part_numbers(request.company.pk, text=text, number=page_number(request)),
        "form": form or PairsForm(),
        "kept": kept,
        "text": text,
        "max_bytes": str(MAX_BYTES),
        "where": where,
        "own_page": request.get_full_path() if request.method == "GET" else where,
        "topic": topic,
        "topics": [topic],
        "position": position,
    }
    return page_or_part(request, "orders/_part_numbers.html", context, page="orders/part_numbers.html", status=status)
