"""Documents of an order: from the cart to the orders, from one side to the other, and to nobody else."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.db.transaction import atomic
from django.test import Client
from pytest_django.fixtures import Settings

from backend.catalog.media.actions import add_media, remove_media
from backend.catalog.models import Media, Product
from backend.core.clock import skew
from backend.core.errors import NotAllowed, Refused
from backend.core.row_security import acting_for
from backend.files.keeping import delete_orphans
from backend.files.reading import read_upload
from backend.orders.actions import cancel_order
from backend.orders.documents.actions import put_document_in_cart, send_document, take_document_out
from backend.orders.documents.models import Paper
from backend.orders.documents.queries import order_documents
from backend.orders.models import CheckoutDocument, Order, OrderDocument, Requisition
from backend.orders.queries import timeline
from backend.orders.requisitions.actions import withdraw_requisition
from tests.cast import Cast, actor_of
from tests.catalog.test_media import PDF, SVG, files, picture
from tests.live import assert_live
from tests.orders.ordering import fill_cart, ordered, place
from tests.orders.requisitions.asking import approve, ask, rule

PO = PDF + b"of 4711 %%EOF"


@pytest.fixture
def kept(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def order(cast: Cast, kept: Path) -> Order:
    return ordered(cast, {cast.mug: 10})


def send(cast: Cast, order: Order, by: str = "bea", content: bytes = PO, key: str = "d") -> OrderDocument:
    """As the view does it."""
    upload, actor = read_upload(content), actor_of(getattr(cast, by))
    return send_document(order, upload, name="PO 4711.pdf", paper=Paper.PURCHASE_ORDER, key=key, actor=actor)


def put(cast: Cast, content: bytes = PO, seller_id: int | None = None, key: str = "c") -> CheckoutDocument | None:
    upload = read_upload(content)
    paper, actor = Paper.PURCHASE_ORDER, actor_of(cast.bea)
    return put_document_in_cart(upload, name="PO.pdf", paper=paper, seller_id=seller_id, key=key, actor=actor)


# --- Of an order -----------------------------------------------------------------------------------------------------
def test_each_side_sends_documents_and_the_timeline_says_so(cast: Cast, order: Order) -> None:
    send(cast, order)
    send(cast, order, "sally", PDF, key="e")
    with acting_for(cast.cornershop.pk):
        assert [each.company for each in order_documents(order.pk)] == ["Northfield", "Cornershop"]
        newest = timeline(order.pk)[0]
    assert (newest.step_label, newest.note, newest.company) == (
        "Document added",
        "PO 4711.pdf",
        "Northfield",
    )


def test_sent_twice_or_once_more_under_another_key_it_is_one(cast: Cast, order: Order) -> None:
    first = send(cast, order)
    assert send(cast, order) == first
    assert send(cast, order, key="again") == first
    with pytest.raises(Refused, match=r"Cornershop has given this very file already: it stands here as “PO 4711\.pdf”"):
        send(cast, order, "sally", key="theirs")
    assert order.entries.filter(step="document_added").count() == 1


@pytest.mark.parametrize("who", ["rita", "otto", "olga"])
def test_who_does_not_trade_for_either_side_sends_nothing(cast: Cast, order: Order, who: str) -> None:
    with pytest.raises(NotAllowed):
        send(cast, order, who)


def test_whoever_packs_sends_the_delivery_note(cast: Cast, order: Order) -> None:
    assert send(cast, order, "wes").company_id == cast.northfield.pk


def test_an_order_that_has_ended_takes_none(cast: Cast, order: Order) -> None:
    first = send(cast, order)
    cancel_order(order, actor=actor_of(cast.bea))
    with pytest.raises(Refused, match=r"has ended \(Cancelled\)"):
        send(cast, order, content=PDF, key="e")
    assert send(cast, order) == first, "what was sent before is still so"


def test_an_order_has_so_many_and_no_more(cast: Cast, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.orders.documents.actions.MAX_DOCUMENTS", 1)
    send(cast, order)
    with pytest.raises(Refused, match="at most 1 documents"):
        send(cast, order, content=PDF, key="e")


def test_what_was_sent_stays(cast: Cast, order: Order) -> None:
    document = send(cast, order)
    with pytest.raises(DatabaseError, match="permission denied"), atomic():
        document.delete()


def test_postgresql_itself_shows_a_document_to_the_two_alone(cast: Cast, order: Order) -> None:
    document = send(cast, order)
    for company, sees in ((cast.cornershop, True), (cast.northfield, True), (cast.eastwick, False)):
        with acting_for(company.pk), atomic():
            assert OrderDocument.objects.filter(pk=document.pk).exists() == sees


# --- From the cart ---------------------------------------------------------------------------------------------------
def test_each_order_of_a_cart_has_what_was_meant_for_its_seller(
    cast: Cast, kept: Path, django_capture_on_commit_callbacks: object
) -> None:
    fill_cart(cast, {cast.mug: 10, cast.kettle: 2})
    put(cast)
    put(cast, PDF, cast.eastwick.pk, key="e")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        group = place(cast)
    named = {order.seller.slug: [each.sha256 for each in order.documents.all()] for order in group.orders.all()}
    assert named == {
        "northfield": [read_upload(PO).sha256],
        "eastwick": [read_upload(PO).sha256, read_upload(PDF).sha256],
    }
    assert not CheckoutDocument.objects.exists()
    assert files(kept) == 2, "the orders name the files that the cart named"


def test_in_a_cart_the_same_file_is_one_and_taken_out_it_is_gone(
    cast: Cast, kept: Path, django_capture_on_commit_callbacks: object
) -> None:
    fill_cart(cast, {cast.mug: 10})
    first = put(cast)
    assert first
    assert put(cast) == put(cast, key="other") == first
    for _twice in range(2):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            take_document_out(first, actor=actor_of(cast.bea))
    assert files(kept) == 0
    assert put(cast) is None, "the old form, sent once more, brings nothing back"


def test_a_document_is_for_a_seller_of_the_cart(cast: Cast, kept: Path) -> None:
    fill_cart(cast, {cast.mug: 10})
    with pytest.raises(Refused, match="Nothing of this seller") as refused:
        put(cast, seller_id=cast.eastwick.pk)
    assert refused.value.field == "seller"


def test_a_request_carries_them_to_the_orders_or_back_into_the_cart(cast: Cast, kept: Path) -> None:
    rule(cast, cast.carl, from_minor=1)
    fill_cart(cast, {cast.mug: 10})
    put(cast)
    waits = ask(cast, {cast.mug: 10})
    assert waits.documents.get().name == "PO.pdf"
    withdraw_requisition(waits, actor=actor_of(cast.bea))
    assert CheckoutDocument.objects.get().cart_id
    again = ask(cast, {}, key="again")
    approve(again, cast.carl)
    ordered_then = Requisition.objects.get(pk=again.pk).group
    assert ordered_then
    assert ordered_then.orders.get().documents.get().name == "PO.pdf"


# --- The file --------------------------------------------------------------------------------------------------------
def test_the_same_file_of_a_product_and_of_an_order_goes_with_the_last_of_both(
    cast: Cast, order: Order, kept: Path, django_capture_on_commit_callbacks: object
) -> None:
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    add_media(product, read_upload(PO), key="m", actor=actor_of(cast.nora))
    send(cast, order)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        remove_media(Media.objects.get(product=product), actor=actor_of(cast.nora))
    skew(2 * 86_400)
    try:
        assert (delete_orphans(), files(kept)) == (0, 1), "nobody who deletes sees the order, and it keeps its file"
    finally:
        skew(0)


# --- The pages -------------------------------------------------------------------------------------------------------
def post(client: Client, url: str, name: str, content: bytes, key: str = "form") -> tuple[int, str]:
    file = SimpleUploadedFile(name, content, "application/pdf")
    response = client.post(url, {"key": key, "paper": "drawing", "file": file})
    return response.status_code, response.content.decode()


def test_either_side_sends_reads_and_sees_it_live_and_a_stranger_gets_404(
    cast: Cast, client: Client, order: Order
) -> None:
    url = f"/c/cornershop/orders/{order.pk}/"
    client.force_login(cast.bea)
    with assert_live(client, url):
        send(cast, order, "sally", PDF)
    assert post(client, f"{url}documents/", "Plan.pdf", PO)[0] == 303
    document = OrderDocument.objects.get(name="Plan.pdf")
    for who, company, status in (
        (cast.bea, "cornershop", 200),
        (cast.sally, "northfield", 200),
        (cast.otto, "eastwick", 404),
        (cast.otto, "cornershop", 404),
    ):
        client.force_login(who)
        sent = client.get(f"/c/{company}/orders/{order.pk}/documents/{document.pk}/")
        assert sent.status_code == status, (who, company)
        if status == 200:
            assert sent["Content-Disposition"] == 'attachment; filename="Plan.pdf"'
            assert sent["Cache-Control"] == "private, no-cache"
            assert sent.content == PO
    other = ordered(cast, {cast.plate: 12}, key="other")
    client.force_login(cast.bea)
    assert client.get(f"/c/cornershop/orders/{other.pk}/documents/{document.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("po.pdf", b"", "The submitted file is empty."),
        ("po.pdf", picture("PNG"), "in truth a file of the kind .png"),
        ("po.pdf", SVG, "SVG can carry scripts"),
        ("po.pdf", b"%PDF-" + b"0" * (10 << 20), "at most 10 MB are taken"),
        ("po.pdf", b"%PDF-1.7 and no end", "its end is missing"),
    ],
)
def test_a_file_that_is_not_taken_is_refused_with_why(
    cast: Cast, client: Client, order: Order, name: str, content: bytes, said: str
) -> None:
    client.force_login(cast.bea)
    status, page = post(client, f"/c/cornershop/orders/{order.pk}/documents/", name, content)
    assert (status, said in page) == (422, True)
    assert '<option value="drawing" selected>' in page, "what was chosen is kept"


def test_a_buyer_adds_to_the_cart_reads_and_takes_out(cast: Cast, client: Client, kept: Path) -> None:
    fill_cart(cast, {cast.mug: 10, cast.kettle: 2})
    client.force_login(cast.bea)
    assert "Every seller of this cart" in client.get("/c/cornershop/cart/").content.decode()
    assert post(client, "/c/cornershop/cart/documents/", "plan.png", PO)[0] == 422
    assert post(client, "/c/cornershop/cart/documents/", "Plan.pdf", PO)[0] == 303
    waits = CheckoutDocument.objects.get()
    assert "Plan.pdf" in client.get("/c/cornershop/cart/").content.decode()
    own = f"/c/cornershop/cart/documents/{waits.pk}/"
    assert client.get(own).content == PO
    client.force_login(cast.carl)
    assert client.get(own).status_code == 404, "it is in somebody else's cart"
    client.force_login(cast.bea)
    assert client.post(f"{own}removal/").status_code == 303
    assert not CheckoutDocument.objects.exists()
