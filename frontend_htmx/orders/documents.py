"""Documents of an order: sent by either side, added to a cart, read by whoever may."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.models import Company
from backend.core.errors import Denied
from backend.files.keeping import FULL
from backend.orders.carts.priced import Party
from backend.orders.carts.queries import lines_of
from backend.orders.documents.actions import put_document_in_cart, send_document, take_document_out
from backend.orders.documents.models import Paper
from backend.orders.documents.queries import cart_documents
from backend.orders.models import CheckoutDocument, OrderDocument
from backend.orders.states import UNDER_DISPUTE
from frontend_htmx.files import ASKED_EACH_TIME, attached, send_file
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other, wants_part
from frontend_htmx.orders.answering import answered
from frontend_htmx.orders.buying import require_buyer
from frontend_htmx.orders.document_forms import DocumentForm
from frontend_htmx.orders.views import order_on


@require_POST
def create_document(request: CompanyRequest, company: str, order_id: int) -> HttpResponse:
    """One side gives the other a document."""
    order = order_on(request, order_id)
    form = DocumentForm(request.POST, request.FILES, is_disputed=order.dispute in UNDER_DISPUTE)

    def send(file: UploadedFile[bytes], paper: str, key: str) -> None:
        upload = attached(file)
        send_document(order, upload, name=file.name or "", paper=Paper(paper), key=key, actor=request.actor)

    return answered(request, order, attempt(form, send), document=form)


@require_safe
def show_document(request: CompanyRequest, company: str, order_id: int, document_id: int) -> HttpResponse:
    """The file itself, for the two who trade."""
    order = order_on(request, order_id)
    found = get_object_or_404(OrderDocument.objects.of_order(order.pk), pk=document_id)
    return send_file(request, found, FULL, cache=ASKED_EACH_TIME)


@require_safe
def show_checkout_document(request: CompanyRequest, company: str, waiting_id: int) -> HttpResponse:
    """The file of what lies in the person's cart, or waits with a request that they see."""
    return send_file(request, _waiting(request, waiting_id), FULL, cache=ASKED_EACH_TIME)


@require_POST
def create_cart_document(request: CompanyRequest, company: str) -> HttpResponse:
    """The orders that the cart becomes will have it."""
    require_buyer(request)
    form = DocumentForm(request.POST, request.FILES, sellers=_sellers(request))

    def put(file: UploadedFile[bytes], paper: str, key: str, seller: str = "") -> None:
        upload, whom = attached(file), int(seller) if seller else None
        called = file.name or ""
        put_document_in_cart(upload, name=called, paper=Paper(paper), seller_id=whom, key=key, actor=request.actor)

    return _in_cart(request, attempt(form, put), form)


@require_POST
def create_document_removal(request: CompanyRequest, company: str, waiting_id: int) -> HttpResponse:
    """Out of the cart."""
    require_buyer(request)
    take_document_out(_waiting(request, waiting_id), actor=request.actor)
    return _in_cart(request, None)


def documents_in_cart(
    request: CompanyRequest, sellers: Sequence[Party], form: DocumentForm | None = None
) -> dict[str, object]:
    """What the part of the cart with its documents shows; `sellers` have something in it. One query."""
    return {
        "documents": cart_documents(request.actor),
        "document_form": form or DocumentForm(sellers=sellers),
        "company": request.company,
    }


def _in_cart(request: CompanyRequest, no: Denied | None, form: DocumentForm | None = None) -> HttpResponse:
    if no is None and not wants_part(request):
        return see_other(reverse("cart", args=[request.company.slug]))
    context = documents_in_cart(request, _sellers(request), form if no else None)
    part, page = "orders/_cart_documents.html", "orders/cart_documents.html"
    return page_or_part(request, part, context, page=page, status=no.status if no else 200)


def _waiting(request: CompanyRequest, pk: int) -> CheckoutDocument:
    return get_object_or_404(CheckoutDocument.objects.visible_to(request.actor), pk=pk)


def _sellers(request: CompanyRequest) -> Sequence[Company]:
    """Of whom something is in the cart. One query."""
    return list(Company.objects.filter(pk__in=lines_of(request.actor).values("sku__company")).order_by("name"))
