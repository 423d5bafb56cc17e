"""Partner systems over the real server, with the real clients of Socket.IO in Python and JavaScript."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backend.accounts.actions import MadeToken, create_api_token, revoke_api_token
from backend.accounts.models import ApiToken
from backend.catalog.actions import pause_product
from backend.inventory.movements.queries import last_move
from realtime import hub, partners, present_state
from realtime.partner_access import MAX_TOPICS
from tests.cast import Cast, actor_of
from tests.realtime.conftest import change
from tests.realtime.door import Door, open_door
from tests.realtime.page import until
from tests.realtime.partner import (
    Partner,
    PythonPartner,
    Refused,
    Relay,
    frames,
    in_thread,
    javascript,
    python,
    subscribe,
    told,
    until_shown,
    versions,
)

ALL = ("stock.read", "stock_level.read", "stock_moves.read")
_keys = count()

Opened = Callable[[], AbstractAsyncContextManager[Any]]
each_client = pytest.mark.parametrize("client", [python, javascript], ids=["Python", "JavaScript"])


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door() as door:
        yield door


@pytest.fixture
async def relay(transactional_db: None) -> AsyncIterator[Relay]:
    relay = Relay()
    await relay.open()
    yield relay
    await relay.close()


@pytest.fixture
async def partner() -> AsyncIterator[PythonPartner]:
    async with python() as partner:
        yield partner


async def make_token(cast: Cast, *scopes: str) -> MadeToken:
    def make() -> MadeToken:
        wanted = {"name": "ERP", "scopes": scopes or ALL, "lives_days": 30, "key": f"key-{next(_keys)}"}
        return create_api_token(cast.northfield, **wanted, actor=actor_of(cast.nora))  # type: ignore[arg-type]

    return await in_thread(make)


# --- What both clients see


@each_client
async def test_a_partner_sees_each_change_as_a_page_would(cast: Cast, door: Door, relay: Relay, client: Opened) -> None:
    mug, level = f"stock:{cast.mug.pk}", f"stock_level:{cast.mug.pk}"
    async with client() as partner:
        await partner.connect(door.origin, (await make_token(cast)).secret)
        answer = await subscribe(partner, mug, level)
        assert answer == {"subscribed": [mug, level], "refused": {}, "epoch": hub.here().epoch}
        await until_shown(partner, mug, 1)
        await until_shown(partner, level, 1)
        await in_thread(change, cast, cast.mug, -60)
        await relay.carry()
        await until_shown(partner, mug, 2)
        await until_shown(partner, level, 2)
        assert versions(partner, mug) == versions(partner, level) == [1, 2]
        assert frames(partner, mug)[-1] == {
            "topic": mug,
            "v": 2,
            "push": "replace",
            "data": {
                "sku_id": cast.mug.pk,
                "state": "in_stock",
                "quantity": 240,
                "band": "",
                "more_on": None,
                "more": None,
                "more_band": "",
            },
        }
        assert [row["on_hand"] for row in frames(partner, level)[-1]["data"]["levels"]] == [240]


@each_client
async def test_after_a_cut_a_partner_gets_what_it_lacks_and_no_more(
    cast: Cast, door: Door, relay: Relay, client: Opened
) -> None:
    mug, plate, moves = f"stock:{cast.mug.pk}", f"stock:{cast.plate.pk}", f"stock_moves:{cast.mug.pk}"
    token = (await make_token(cast)).secret
    async with client() as partner:
        await partner.connect(door.origin, token)
        epoch = (await subscribe(partner, mug, plate, moves))["epoch"]
        for topic in (mug, plate, moves):
            await until_shown(partner, topic, 1)
        await partner.cut()
        await until(lambda: partner.gone)
        await until(lambda: not hub.here().roll.outboxes)
        for _ in range(3):
            await in_thread(change, cast, cast.mug, -1)
        await relay.carry()
        partner.heard.clear()
        await partner.connect(door.origin, token)
        have = {mug: 1, plate: 1, moves: 1}
        assert (await subscribe(partner, *have, have=have, epoch=epoch))["refused"] == {}
        await until_shown(partner, moves, 4)
        await until_shown(partner, mug, 4)
        assert versions(partner, moves) == [2, 3, 4]
        assert versions(partner, mug) == [4]
        assert versions(partner, plate) == []


@each_client
async def test_a_revoked_token_is_cut_off_and_does_not_come_back(
    cast: Cast, door: Door, relay: Relay, client: Opened
) -> None:
    mug = f"stock:{cast.mug.pk}"
    made = await make_token(cast)
    async with client() as partner:
        await partner.connect(door.origin, made.secret)
        await subscribe(partner, mug)
        await until_shown(partner, mug, 1)
        await in_thread(lambda: revoke_api_token(made.token, actor=actor_of(cast.nora)))
        async with asyncio.timeout(5):  # the road is live: what was promised is a second
            await until(lambda: partner.gone)
        assert {"topics": [mug], "why": "revoked"} in told(partner, "refused")
        with pytest.raises(Refused, match="revoked"):
            await partner.connect(door.origin, made.secret)


@each_client
async def test_who_has_no_token_is_refused_with_a_clear_word(
    cast: Cast, door: Door, relay: Relay, client: Opened
) -> None:
    made = await make_token(cast)
    async with client() as partner:
        for nobodys in ("", "nonsense", made.secret + "x", "ept_\u00e9\u0000"):
            with pytest.raises(Refused, match="unauthorized"):
                await partner.connect(door.origin, nobodys)
        await in_thread(lambda: ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1)))
        with pytest.raises(Refused, match="expired"):
            await partner.connect(door.origin, made.secret)


@each_client
async def test_the_token_may_also_stand_in_the_header(cast: Cast, door: Door, relay: Relay, client: Opened) -> None:
    async with client() as partner:
        await partner.connect(door.origin, (await make_token(cast)).secret, in_header=True)
        assert (await subscribe(partner, f"stock:{cast.mug.pk}"))["refused"] == {}


# --- What a token opens


async def test_a_token_opens_its_companys_counters_and_nobody_elses(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    own, others, public = f"stock_level:{cast.mug.pk}", f"stock_level:{cast.kettle.pk}", f"stock:{cast.kettle.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    answer = await subscribe(partner, own, others, public, "stock_level:999999999", f"stock_moves:{cast.kettle.pk}")
    assert answer["subscribed"] == [own, public]
    assert set(answer["refused"].values()) == {"not_found"}, "what is another's looks like what does not exist"


async def test_a_token_opens_only_what_its_scopes_name(cast: Cast, door: Door, relay: Relay, partner: Partner) -> None:
    mug, level, moves = (f"{thing}:{cast.mug.pk}" for thing in ("stock", "stock_level", "stock_moves"))
    await partner.connect(door.origin, (await make_token(cast, "stock_moves.read")).secret)
    answer = await subscribe(partner, mug, level, moves)
    assert answer["subscribed"] == [moves]
    assert answer["refused"] == {mug: "scope", level: "scope"}


async def test_what_is_no_topic_of_partners_is_unknown(cast: Cast, door: Door, relay: Relay, partner: Partner) -> None:
    await partner.connect(door.origin, (await make_token(cast)).secret)
    names = ["gossip:1", "stock", "stock:", "stock:0", "stock:01", "stock:1 ", "stock:-1", "stock:٣", "", "catalogue:1"]
    names += [f"stock_grid:{cast.northfield.pk}", "stock:" + "9" * 40]
    assert await subscribe(partner, *names) == {
        "subscribed": [],
        "refused": dict.fromkeys(names, "unknown"),
        "epoch": hub.here().epoch,
    }


async def test_a_paused_product_is_taken_away_and_the_rest_stays(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug, plate = f"stock:{cast.mug.pk}", f"stock:{cast.plate.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    await subscribe(partner, mug, plate)
    await in_thread(lambda: pause_product(cast.mug.product, actor=actor_of(cast.nora)))
    await until(lambda: told(partner, "refused"))
    assert told(partner, "refused") == [{"topics": [mug], "why": "revoked"}]
    await in_thread(change, cast, cast.plate, -39)
    await relay.carry()
    await until_shown(partner, plate, 2)
    assert (await subscribe(partner, mug))["refused"] == {mug: "not_found"}
    assert partner.gone == []


async def test_a_token_that_expires_while_it_is_in_use_is_cut_off(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug = f"stock:{cast.mug.pk}"
    made = await make_token(cast)
    soon = timezone.now() + timedelta(seconds=2)
    await in_thread(lambda: ApiToken.objects.filter(pk=made.token.pk).update(expires_at=soon))
    await partner.connect(door.origin, made.secret)
    await subscribe(partner, mug)
    await until(lambda: partner.gone)
    assert told(partner, "refused") == [{"topics": [mug], "why": "expired"}]


async def test_the_day_of_use_is_remembered_and_the_secret_written_nowhere(
    cast: Cast, door: Door, relay: Relay, partner: Partner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    made = await make_token(cast)
    await partner.connect(door.origin, made.secret)
    assert (await in_thread(ApiToken.objects.get)).last_used_on is not None
    assert made.secret not in caplog.text


# --- Recovery


async def test_whoever_says_nothing_of_what_it_has_is_shown_the_present_state(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug, kettle, moves = f"stock:{cast.mug.pk}", f"stock:{cast.kettle.pk}", f"stock_moves:{cast.mug.pk}"
    for _ in range(3):
        await in_thread(change, cast, cast.mug, -1)
    await relay.carry()  # nobody watched: the head is known, its frame was never made
    await partner.connect(door.origin, (await make_token(cast)).secret)
    await subscribe(partner, mug, kettle, moves)
    await until_shown(partner, mug, 4)
    await until_shown(partner, kettle, 1)
    await until_shown(partner, moves, 4)
    assert frames(partner, mug)[0]["data"]["quantity"] == 297
    assert versions(partner, moves) == [4], "of a log it is the last entry"


async def test_a_log_that_redis_forgot_is_read_from_the_database_in_order(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    moves = f"stock_moves:{cast.mug.pk}"
    for _ in range(5):
        await in_thread(change, cast, cast.mug, -1)
    await relay.carry()
    await partner.connect(door.origin, (await make_token(cast)).secret)
    await subscribe(partner, moves, have={moves: 2}, epoch="an older one")
    await until_shown(partner, moves, 6)
    await in_thread(change, cast, cast.mug, -1)
    await relay.carry()
    await until_shown(partner, moves, 7)
    assert versions(partner, moves) == [3, 4, 5, 6, 7]
    entry = frames(partner, moves)[-1]
    assert (entry["push"], entry["data"]["quantity"], entry["data"]["by"]) == ("append", -1, "Nora")
    assert entry["data"]["moved_at"].endswith("Z")
    assert await in_thread(last_move, cast.mug.pk) == 7


async def test_when_redis_forgets_everything_partners_stay_true(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug, moves = f"stock:{cast.mug.pk}", f"stock_moves:{cast.mug.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    await subscribe(partner, mug, moves)
    await until_shown(partner, mug, 1)
    await until_shown(partner, moves, 1)
    here = hub.here()
    before = here.epoch
    await here.delivery.redis.flushdb()
    await in_thread(change, cast, cast.mug, -1)
    await in_thread(change, cast, cast.mug, -1)
    await until_carried(relay, lambda: here.epoch != before)
    await until_shown(partner, mug, 3)
    await until_shown(partner, moves, 3)
    assert versions(partner, moves) == [1, 2, 3]


@pytest.mark.parametrize("tries", [present_state.MOST_TRIES, 1])
async def test_a_topic_that_cannot_be_read_in_time_is_tried_again_and_at_last_given_back(
    cast: Cast, door: Door, relay: Relay, partner: Partner, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(present_state, "MOST_TRIES", tries)
    mug, moves = f"stock:{cast.mug.pk}", f"stock_moves:{cast.mug.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    is_locked, may_go = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE inventory_availability IN ACCESS EXCLUSIVE MODE")
            is_locked.set()
            may_go.wait(30)

    locking = asyncio.create_task(in_thread(lock))
    await asyncio.to_thread(is_locked.wait, 30)
    await subscribe(partner, mug, moves)
    await until_shown(partner, moves, 1)
    if tries == 1:
        await until(lambda: told(partner, "refused") == [{"topics": [mug], "why": "retry"}])
    may_go.set()
    await locking
    if tries == 1:
        await subscribe(partner, mug)
    await until_shown(partner, mug, 1)


async def until_carried(relay: Relay, has_happened: Callable[[], object]) -> None:
    """The relay goes on, as it does in life, until something has happened here."""
    async with asyncio.timeout(20):
        while not has_happened():
            await relay.carry()
            hub.here().look_again()
            await asyncio.sleep(0.05)


# --- Bad input, and what it costs others


async def test_more_topics_than_a_socket_may_watch_are_refused(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    await partner.connect(door.origin, (await make_token(cast)).secret)
    names = [f"stock:{n}" for n in range(1, 10_001)]
    for start in range(0, len(names), 2_000):
        part = names[start : start + 2_000]
        assert (await subscribe(partner, *part))["refused"] == dict.fromkeys(part, "limit")
    mug = f"stock:{cast.mug.pk}"
    some = [f"stock:{1_000_000 + n}" for n in range(MAX_TOPICS - 1)]
    assert (await subscribe(partner, mug, *some))["subscribed"] == [mug]


async def test_one_token_opens_so_many_sockets(
    cast: Cast, door: Door, relay: Relay, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partners, "MAX_SOCKETS", 1)
    token = (await make_token(cast)).secret
    await partner.connect(door.origin, token)
    async with python() as second:
        with pytest.raises(Refused, match="limit"):
            await second.connect(door.origin, token)
        await partner.cut()
        await until(lambda: not hub.here().roll.outboxes)
        await second.connect(door.origin, token)


NONSENSE: list[object] = [
    None,
    [],
    "stock:1",
    {},
    {"topics": "stock:1"},
    {"topics": [1]},
    {"topics": [], "have": []},
    {"topics": [], "have": {"stock:1": "1"}},
    {"topics": [], "have": {"stock:1": -1}},
    {"topics": [], "have": {"stock:1": True}},
    {"topics": [], "have": {"stock:1": 2**70}},
    {"topics": [], "epoch": 7},
]


async def test_nonsense_is_answered_and_the_socket_stays(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug = f"stock:{cast.mug.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    for content in NONSENSE:
        for name in ("subscribe", "unsubscribe"):
            assert (await partner.call(name, content))["error"] == "bad_request", content
    assert (await partner.call("order", {"all": True}))["error"] == "unknown_event"
    assert (await subscribe(partner, mug))["subscribed"] == [mug]


async def test_a_version_from_the_future_and_an_unknown_epoch_do_no_harm(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug, moves = f"stock:{cast.mug.pk}", f"stock_moves:{cast.mug.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    future = dict.fromkeys((mug, moves), 2**62)
    assert (await subscribe(partner, mug, moves, have=future, epoch="of another world"))["refused"] == {}
    await in_thread(change, cast, cast.mug, -1)
    await relay.carry()
    await until_shown(partner, mug, 2)
    await until(lambda: {"topics": [moves], "why": "ahead"} in told(partner, "refused"))
    assert (await subscribe(partner, moves))["subscribed"] == [moves]
    await until_shown(partner, moves, 2)


async def test_what_a_partner_leaves_it_hears_no_more_of(
    cast: Cast, door: Door, relay: Relay, partner: Partner
) -> None:
    mug, plate = f"stock:{cast.mug.pk}", f"stock:{cast.plate.pk}"
    await partner.connect(door.origin, (await make_token(cast)).secret)
    await subscribe(partner, mug, plate)
    await until_shown(partner, mug, 1)
    assert await partner.call("unsubscribe", {"topics": [mug, "stock:999"]}) == {"unsubscribed": [mug]}
    await in_thread(change, cast, cast.mug, -1)
    await in_thread(change, cast, cast.plate, -39)
    await relay.carry()
    await until_shown(partner, plate, 2)
    assert versions(partner, mug) == [1]
