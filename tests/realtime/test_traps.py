"""Traps in the parts we build on, each with a test that fails without its remedy.

These stand here because they belong to no room of their own. The others:

- uvicorn without write flow control, Daphne's holes:
  test_checks.test_an_old_part_is_named_with_the_version_that_is_needed,
  test_server.test_the_writer_tells_of_a_reader_that_stalls_and_reads_again
- a hub that awaits a stalled reader: test_hub.test_a_reader_who_does_not_read_stops_nobody_and_gets_the_newest_later
- what the layer misses while it reconnects: test_hub.test_an_announcement_that_the_layer_lost_is_healed_by_the_sweep,
  test_hub.test_a_hub_whose_subscription_was_cut_hears_again,
  test_hub_logs.test_what_the_layer_lost_is_given_whole_by_the_sweep
- deflate: test_server.test_deflate_is_not_negotiated_even_where_it_is_offered
- half-sent heads: test_server.test_a_half_sent_head_is_cut_after_its_deadline
- a shutdown that closes all at once and waits without limit:
  test_drain.test_sockets_are_closed_one_after_the_other_and_live_until_then,
  test_drain.test_a_process_ends_by_itself_however_long_a_request_would_take
- the person in the scope is frozen: test_socket.test_a_member_who_was_removed_is_refused_with_the_grant_they_kept
- a swap that overwrites unsent text:
  test_live_life.test_focus_caret_selection_scroll_and_unsent_text_survive_a_thousand_random_swaps
- a Redis that evicts: test_checks.test_a_process_in_production_does_not_start_on_a_redis_that_evicts
"""

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator
from typing import Any

import channels.consumer
import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import connection
from django.test import Client
from redis import Redis

from backend.accounts.actions import remove_member
from backend.accounts.models import Membership, User
from backend.events.models import Event
from realtime import hub
from realtime.access import NOBODY, Grant, sign_grant
from realtime.delivery import Delivery
from realtime.hearing import Hearing
from realtime.road import Bundle, Push
from tests.cast import Cast, actor_of
from tests.realtime.conftest import change
from tests.realtime.door import Door, hear, open_door, say
from tests.realtime.ear import each_alone
from tests.realtime.page import PATIENCE_S, Page

QUIET_S = 6.0
"""Longer than the time-out that redis-py 8 gives a socket by itself."""
CAPACITY = 100
"""What the core layer keeps for a channel, and the connections of redis-py's pool."""


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


@pytest.fixture
def redis(settings: Any) -> Any:
    with Redis.from_url(settings.REDIS_URL) as client:
        yield client


# --- redis-py 8: a time-out of 5 s on every socket, a pool of 100 connections -------------------------------------


async def test_subscriptions_live_however_quiet_they_are(door: Door, redis: Any) -> None:
    async with Delivery() as delivery:
        await delivery.open_epoch("test", 0)
        await watch(door)
        before = subscribers(redis)
        await asyncio.sleep(QUIET_S)
        assert subscribers(redis) == before != set()


def subscribers(redis: Any) -> set[str]:
    """Whatever listens: the channel layer, and the lane in which access ends."""
    return {client["id"] for client in redis.client_list(_type="pubsub")}


async def test_pages_that_come_all_at_once_share_a_few_connections(redis: Any) -> None:
    async with Delivery() as delivery:
        epoch = await delivery.open_epoch("test", 0)
        here = hub.Hub(Hearing())
        here.start()
        pages = [Page(here) for _ in range(3 * CAPACITY)]
        for number, page in enumerate(pages):
            page.watch(f"stock:{number}", epoch=epoch)
        for number, page in enumerate(pages):
            await page.subscribed(f"stock:{number}")
        assert len(redis.client_list()) < CAPACITY / 2
        await here.stop()


# --- Channels: a thread hop per message, one layer channel per socket, groups that expire -------------------------


async def test_a_message_makes_no_hop_to_a_thread(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    hops: list[object] = []

    async def hop(*given: object) -> None:
        hops.append(given)

    monkeypatch.setattr(channels.consumer, "aclose_old_connections", hop)
    client = await door.enter()
    for message in ({"t": "hb"}, {"t": "dance"}):
        await say(client, **message)
        await hear(client)
    assert hops == []


async def test_more_announcements_than_a_channel_of_the_core_layer_keeps_arrive_whole() -> None:
    async with Delivery() as delivery, Hearing() as hearing:
        epoch = await delivery.open_epoch("test", 0)
        await hearing.open_channel()
        reading = asyncio.create_task(hearing.receive())
        await hearing.join(["stock:1"])
        reading.cancel()  # and now nobody reads for a while
        for version in range(1, 3 * CAPACITY + 1):
            await delivery.publish(epoch, each_alone(epoch, [Push("stock:1", version, {})]), version)
        heard: list[int] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(heard) < 3 * CAPACITY:
                match await hearing.receive():
                    case Bundle(news=news):
                        heard += [one.version for one in news]
        assert heard == list(range(1, 3 * CAPACITY + 1))


async def test_a_process_subscribes_once_however_many_sockets_watch_and_nothing_of_it_expires(
    door: Door, redis: Any
) -> None:
    async with Delivery() as delivery:
        await delivery.open_epoch("test", 0)
    await watch(door)
    channels_before = set(redis.pubsub_channels())
    for _ in range(20):
        await watch(door)
    assert set(redis.pubsub_channels()) == channels_before != set()
    assert [key for key in keys_of(redis) if b"group" in key] == []


def keys_of(redis: Any) -> list[bytes]:
    return list(redis.scan_iter())


async def watch(door: Door) -> None:
    client = await door.enter()
    await say(client, t="sub", grant=sign_grant(NOBODY, Grant({"stock:1": ()}, {})), have={}, epoch="")
    while (await hear(client))["t"] != "subscribed":
        pass


# --- Django: thread-sensitive code runs one at a time -------------------------------------------------------------


async def test_sockets_are_answered_while_a_page_hangs_in_its_query(door: Door) -> None:
    may_go_on = threading.Event()
    hanging = asyncio.create_task(sync_to_async(may_go_on.wait, thread_sensitive=True)(PATIENCE_S))
    await asyncio.sleep(0)
    await watch(door)
    assert not hanging.done()
    may_go_on.set()
    await hanging


# --- PostgreSQL: row-level security does not bind a superuser -----------------------------------------------------


@pytest.mark.django_db
def test_the_application_is_no_superuser_and_bypasses_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


# --- Redis does not evict: whatever is cached has to end by itself ------------------------------------------------


def test_whatever_is_cached_has_a_time_out(redis: Any) -> None:
    cache.set("something", 1)
    cache.add("something_else", 1)
    keys = keys_of(redis)
    assert len(keys) == 2
    assert all(redis.ttl(key) > 0 for key in keys)


# --- htmx and a strict content security policy --------------------------------------------------------------------


@pytest.mark.django_db
def test_htmx_keeps_no_history_evaluates_nothing_and_every_script_is_allowed(client: Client) -> None:
    page = client.get("/catalogue/").content.decode()
    config = json.loads(find(r"<meta name=\"htmx-config\"\s+content='([^']+)'", page))
    wanted = {"historyCacheSize": 0, "allowEval": False, "includeIndicatorStyles": False}
    assert config | wanted == config
    scripts = re.findall(r"<script\b([^>]*)>", page)
    assert scripts
    assert all("src=" in script or "nonce=" in script for script in scripts)


def find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


# --- Personal data inside events would outlive an erasure ---------------------------------------------------------


def test_events_name_nobody(cast: Cast) -> None:
    change(cast, cast.mug, 5)
    remove_member(Membership.objects.get(user=cast.wes), actor=actor_of(cast.nora))
    told = [json.dumps(event.data) for event in Event.objects.all()]
    assert told
    people = [name for user in User.objects.all() for name in (user.email, user.name) if name]
    assert [(name, data) for data in told for name in people if name in data] == []
