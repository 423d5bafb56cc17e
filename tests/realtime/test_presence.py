"""Who is here, who types and who has seen what: over two processes' hubs and a real Redis."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from realtime import presence
from realtime.attendance import MANY, Attendance, Word
from realtime.delivery import head_key
from realtime.hearing import Hearing
from realtime.hub import Hub
from tests.realtime.page import until
from tests.realtime.visitor import GRID, ROW, Visitor
from tests.tied import tied

NORA, MAX, WES = (1, "Nora"), (2, "Max"), (3, "Wes")


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PAUSE_S", 0.02)
    monkeypatch.setattr(presence, "CROWD_S", 0.1)


@pytest.fixture
async def redis() -> AsyncIterator[Hearing]:
    async with Hearing() as delivery:
        yield delivery


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub(Hearing())
    hub.start()
    yield hub
    await hub.stop()


@pytest.fixture
async def other() -> AsyncIterator[Hub]:
    """Another process's."""
    hub = Hub(Hearing())
    hub.start()
    yield hub
    await hub.stop()


async def both_here(hub: Hub, other: Hub) -> tuple[Visitor, Visitor]:
    """Nora in one process and Max in the other, each told of both."""
    nora, max_ = Visitor(hub, *NORA), Visitor(other, *MAX)
    for visitor in (nora, max_):
        visitor.come(GRID, ROW)
        await visitor.subscribed(GRID, ROW)
    for visitor in (nora, max_):
        await until(lambda: visitor.here() == {"Nora", "Max"})  # noqa: B023
    return nora, max_


async def somebody_else_comes(hub: Hub, witness: Visitor) -> None:
    """What was announced before this is told by now."""
    Visitor(hub, *WES).come(GRID)
    await until(lambda: "Wes" in (witness.here() or ()))  # type: ignore[operator]


# --- Here


async def test_two_processes_tell_each_other_who_is_here(hub: Hub, other: Hub) -> None:
    nora, _ = await both_here(hub, other)
    assert nora.told("here")[-1] == {
        "t": "here",
        "topic": GRID,
        "n": 2,
        "people": [{"id": 1, "name": "Nora"}, {"id": 2, "name": "Max"}],
    }
    assert nora.here(ROW) is None, "a row tells who types there, not who looks at it"


async def test_a_person_with_three_tabs_is_one_person(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    Visitor(other, *MAX).come(GRID)
    tab = Visitor(hub, *MAX)
    tab.come(GRID)
    await until(lambda: tab.here() == {"Nora", "Max"})
    max_.close()
    await somebody_else_comes(other, nora)
    assert all(message["n"] < 4 and len(message["people"]) == message["n"] for message in nora.told("here"))
    assert nora.here() == {"Nora", "Max", "Wes"}


async def test_whoever_reloads_never_left(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    max_.close()
    await somebody_else_comes(hub, nora)
    Visitor(hub, *MAX).come(GRID)
    await until(lambda: not hub.presence._due)
    assert ["Max" in {one["name"] for one in message["people"]} for message in nora.told("here")][-2:] == [True, True]


async def test_whoever_closes_the_page_is_gone_after_the_grace(
    hub: Hub, other: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE_S", 0.3)
    nora, max_ = await both_here(hub, other)
    max_.close()
    await until(lambda: nora.here() == {"Nora"})


async def test_the_people_of_a_killed_process_vanish_by_themselves(hub: Hub) -> None:
    nora = Visitor(hub, *NORA)
    nora.come(GRID)
    killed = await asyncio.create_subprocess_exec(*tied(sys.executable, "-c", IN_A_PROCESS, "2", "Max", "3"))
    try:
        await until(lambda: nora.here() == {"Nora", "Max"})
    finally:
        killed.kill()
        await killed.wait()
    await until(lambda: nora.here() == {"Nora"})


IN_A_PROCESS = "import django, runpy; django.setup(); runpy.run_module('tests.realtime.visitor', run_name='__main__')"


async def test_a_socket_that_sends_no_heartbeat_is_not_here_much_longer(
    hub: Hub, other: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    nora, max_ = await both_here(hub, other)
    monkeypatch.setattr(presence, "HERE_S", 0.3)
    other.presence.beat(max_.outbox)  # the last one
    await until(lambda: nora.here() == {"Nora"})
    other.presence.beat(max_.outbox)
    await until(lambda: nora.here() == {"Nora", "Max"})


async def test_of_many_people_only_the_number_is_told(hub: Hub, other: Hub) -> None:
    nora = Visitor(hub, *NORA)
    nora.come(GRID)
    crowd = [Visitor(other, person, f"Person {person}") for person in range(100, 100 + MANY)]
    for visitor in crowd:
        visitor.come(GRID)
    await until(lambda: nora.here() == MANY + 1)
    assert "Person" not in str(nora.told("here")[-1])
    other.refuse(crowd[0].outbox, [GRID], "revoked")
    await until(lambda: isinstance(nora.here(), set))
    assert len(nora.here() or ()) == MANY  # type: ignore[arg-type]


async def test_only_who_watches_a_topic_hears_of_its_people_and_is_one_of_them(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    stranger, nobody = Visitor(other, 8, "Otto"), Visitor(other, 0, "")
    stranger.come("stock_grid:2")
    nobody.come(GRID)
    stranger.type(ROW)
    stranger.see(GRID, 3)
    max_.see("stock_level:1", 3)  # a topic without receipts
    await until(lambda: stranger.here("stock_grid:2") == {"Otto"})
    await somebody_else_comes(other, nora)
    assert nora.here() == {"Nora", "Max", "Wes"}
    assert (nora.typing(), nora.seen()) == (set(), [])
    assert {message["topic"] for message in stranger.told("here")} == {"stock_grid:2"}
    assert nobody.told("here") == []


async def test_whoever_loses_the_right_vanishes_at_once(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    max_.type(ROW)
    await until(lambda: nora.typing() == {"Max"})
    other.refuse(max_.outbox, [GRID, ROW], "revoked")
    await until(lambda: nora.here() == {"Nora"} and nora.typing() == set())
    told = len(max_.received)
    await somebody_else_comes(hub, nora)
    max_.type(ROW)
    await asyncio.sleep(0)
    assert [text for text in max_.received[told:] if '"here"' in text] == []


# --- Typing


async def test_typing_is_told_and_ends_when_it_is_over(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    max_.type(ROW)
    await until(lambda: nora.typing() == {"Max"})
    max_.type(ROW, False)
    await until(lambda: nora.typing() == set())


async def test_typing_lapses_where_nobody_says_that_it_is_over(
    hub: Hub, other: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "TYPING_S", 0.3)
    nora, max_ = await both_here(hub, other)
    max_.type(ROW)
    await until(lambda: nora.typing() == {"Max"})
    await until(lambda: nora.typing() == set())


async def test_typing_ends_with_its_socket(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    max_.type(ROW)
    await until(lambda: nora.typing() == {"Max"})
    max_.close()
    await until(lambda: nora.typing() == set())
    assert nora.here() == {"Nora", "Max"}, "the person has their grace"


async def test_somebody_who_comes_later_is_told_who_types(hub: Hub, other: Hub) -> None:
    nora, max_ = await both_here(hub, other)
    max_.type(ROW)
    await until(lambda: nora.typing() == {"Max"})
    wes = Visitor(hub, *WES)
    wes.come(GRID, ROW)
    await until(lambda: wes.typing() == {"Max"} and wes.here() == {"Nora", "Max", "Wes"})


async def test_more_than_one_typing_a_second_is_not_heard(hub: Hub, other: Hub) -> None:
    _, max_ = await both_here(hub, other)
    socket = other.presence._sockets[max_.outbox]
    max_.type(ROW)
    typed_at = socket.typed_at[ROW]
    for on in (False, True) * 5:
        max_.type(ROW, on)
    assert socket.typed_at == {ROW: typed_at}


# --- Seen


async def test_receipts_only_move_forward(hub: Hub, other: Hub, redis: Hearing) -> None:
    """Four writers at once, each with the versions in an order of its own."""
    nora, _ = await both_here(hub, other)
    chance = random.Random(20_103)

    async def write() -> None:
        async with Hearing() as delivery:
            attendance = Attendance(delivery)
            for version in chance.sample(range(1, 101), 100):
                await attendance.tell([Word("seen", GRID, 2, "", version=version)])

    await asyncio.gather(*(write() for _ in range(4)))
    await until(lambda: nora.seen() and nora.seen()[-1] == {"2": 100})
    told = [seen["2"] for seen in nora.seen()]
    assert told == sorted(told)


async def test_nobody_has_seen_more_than_there_is(hub: Hub, other: Hub, redis: Hearing) -> None:
    epoch = await redis.open_epoch("test", 0)
    await redis.redis.set(head_key(epoch, GRID), 12)
    nora, max_ = await both_here(hub, other)
    max_.see(GRID, 2**53)
    await until(lambda: nora.seen() == [{"2": 12}])
    max_.see(GRID, 11)
    nora.see(GRID, 10)
    await until(lambda: max_.seen() and max_.seen()[-1] == {"1": 10, "2": 12})


async def test_what_a_page_showed_before_it_was_delivered_counts_as_seen_afterwards(
    hub: Hub, other: Hub, redis: Hearing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LOOK_AGAIN_S", 0.3)
    epoch = await redis.open_epoch("test", 0)
    await redis.redis.set(head_key(epoch, GRID), 12)
    nora, max_ = await both_here(hub, other)
    max_.see(GRID, 13)
    await until(lambda: nora.seen() == [{"2": 12}])
    await redis.redis.set(head_key(epoch, GRID), 13)
    await until(lambda: nora.seen()[-1] == {"2": 13})


# --- Redis goes and comes


async def test_when_redis_forgot_nobody_is_told_that_somebody_left(hub: Hub, other: Hub, redis: Hearing) -> None:
    nora, _ = await both_here(hub, other)
    await redis.redis.flushdb()
    for one in (hub, other):
        one.presence.changed(GRID)
    await somebody_else_comes(hub, nora)
    await until(lambda: nora.here() == {"Nora", "Max", "Wes"})


class Cable:
    """A way to Redis that can be cut."""

    def __init__(self, path: str) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def plug_in(self) -> None:
        self._server = await asyncio.start_unix_server(self._join, self._path)

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.close()
        self._ends.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(urlsplit(settings.REDIS_URL).path)
        self._ends |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    except OSError:
        return
    finally:
        writer.close()


async def test_while_redis_is_away_nobodys_presence_is_known_and_all_else_goes_on(
    other: Hub, redis: Hearing, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "UNKNOWN_S", 0.1)
    cable = Cable(str(tmp_path_factory.mktemp("r") / "s"))
    await cable.plug_in()
    hearing = Hearing()
    await hearing.redis.aclose()
    hearing.redis = Redis.from_url(cable.url, socket_timeout=5, retry=Retry(NoBackoff(), 1))
    hub = Hub(hearing)
    hub.start()
    nora, max_ = await both_here(hub, other)
    await cable.cut()
    hub.presence.beat(nora.outbox)
    nora.type(ROW)
    nora.see(GRID, 3)
    await until(lambda: nora.here() == set())
    passing = Visitor(hub, *WES)
    passing.come(GRID)
    passing.close()
    await cable.plug_in()
    await until(lambda: nora.here() == {"Nora", "Max", "Wes"} and max_.seen() == [{"1": 3}])
    await hub.stop()
    await cable.cut()
