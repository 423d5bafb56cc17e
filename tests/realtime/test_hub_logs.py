"""Logs are complete, in order and without duplicates on every page that follows the page's rule."""

import asyncio
import random
import re

import pytest

from realtime import holding
from realtime.hub import Hub
from tests.realtime.conftest import running_hub
from tests.realtime.page import Page, until
from tests.realtime.publisher import LANGUAGES, Lossy, Publisher

LOG = "stock_moves:1"
_ENTRY = re.compile(r'<template [^>]*data-topic="stock_moves:1" data-v="(\d+)" data-push="append">')


class Committed:
    """How far the log has got in the database."""

    def __init__(self, last: int = 0) -> None:
        self.last = last


class Reader(Page):
    """Shows a log as live.js does: the next entry is shown, an older one dropped, and a gap is asked for."""

    def __init__(self, hub: Hub, committed: Committed, epoch: str, lang: str = "en") -> None:
        super().__init__(hub, lang)
        self._committed, self._epoch = committed, epoch
        self.shown = list(range(1, committed.last + 1))
        self.gaps = 0
        self._read = 0

    def subscribe(self) -> None:
        self.watch_at(LOG, len(self.shown), epoch=self._epoch)

    def read_on(self) -> "Reader":
        """Takes what has arrived since the last time."""
        arrived, self._read = self.received[self._read :], len(self.received)
        for text in arrived:
            if text.startswith("<"):
                self._apply([int(seq) for seq in _ENTRY.findall(text)])
            elif '"refresh"' in text:
                self.shown = list(range(1, self._committed.last + 1))
        return self

    def _apply(self, seqs: list[int]) -> None:
        for seq in seqs:
            if seq == len(self.shown) + 1:
                self.shown.append(seq)
            elif seq > len(self.shown):
                self.gaps += 1
                self.subscribe()
                return

    @property
    def asked(self) -> int:
        return len(self.told("refresh"))


async def append(
    relay: Publisher, committed: Committed, count: int = 1, languages: tuple[str, ...] = LANGUAGES
) -> None:
    first = committed.last + 1
    committed.last += count
    await relay.append(LOG, first, committed.last, languages)


async def test_entries_come_in_order_each_once_and_with_their_neighbours(hub: Hub, relay: Publisher) -> None:
    committed = Committed(5)
    page = Reader(hub, committed, relay.epoch)
    page.subscribe()
    await page.subscribed(LOG)
    for count in (1, 3, 2):
        await append(relay, committed, count)
    await until(lambda: page.read_on().shown == list(range(1, 12)))
    assert (page.gaps, page.asked, page.versions(LOG)) == (0, 0, [6, 7, 8, 9, 10, 11])


async def test_a_newcomer_gets_what_it_missed_from_memory_or_else_from_redis(
    hub: Hub, other_hub: Hub, relay: Publisher
) -> None:
    committed = Committed(5)
    old, first, late = (Reader(one, committed, relay.epoch) for one in (hub, other_hub, hub))
    first.subscribe()
    await first.subscribed(LOG)
    await append(relay, committed, 4)
    old.subscribe()  # nobody watched it in this process: only Redis knows
    await until(lambda: old.read_on().shown == list(range(1, 10)))
    await append(relay, committed, 2)
    late.subscribe()  # this process knows the last two, Redis all of them
    await until(lambda: all(len(page.read_on().shown) == 11 for page in (old, first, late)))
    assert [page.gaps + page.asked for page in (old, first, late)] == [0, 0, 0]


async def test_where_redis_has_not_all_of_them_the_page_asks(hub: Hub, relay: Publisher) -> None:
    committed = Committed(5)
    page = Reader(hub, committed, relay.epoch)
    await append(relay, committed, 2, languages=())
    await append(relay, committed, 2)
    page.subscribe()
    await until(lambda: page.read_on().shown == list(range(1, 10)))
    assert (page.asked, page.versions(LOG)) == (1, [])


async def test_what_the_layer_lost_is_given_whole_by_the_sweep(hub: Hub, relay: Publisher) -> None:
    committed = Committed(5)
    page = Reader(hub, committed, relay.epoch)
    page.subscribe()
    await page.subscribed(LOG)
    await append(relay, committed)
    await until(lambda: len(page.read_on().shown) == 6)
    await hub.delivery.leave(LOG)
    await append(relay, committed, 3)
    await hub.delivery.join([LOG])
    await append(relay, committed)  # the hub sees the gap, and gives nothing that would show it
    await until(lambda: len(page.read_on().shown) == 10)
    assert (page.gaps, page.asked, page.versions(LOG)) == (0, 0, [6, 7, 8, 9, 10])


async def test_a_reader_who_stalls_gets_every_entry_later(hub: Hub, relay: Publisher) -> None:
    committed = Committed(0)
    page = Reader(hub, committed, relay.epoch)
    page.subscribe()
    await page.subscribed(LOG)
    page.reads.clear()
    await append(relay, committed)
    await until(lambda: page.outbox.writer.paused)
    for _ in range(29):
        await append(relay, committed)
    await until(lambda: len(page.outbox.held.get(LOG, ())) >= 28)
    page.reads.set()
    await until(lambda: page.read_on().shown == list(range(1, 31)))
    assert (page.gaps, page.asked) == (0, 0)


async def test_a_queue_that_grows_too_long_is_dropped_whole_and_the_page_asks(
    hub: Hub, relay: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_ENTRIES", 5)
    committed = Committed(0)
    page = Reader(hub, committed, relay.epoch)
    page.subscribe()
    await page.subscribed(LOG)
    page.reads.clear()
    await append(relay, committed)
    await until(lambda: page.outbox.writer.paused)
    for _ in range(11):
        await append(relay, committed)
    await until(lambda: isinstance(page.outbox.held.get(LOG), bytes))
    page.reads.set()
    await until(lambda: page.read_on().shown == list(range(1, 13)))
    assert (page.gaps, page.asked) == (0, 1)
    await append(relay, committed)
    await until(lambda: page.read_on().shown == list(range(1, 14)))


@pytest.mark.parametrize("seed", range(4))
async def test_no_interleaving_loses_an_entry_or_makes_a_page_see_a_gap(hub: Hub, relay: Publisher, seed: int) -> None:
    """Pages come, move about, stall and come back while entries are appended; only what Redis lacks is asked for."""
    chance = random.Random(seed)
    committed, pages = Committed(3), []

    async def write() -> None:
        for _ in range(60):
            await append(relay, committed, chance.randint(1, 3))

    async def come() -> None:
        for _ in range(60):
            page = Reader(hub, committed, relay.epoch, chance.choice(LANGUAGES))
            pages.append(page)
            for _ in range(chance.randrange(6)):
                await asyncio.sleep(0)
            page.subscribe()
            if chance.random() < 0.5:
                page.watch(f"stock:{chance.randrange(3)}", epoch=relay.epoch)
            if chance.random() < 0.3:
                page.reads.clear()
            await asyncio.sleep(chance.choice([0, 0, 0.001]))

    await asyncio.gather(write(), come())
    for page in pages:
        page.reads.set()
    await until(lambda: all(page.read_on().shown == list(range(1, committed.last + 1)) for page in pages))
    assert sum(page.gaps for page in pages) == 0


@pytest.mark.parametrize("seed", range(4))
async def test_every_log_is_complete_though_announcements_are_lost_and_doubled(relay: Publisher, seed: int) -> None:
    chance = random.Random(seed)
    committed, pages = Committed(3), []
    async for hub in running_hub(relay, Lossy(chance, lost=0.2, twice=0.2)):
        for _ in range(60):
            await append(relay, committed, chance.randint(1, 3), chance.choice([LANGUAGES, LANGUAGES, LANGUAGES, ()]))
            if chance.random() < 0.4:
                page = Reader(hub, committed, relay.epoch, chance.choice(LANGUAGES))
                pages.append(page)
                page.subscribe()
            for page in pages:
                page.read_on()
        hub.look_again()
        await until(lambda: all(page.read_on().shown == list(range(1, committed.last + 1)) for page in pages))
