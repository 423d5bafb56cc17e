"""Standing orders as pages: set up, watched, paused, skipped, answered, and heard of."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from backend.catalog.models import Sku, TierPrice
from backend.orders.models import Order, StandingOrder, StandingRun
from backend.orders.standing.steps import today
from tests.cast import Cast
from tests.live import assert_live
from tests.orders.standing.test_standing import set_up, work
from tests.orders.test_reordering import keep

HTMX = {"HX-Request": "true"}
STANDING = "/c/cornershop/standing-orders/"
ADDRESS = {"recipient": "Corner Shop", "street": "1 High Street", "city": "Leeds", "postcode": "LS1 1AA"}


@pytest.fixture
def bea(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bea)
    return client


def words(response: Any) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def page_of(standing: StandingOrder) -> str:
    return f"{STANDING}{standing.pk}/"


def form(of: int, **more: str) -> dict[str, str]:
    day = f"{today():%Y-%m-%d}"
    terms = {"template": str(of), "first_on": day, "n": "2", "every": "weeks", "limit_percent": "5", "key": "k"}
    return {**ADDRESS, **terms, **more}


def test_a_template_becomes_a_standing_order_and_says_when_it_is_due(cast: Cast, bea: Client) -> None:
    template = keep(cast, {cast.mug: 12})
    assert (
        f'<option value="{template.pk}" selected>' in bea.get(f"{STANDING}new/?template={template.pk}").content.decode()
    )
    made = bea.post(f"{STANDING}new/", form(template.pk))
    assert made["Location"] == page_of(StandingOrder.objects.get())
    assert "Every 2 weeks" in words(bea.get(STANDING))
    for page in ("orders", "quick-order"):
        assert f'href="{STANDING}"' in bea.get(f"/c/cornershop/{page}/").content.decode()
    work()
    said = words(bea.get(made["Location"]))
    assert "Ordered" in said
    assert Order.objects.get().number in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first_on": "2020-01-01"}, "That day is over"),
        ({"first_on": "soon"}, "Enter a valid date"),
        ({"n": "0"}, "greater than or equal to 1"),
        ({"n": "60"}, "give 1 to 52"),
        ({"limit_percent": "-1"}, "greater than or equal to 0"),
        ({"template": "0"}, "not one of the available choices"),
        ({"street": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_and_kept(cast: Cast, bea: Client, wrong: dict[str, str], said: str) -> None:
    template = keep(cast, {cast.mug: 12})
    refused = bea.post(f"{STANDING}new/", form(template.pk, **{"po_number": "PO-<b>7", **wrong}), headers=HTMX)
    assert refused.status_code == 422
    assert said in words(refused)
    assert 'value="PO-&lt;b&gt;7"' in refused.content.decode()
    assert not StandingOrder.objects.exists()


def test_somebody_elses_template_is_no_choice(cast: Cast, client: Client) -> None:
    template = keep(cast, {cast.mug: 12})
    client.force_login(cast.carl)
    assert client.post(f"{STANDING}new/", form(template.pk), headers=HTMX).status_code == 422


def test_it_is_skipped_paused_resumed_and_ended_on_its_page(cast: Cast, bea: Client) -> None:
    standing = set_up(cast)
    page = page_of(standing)
    assert "Skipped" in words(bea.post(f"{page}skip/", {"on": f"{standing.next_on}"}, headers=HTMX))
    assert bea.post(f"{page}skip/", {"on": f"{standing.first_on.replace(year=2020)}"}, headers=HTMX).status_code == 409
    assert bea.post(f"{page}skip/", {"on": "soon"}, headers=HTMX).status_code == 422
    assert "Resume it" in words(bea.post(f"{page}pause/", headers=HTMX))
    assert "Pause it" in words(bea.post(f"{page}resumption/", headers=HTMX))
    assert "Ended" in words(bea.post(f"{page}end/", headers=HTMX))
    assert bea.post(f"{page}pause/", headers=HTMX).status_code == 422


def test_a_refusal_is_told_where_orders_are_until_somebody_has_seen_it(cast: Cast, bea: Client) -> None:
    standing = set_up(cast)
    Sku.objects.filter(pk=cast.mug.pk).update(listed=False)
    work()
    for page in ("/c/cornershop/orders/", STANDING, page_of(standing)):
        assert "85123A is no longer for sale" in words(bea.get(page))
    bea.post(f"{page_of(standing)}seen/")
    assert "no longer for sale" not in words(bea.get("/c/cornershop/orders/"))
    assert "no longer for sale" in words(bea.get(page_of(standing)))


@pytest.mark.parametrize(("answer", "orders"), [("order", 1), ("skip", 0)])
def test_whoever_is_asked_answers_on_its_page(cast: Cast, bea: Client, answer: str, orders: int) -> None:
    standing = set_up(cast)
    TierPrice.objects.filter(sku=cast.mug).update(unit_price_minor=Decimal(310))
    work()
    assert "The price of 85123A is higher" in words(bea.get(page_of(standing)))
    bea.post(f"{page_of(standing)}answer/", {"run": StandingRun.objects.get().pk, "answer": answer})
    work()
    assert Order.objects.count() == orders


@pytest.mark.parametrize("page", ["list", "one", "orders"])
def test_what_the_worker_does_reaches_open_pages(cast: Cast, bea: Client, page: str) -> None:
    standing = set_up(cast)
    Sku.objects.filter(pk=cast.mug.pk).update(listed=False)
    urls = {"list": STANDING, "one": page_of(standing), "orders": "/c/cornershop/orders/"}
    with assert_live(bea, urls[page]):
        work()
    assert "no longer for sale" in words(bea.get(urls[page]))


def test_its_terms_are_changed_and_whoever_was_slower_keeps_what_was_typed(cast: Cast, bea: Client) -> None:
    standing = set_up(cast)
    edit = f"{page_of(standing)}edit/"
    assert f'href="{edit}"' in bea.get(page_of(standing)).content.decode()
    assert 'value="STANDING"' in bea.get(edit).content.decode()
    typed = {**form(0, only_whole="on", po_number="PO-9"), "version": str(standing.version)}
    with assert_live(bea, page_of(standing)):
        assert bea.post(edit, typed)["Location"] == page_of(standing)
    assert "Every 2 weeks" in words(bea.get(page_of(standing)))
    lost = bea.post(edit, {**typed, "po_number": "PO-<b>", "n": "3"}, headers=HTMX)
    assert (lost.status_code, 'value="PO-&lt;b&gt;"' in lost.content.decode()) == (409, True)
    assert "has changed meanwhile" in words(lost)
    assert "As it is now : Every 2 weeks" in words(lost).replace("now:", "now :")
    again = {**typed, "n": "3", "version": str(StandingOrder.objects.get().version)}
    assert f'name="version" value="{again["version"]}"' in " ".join(lost.content.decode().split())
    assert bea.post(edit, again, headers=HTMX)["HX-Redirect"] == page_of(standing)
