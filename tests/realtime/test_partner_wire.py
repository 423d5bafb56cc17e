"""A partner's outbox: bounded and conflating as a page's, and its logs in order."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest

from realtime.hearing import Hearing
from realtime.hub import Hub
from realtime.json_frames import json_frame
from realtime.partner_wire import Entry, PartnerOutbox, PartnerWriter, event, open_partner_outbox
from realtime.render import frame
from realtime.road import JSON, Entries, Push
from realtime.wire import SharedWriter
from tests.realtime.ear import each_alone
from tests.realtime.page import Page, until
from tests.realtime.publisher import Publisher


@dataclass(frozen=True)
class Line:
    """What a query would return."""

    text: str


def state(topic: str, v: int) -> Push:
    frames = {JSON: json_frame(topic, v, "replace", Line(f"state {v}")), "en": frame(topic, v, f"<p>{v}</p>")}
    return Push(topic, v, frames)


def entries(topic: str, first: int, last: int) -> Entries:
    frames = [json_frame(topic, seq, "append", Line(f"entry {seq}")) for seq in range(first, last + 1)]
    return Entries(topic, last, first, {JSON: frames})


@pytest.fixture
async def relay() -> AsyncIterator[Publisher]:
    async with Hearing() as delivery:
        publisher = Publisher(delivery)
        await publisher.open_epoch()
        yield publisher


@pytest.fixture
async def hub(relay: Publisher) -> AsyncIterator[Hub]:
    hub = Hub(Hearing())
    hub.start()
    await until(lambda: hub.epoch == relay.epoch)
    yield hub
    await hub.stop()


async def publish(relay: Publisher, position: int, *news: Push | Entries) -> None:
    await relay.delivery.publish(relay.epoch, each_alone(relay.epoch, news), position)


class Reader:
    """A partner that reads when it is let, and counts what the database would be asked for."""

    def __init__(self, hub: Hub) -> None:
        self.reads = asyncio.Event()
        self.reads.set()
        self.received: list[Any] = []
        self.asked: list[str] = []
        self.outbox: PartnerOutbox = open_partner_outbox({}, self._send, self.asked.append)
        self.outbox.on_told = self.received.append
        hub.enter(self.outbox)
        self._hub = hub

    async def _send(self, event: Mapping[str, Any]) -> None:
        await self.reads.wait()
        self.received.append(json.loads(event["text"].removeprefix("42"))[1])

    async def watch(self, *topics: str, epoch: str, have: Mapping[str, int]) -> None:
        self.outbox.logs.seqs |= {topic: v for topic, v in have.items() if topic.startswith("stock_moves")}
        self._hub.watch(self.outbox, dict.fromkeys(topics, ()), have, epoch)
        await until(lambda: any(told.get("t") == "subscribed" for told in self.received))

    def versions(self, topic: str) -> list[int]:
        return [told["v"] for told in self.received if told.get("topic") == topic]


async def test_a_slow_partner_gets_newer_states_and_every_entry_and_harms_nobody(hub: Hub, relay: Publisher) -> None:
    slow, quick, page = Reader(hub), Reader(hub), Page(hub)
    have = {"stock:1": 1, "stock_moves:1": 1}
    for reader in (slow, quick):
        await reader.watch(*have, epoch=relay.epoch, have=have)
    page.watch("stock:1", epoch=relay.epoch, stock_1=1)
    await page.subscribed("stock:1")
    slow.reads.clear()
    for v in range(2, 30):
        await publish(relay, v, state("stock:1", v), entries("stock_moves:1", v, v))
        await until(lambda: quick.versions("stock_moves:1")[-1:] == [v])  # noqa: B023
    await until(lambda: page.versions("stock:1")[-1:] == [29])
    assert set(slow.outbox.held) == {"stock:1", "stock_moves:1"}, "one state, and the entries that wait"
    slow.reads.set()
    await until(lambda: slow.versions("stock_moves:1")[-1:] == [29])
    await until(lambda: slow.versions("stock:1")[-1:] == [29])
    assert slow.versions("stock_moves:1") == quick.versions("stock_moves:1") == list(range(2, 30))
    assert len(slow.versions("stock:1")) <= 2
    assert slow.asked == []


async def test_a_log_that_waits_too_long_is_dropped_whole_and_the_database_asked(hub: Hub, relay: Publisher) -> None:
    slow = Reader(hub)
    await slow.watch("stock_moves:1", epoch=relay.epoch, have={"stock_moves:1": 0})
    slow.reads.clear()
    for first in range(1, 502, 100):
        await publish(relay, first, entries("stock_moves:1", first, first + 99))
        await until(lambda: hub.roll.topics["stock_moves:1"].behind(first + 99) == [])  # noqa: B023
    await until(lambda: isinstance(slow.outbox.held.get("stock_moves:1"), bytes))
    slow.reads.set()
    await until(lambda: slow.asked)
    assert slow.asked == ["stock_moves:1"]
    assert slow.versions("stock_moves:1") == list(range(1, len(slow.versions("stock_moves:1")) + 1))


class Sheet:
    """A writer that never waits."""

    paused = False
    on_change = None

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.write = self.written.append


def lines(*seqs: int) -> Sequence[Entry]:
    return [Entry("log:1", seq, seq) for seq in seqs]


def writer_at(last: int | None) -> tuple[PartnerWriter, Sheet, list[str]]:
    sheet, asked = Sheet(), list[str]()
    writer = PartnerWriter(cast(SharedWriter, sheet), asked.append)
    if last is not None:
        writer.seqs["log:1"] = last
    return writer, sheet, asked


def test_an_entry_is_written_once_and_a_gap_is_asked_for() -> None:
    writer, sheet, asked = writer_at(4)
    for entry in lines(3, 5, 5, 6, 8):
        writer.write(entry)
    assert sheet.written == [5, 6]
    assert asked == ["log:1"]


def test_what_comes_while_the_database_is_asked_follows_its_answer() -> None:
    writer, sheet, asked = writer_at(4)
    writer.waiting["log:1"] = []
    for entry in lines(6, 7, 8):
        writer.write(entry)
    assert sheet.written == []
    writer.catch_up("log:1", lines(5, 6), upto=6)
    assert sheet.written == [5, 6, 7, 8]
    assert asked == []


def test_a_log_whose_end_was_not_known_begins_at_its_last_entry() -> None:
    writer, sheet, _ = writer_at(None)
    writer.waiting["log:1"] = []
    writer.write(lines(9)[0])
    writer.catch_up("log:1", lines(8), upto=8)
    assert sheet.written == [8, 9]
    empty, blank, _ = writer_at(None)
    empty.waiting["log:1"] = []
    empty.catch_up("log:1", [], upto=0)
    empty.write(lines(1)[0])
    assert blank.written == [1]


def test_an_event_is_a_packet_of_socket_io() -> None:
    assert event("frame", b'{"v":1}') == b'42["frame",{"v":1}]'
