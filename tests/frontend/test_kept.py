"""A fragment is written once for each state of its subject, and never shown in the place of another."""

import re
from dataclasses import replace

from django.template import Context, Template
from django.test import Client
from django.utils import translation

from backend.events import log
from backend.inventory import queries
from backend.inventory.actions import adjust_stock
from backend.inventory.availability.queries import AvailabilityView, availability
from frontend_htmx.inventory.rows import CountView
from frontend_htmx.templatetags.kept import KEY, TOKEN, fragment_of
from realtime.pushes import STOCK, STOCK_LEVEL, due_for
from realtime.render import render_push
from realtime.road import Push, Stored
from tests.cast import Cast, actor_of

STATE = AvailabilityView(42, 7, "in_stock", 300, "")
PAGE = Template('{% load kept %}{% kept "inventory/_availability.html" stock=stock %}')


def shown(stock: AvailabilityView) -> str:
    return PAGE.render(Context({"stock": stock}))


def written() -> int:
    """How often a fragment had to be rendered so far."""
    return fragment_of.cache_info().misses


def test_what_looks_the_same_is_written_once() -> None:
    first, before = shown(STATE), written()
    assert shown(replace(STATE)) == first
    assert written() == before


def test_another_version_or_number_is_another_fragment() -> None:
    shown(STATE)
    assert 'data-v="8"' in shown(replace(STATE, version=8))
    assert "299" in shown(replace(STATE, quantity=299))
    assert 'id="stock-43"' in shown(replace(STATE, sku_id=43))


def test_a_list_of_them_is_what_a_loop_would_write() -> None:
    each = Template('{% load kept %}{% kept_each "inventory/_availability.html" stock=every %}')
    every = [STATE, replace(STATE, sku_id=43)]
    assert each.render(Context({"every": every})).split() == " ".join(map(shown, every)).split()


def test_what_is_left_open_stays_open_in_a_fragment_of_fragments() -> None:
    count = CountView("northfield", 1, "22114", 2, "Shelf")
    inner = Template('{% load kept %}{% kept "inventory/_count_form.html" count=count %}')
    written = inner.render(Context({"count": count, "csrf_token": TOKEN, "key": KEY}))
    assert TOKEN in written
    assert KEY in written


def test_each_language_has_its_own() -> None:
    assert "available" in shown(STATE)
    with translation.override("ar"):
        assert "available" not in shown(STATE)
    assert "available" in shown(STATE)


def test_what_a_page_keeps_is_what_is_pushed_to_it(cast: Cast) -> None:
    adjust_stock(cast.mug, cast.shelf, by=-2, reason="chipped", key="k", actor=actor_of(cast.wes))
    log.number_events(100)
    (event,) = log.since(log.last_position() - 1, 100)
    found = {STOCK: availability(cast.mug.pk), STOCK_LEVEL: queries.stock_level(cast.mug.pk)}
    for due in due_for(event):
        if due.push in found:
            push = render_push(due, Stored(wanted=frozenset({"en"})))
            assert isinstance(push, Push)
            kept = fragment_of(due.push.fragment, due.push.name, found[due.push], "en").text
            assert push.frames["en"].decode().partition(">")[2] == f"{kept.strip()}</template>"


def test_a_form_that_is_kept_has_a_token_and_a_key_of_its_own_each_time_it_is_shown(cast: Cast, client: Client) -> None:
    client.force_login(cast.wes)
    first, second = (client.get("/c/northfield/inventory/").content.decode() for _ in range(2))
    keys = [re.findall(r'name="key" value="(\w+)"', page) for page in (first, second)]
    assert len({*keys[0], *keys[1]}) == len(keys[0]) + len(keys[1]) > 2
    for page in (first, second):
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', page))
        assert token.isalnum()


def test_the_same_row_leads_each_company_to_its_own_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.carl)
    assert (
        f'href="/c/cornershop/catalogue/{cast.mug.product_id}-'
        in client.get("/c/cornershop/catalogue/").content.decode()
    )
    assert f'href="/products/{cast.mug.product_id}-' in client.get("/catalogue/").content.decode()
