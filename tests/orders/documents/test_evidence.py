"""Evidence for a dispute: both sides give it and read it, and the operators once they are asked; of the other documents
they read none."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from backend.core.errors import NotAllowed, Refused
from backend.files.reading import read_upload
from backend.orders.disputes.actions import escalate_dispute, withdraw_dispute
from backend.orders.documents.actions import put_document_in_cart, send_document
from backend.orders.documents.models import Paper
from backend.orders.models import Order, OrderDispute, OrderDocument
from tests.cast import Cast, actor_of
from tests.catalog.test_media import PDF
from tests.frontend.test_orders import SHOP, words
from tests.live import assert_live
from tests.logistics.test_dispatch import accepted
from tests.logistics.test_failing import send
from tests.orders.documents.test_documents import PO
from tests.orders.test_disputes import opened, ripe


@pytest.fixture
def order(cast: Cast, tmp_path: Path, settings: Settings) -> Order:
    """Forty mugs that were sent."""
    settings.MEDIA_ROOT = tmp_path
    order = accepted(cast, mug=40)
    send(cast, order, 40)
    return order


def give(
    cast: Cast, order: Order, by: str = "bea", content: bytes = PO, *, paper: Paper = Paper.EVIDENCE, key: str = "e"
) -> OrderDocument:
    upload, actor = read_upload(content), actor_of(getattr(cast, by))
    return send_document(order, upload, name=f"{by}.pdf", paper=paper, key=key, actor=actor)


def where(dispute: OrderDispute, document: OrderDocument) -> str:
    return reverse("dispute_evidence", args=["platform", dispute.pk, document.pk])


def test_evidence_is_given_by_either_side_to_an_open_dispute_and_to_none_other(cast: Cast, order: Order) -> None:
    with pytest.raises(Refused, match="none is open"):
        give(cast, order)
    with pytest.raises(Refused, match="none is open"):
        put_document_in_cart(read_upload(PO), name="x", paper=Paper.EVIDENCE, key="c", actor=actor_of(cast.bea))
    dispute = opened(cast, order)
    for _ in range(2):
        give(cast, order)
    give(cast, order, "wes", PDF, key="packer's")
    with pytest.raises(NotAllowed):
        give(cast, order, "olga", key="operator's")
    entries = order.entries.filter(step="dispute_evidence").values_list("axis", "note")
    assert list(entries) == [("dispute", "bea.pdf"), ("dispute", "wes.pdf")]
    withdraw_dispute(dispute, actor=actor_of(cast.bea))
    assert give(cast, order, key="again").name == "bea.pdf", "sent twice it is one, also after the end"


def test_what_the_two_have_read_before_may_be_evidence_as_well(cast: Cast, order: Order) -> None:
    paper = give(cast, order, paper=Paper.PURCHASE_ORDER)
    opened(cast, order)
    evidence = give(cast, order, key="as evidence")
    assert (evidence.pk != paper.pk, evidence.sha256) == (True, paper.sha256)
    assert give(cast, order, paper=Paper.OTHER, key="once more") == paper


def test_operators_who_were_asked_read_the_evidence_and_nothing_else(cast: Cast, order: Order, client: Client) -> None:
    dispute = opened(cast, order)
    evidence, paper = give(cast, order), give(cast, order, content=PDF, paper=Paper.OTHER, key="paper")
    client.force_login(cast.olga)
    assert client.get(where(dispute, evidence)).status_code == 404, "nobody has asked them"
    escalate_dispute(ripe(dispute), actor=actor_of(cast.bea))
    page = client.get(reverse("disputes", args=["platform"]))
    assert ("bea.pdf" in words(page), where(dispute, evidence) in page.content.decode()) == (True, True)
    found = client.get(where(dispute, evidence))
    assert (found.status_code, found.content) == (200, PO)
    assert client.get(where(dispute, paper)).status_code == 404
    client.force_login(cast.sally)
    assert client.get(where(dispute, evidence)).status_code in (403, 404)


def test_the_operators_list_shows_evidence_the_moment_it_is_given(cast: Cast, order: Order, client: Client) -> None:
    escalate_dispute(ripe(opened(cast, order)), actor=actor_of(cast.bea))
    client.force_login(cast.olga)
    with assert_live(client, reverse("disputes", args=["platform"])):
        give(cast, order)


def test_a_form_offers_evidence_only_where_something_is_disputed(cast: Cast, order: Order, client: Client) -> None:
    client.force_login(cast.bea)
    own_page = f"{SHOP}orders/{order.pk}/"
    assert 'value="evidence"' not in client.get(own_page).content.decode()
    opened(cast, order)
    page = client.get(own_page)
    assert 'value="evidence"' in page.content.decode()
    assert "The operators read those" in words(page)
