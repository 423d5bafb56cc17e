"""What travels together, in which order, what a list is told of, and what becomes of what makes no sense."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import call_command
from pytest_django import Settings

from backend.catalog.actions import Draft, Tier, create_product, pause_product, publish_product
from backend.catalog.models import Product
from backend.catalog.states import ProductStatus
from backend.core import clock
from backend.core.money import UnitPrice
from backend.events import dead_letters, log
from backend.events.kinds import Kind
from backend.events.models import DeadLetter, Event
from backend.inventory.actions import change_disclosure
from backend.inventory.availability.queries import availability
from backend.inventory.disclosure import Disclosure
from realtime import lanes, pushes
from realtime.courier import Courier
from realtime.hearing import Hearing
from realtime.pushes import THE_CATALOGUE
from realtime.road import JSON, Entries, Push
from tests.cast import Cast, actor_of
from tests.orders.ordering import ordered
from tests.realtime.conftest import an_ear, carry, change, take_one_off

CATALOGUE = f"catalogue:{THE_CATALOGUE}"


def test_all_news_of_one_subject_travel_in_one_bundle(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    of_mug = [f"{thing}:{cast.mug.pk}" for thing in ("stock", "stock_level", "stock_moves", "stock_history")]
    with an_ear(runner, *of_mug, f"stock_level:{cast.plate.pk}") as ear:
        change(cast, cast.mug, -60)
        change(cast, cast.plate, -1)
        change(cast, cast.mug, -60)
        carry(courier)
        bundles = runner.run(ear.bundles())
    assert [{news.topic for news in bundle.news} for bundle in bundles] == [
        set(of_mug),
        {f"stock_level:{cast.plate.pk}"},
    ]


def test_logs_go_before_the_rest(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    state, log_ = f"stock_level:{cast.mug.pk}", f"stock_moves:{cast.plate.pk}"
    with an_ear(runner, state, log_) as ear:
        change(cast, cast.mug, -1)
        change(cast, cast.plate, -1)
        carry(courier)
        bundles = runner.run(ear.bundles())
    assert [[type(news) for news in bundle.news] for bundle in bundles] == [[Entries], [Push]]


def test_partner_systems_get_the_same_state_as_json(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    with an_ear(runner, f"stock:{cast.mug.pk}", wanted_in=(JSON,)) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        (push,) = runner.run(ear.heard())
    frame = json.loads(push.frames[JSON])
    assert (frame["topic"], frame["v"], frame["push"]) == (push.topic, push.version, "replace")
    assert frame["data"]["quantity"] == 240
    assert set(push.frames) == {JSON}


def test_what_looks_the_same_in_every_language_and_in_json_is_not_told(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    order = ordered(cast, {cast.mug: 40})
    with an_ear(runner, f"order:{order.pk}", wanted_in=("en", "ar", JSON)) as ear:
        take_one_off(order, actor_of(cast.bea))
        carry(courier)
        assert len(runner.run(ear.heard())) == 1
        take_one_off(order, actor_of(cast.bea))
        carry(courier)
        assert runner.run(ear.heard()) == []


def test_frames_of_another_build_are_not_there(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner, settings: Settings
) -> None:
    topic = f"stock:{cast.mug.pk}"
    with an_ear(runner, topic) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        assert [bundle.build for bundle in runner.run(ear.bundles())] == [settings.BUILD]
    epoch = runner.run(delivery.epoch())
    assert runner.run(delivery.stored(epoch, [topic], ["en"]))[topic].frames
    settings.BUILD = "tomorrow's"
    later = runner.run(delivery.stored(epoch, [topic], ["en"]))[topic]
    assert (later.head, later.frames) == (availability(cast.mug.pk).version, {})


# --- Lists -----------------------------------------------------------------------------------------------------------
def test_the_catalogue_hears_of_no_change_that_moves_no_row(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    with an_ear(runner, CATALOGUE) as ear:
        change(cast, cast.mug, -60)  # disclosed exactly: buyers see it, but no row moves
        change(cast, cast.plate, 100)  # from low to in stock: both are in stock
        change_disclosure(cast.mug, Disclosure.IN_OR_OUT, actor=actor_of(cast.nora))
        carry(courier)
        assert runner.run(ear.bundles()) == []


def test_the_catalogue_hears_what_sells_out_and_comes_back(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    with an_ear(runner, CATALOGUE) as ear:
        for by in (-40, 12):
            change(cast, cast.plate, by)
            carry(courier)
            (push,) = runner.run(ear.heard())
            assert (push.version, push.frames) == (log.last_position(), {})


@pytest.mark.parametrize("status", [ProductStatus.DRAFT, ProductStatus.PAUSED])
def test_what_is_not_published_sells_out_unheard(
    status: ProductStatus, cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    Product.objects.filter(pk=cast.plate.product_id).update(status=status)
    with an_ear(runner, CATALOGUE) as ear:
        change(cast, cast.plate, -40)
        carry(courier)
        assert runner.run(ear.bundles()) == []


def test_a_product_that_is_paused_or_published_moves_rows(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    with an_ear(runner, CATALOGUE) as ear:
        for act in (pause_product, publish_product):
            act(cast.mug.product, actor=actor_of(cast.nora))
            carry(courier)
            assert [push.version for push in runner.run(ear.heard())] == [log.last_position()]


def test_a_draft_enters_its_sellers_grid_and_nothing_else(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    draft = Draft("Jug", cast.crockery, "JUG1", [Tier(1, UnitPrice(Decimal(450)))])
    own, others = f"stock_grid:{cast.northfield.pk}", f"stock_grid:{cast.eastwick.pk}"
    with an_ear(runner, own, others, CATALOGUE) as ear:
        create_product(cast.northfield, draft, key="k", actor=actor_of(cast.nora))
        carry(courier)
        assert [(push.topic, push.version) for push in runner.run(ear.heard())] == [(own, 1)]


def test_one_signal_is_enough_for_many_changes_of_a_list(cast: Cast, courier: Courier, runner: asyncio.Runner) -> None:
    with an_ear(runner, CATALOGUE) as ear:
        for sku, by in ((cast.plate, -40), (cast.mug, -300), (cast.plate, 1)):
            change(cast, sku, by)
        carry(courier)
        assert [push.version for push in runner.run(ear.heard())] == [3]


# --- What makes no sense ---------------------------------------------------------------------------------------------
def test_an_event_without_its_data_shows_what_is_true_and_leaves_a_dead_letter(
    cast: Cast, courier: Courier, runner: asyncio.Runner
) -> None:
    stock, level = f"stock:{cast.mug.pk}", f"stock_level:{cast.mug.pk}"
    Event.objects.create(kind=Kind.INVENTORY_STOCK_SOLD, subject=level, version=5, data={})
    with an_ear(runner, stock, level) as ear:
        carry(courier)
        told = {push.topic: push.version for push in runner.run(ear.heard())}
    assert told == {stock: availability(cast.mug.pk).version, level: 5}
    (letter,) = dead_letters.unseen()
    assert (letter.position, letter.subject, letter.what) == (1, level, Kind.INVENTORY_STOCK_SOLD)
    assert letter.problem.startswith("KeyError in _disclosed_version, pushes.py:")


def test_a_fragment_that_fails_is_asked_for_and_leaves_one_dead_letter(
    cast: Cast, courier: Courier, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(pushes.STOCK, fragment="inventory/_nowhere.html")
    monkeypatch.setattr(lanes, "PUSHES", dict.fromkeys(pushes.PUSHES, (broken,)))
    topic = f"stock:{cast.mug.pk}"
    with an_ear(runner, topic) as ear:
        for _ in range(2):
            change(cast, cast.mug, -60)
            carry(courier)
            assert [push.frames for push in runner.run(ear.heard())] == [{}]
    (letter,) = dead_letters.unseen()
    assert (letter.topic, letter.what, letter.position, letter.times) == (topic, "inventory/_nowhere.html", 2, 2)
    assert letter.problem.startswith("TemplateDoesNotExist in ")


def test_an_operator_marks_dead_letters_as_seen_and_hears_of_the_next(
    transactional_db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in (1, 2):
        dead_letters.bury(n, "stock_level:1", what="inventory/_stock.html", problem=ValueError("personal"))
    call_command("dead_letters", "--seen")
    assert "2x  inventory/_stock.html" in capsys.readouterr().out
    assert dead_letters.unseen() == []
    dead_letters.bury(3, "stock_level:1", what="inventory/_stock.html", problem=ValueError("personal"))
    assert [(letter.position, letter.times) for letter in dead_letters.unseen()] == [(3, 1)]
    assert not DeadLetter.objects.filter(problem__contains="personal").exists()


# --- Traces ----------------------------------------------------------------------------------------------------------
def test_a_sampled_event_is_followed_and_its_stored_frames_are_not(
    cast: Cast, courier: Courier, delivery: Hearing, runner: asyncio.Runner, settings: Settings
) -> None:
    settings.LIVE_TRACE_EVERY = 1
    stock, moves = f"stock:{cast.mug.pk}", f"stock_moves:{cast.mug.pk}"
    with an_ear(runner, stock, moves) as ear:
        change(cast, cast.mug, -60)
        carry(courier)
        (bundle,) = runner.run(ear.bundles())
    event = Event.objects.get()
    assert bundle.trace == f"{event.pk}.{int(event.occurred_at.timestamp() * 1000)}"
    tag = f'<template data-trace="{bundle.trace}" data-topic='.encode()
    for news in bundle.news:
        frames = news.frames["en"] if isinstance(news, Entries) else [news.frames["en"]]
        assert all(frame.startswith(tag) for frame in frames)
    epoch = runner.run(delivery.epoch())
    assert b"data-trace" not in runner.run(delivery.stored(epoch, [stock], ["en"]))[stock].frames["en"]
    (entry,) = runner.run(delivery.entries(epoch, moves, "en", 1, 2)) or []
    assert b"data-trace" not in entry


@pytest.mark.parametrize(("every", "sampled"), [(0, []), (1, [1, 2, 3, 4]), (2, [2, 4])])
def test_every_so_many_events_one_is_sampled(every: int, sampled: list[int], settings: Settings) -> None:
    settings.LIVE_TRACE_EVERY = every
    events = [Event(pk=pk, occurred_at=clock.now()) for pk in range(1, 5)]
    assert [event.pk for event in events if lanes.trace_of(event)] == sampled
