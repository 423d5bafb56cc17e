"""Every push: it renders from its query alone, and what it shows is what the page shows."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from backend.catalog.models import Product
from backend.events.kinds import Kind
from backend.inventory.actions import change_disclosure
from backend.inventory.disclosure import Disclosure
from realtime.pushes import PUSHES, SILENT, Due, Replace
from realtime.render import frame, render_push
from realtime.road import Push, Stored
from realtime.topics import TOPICS
from tests.cast import Cast, actor_of
from tests.live import assert_live
from tests.realtime.conftest import change
from tests.test_house import SUBJECTS

EVERY = {push for pushes in PUSHES.values() for push in pushes}
ALL = sorted((push for push in EVERY if isinstance(push, Replace)), key=lambda push: push.thing)


def test_every_kind_of_event_has_a_push_or_is_silent_on_purpose() -> None:
    assert PUSHES.keys() | SILENT == set(Kind)
    assert not PUSHES.keys() & SILENT


@pytest.mark.parametrize("push", ALL, ids=lambda push: push.thing)
def test_a_fragment_renders_from_its_query_alone(push: Replace, cast: Cast) -> None:
    assert push.thing in TOPICS
    pk = SUBJECTS[push.thing](cast)
    html = render_to_string(push.fragment, {push.name: push.query(pk)}).strip()
    root = re.match(r"<\w+\s[^>]*>", html)
    assert root is not None, "one root element, nothing before it"
    version = push.query(pk).version
    for attribute in (f'id="{push.thing}-{pk}"', f'data-topic="{push.thing}:{pk}"', f'data-v="{version}"'):
        assert attribute in root[0]
    assert html.count(f'data-topic="{push.thing}') == 1


@pytest.mark.parametrize("push", ALL, ids=lambda push: push.thing)
def test_a_push_says_the_version_that_its_fragment_shows(push: Replace, cast: Cast) -> None:
    change(cast, cast.mug, -1)
    rendered = render_push(Due(push, SUBJECTS[push.thing](cast), 0), Stored(wanted=frozenset({"en", "ar"})))
    assert isinstance(rendered, Push)
    for lang in ("en", "ar"):
        assert set(re.findall(rb'\sdata-v="(\d+)"', rendered.frames[lang])) == {str(rendered.version).encode()}
    assert rendered.frames["en"] != rendered.frames["ar"]


def test_a_fragment_that_breaks_is_announced_without_a_frame(cast: Cast) -> None:
    broken = Replace("stock", "inventory/_nowhere.html", "stock", ALL[0].query, ALL[0].version)
    rendered = render_push(Due(broken, cast.mug.pk, 5), Stored(wanted=frozenset({"en"})))
    assert rendered is not None
    assert isinstance(rendered, Push)
    assert (rendered.version, rendered.frames) == (5, {})


def test_a_table_row_survives_because_each_frame_is_a_template() -> None:
    assert frame("stock:1", 2, "<tr></tr>") == (
        b'<template data-topic="stock:1" data-v="2" data-push="replace"><tr></tr></template>'
    )


@pytest.mark.parametrize("url", ["/", "/catalogue/"])
def test_what_a_visitor_sees_equals_the_page_made_afresh(url: str, cast: Cast, client: Client) -> None:
    with assert_live(client, url):
        change(cast, cast.mug, -60)
        change(cast, cast.plate, -39)
        change_disclosure(cast.mug, Disclosure.BANDS, actor=actor_of(cast.nora))


def test_the_product_page_stays_true(cast: Cast, client: Client) -> None:
    with assert_live(client, f"/products/{cast.mug.product_id}-{cast.mug.product.slug}/"):
        change(cast, cast.mug, -299)


def stock_page(cast: Cast) -> str:
    return f"/c/{cast.northfield.slug}/inventory/skus/{cast.mug.pk}/"


@pytest.mark.parametrize("movements", [3, 60], ids=["a few", "more than the page shows"])
def test_the_log_of_movements_grows_into_what_the_page_would_be(movements: int, cast: Cast, client: Client) -> None:
    client.force_login(cast.wes)
    change(cast, cast.mug, -1)
    with assert_live(client, stock_page(cast)):
        for _ in range(movements):
            change(cast, cast.mug, -1)


def test_what_enters_and_leaves_a_filtered_list_is_asked_for(cast: Cast, client: Client) -> None:
    with assert_live(client, "/catalogue/?in_stock=1"):
        change(cast, cast.plate, -40)
    with assert_live(client, "/catalogue/?in_stock=1"):
        change(cast, cast.plate, 12)
        change(cast, cast.mug, -1)


def test_what_changes_without_a_push_is_noticed(cast: Cast, client: Client) -> None:
    def rename_unseen() -> None:
        with assert_live(client, "/catalogue/"):
            Product.objects.filter(pk=cast.mug.product_id).update(name="Red enamel mug")

    with pytest.raises(AssertionError):
        rename_unseen()
