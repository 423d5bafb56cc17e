"""Courses of events that forced a rule of the contract, played exactly: every run plays all of them."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from random import Random

from django.db import connection
from django.db.transaction import atomic
from django.urls import reverse

from backend.events import waker
from backend.events.kinds import Kind
from backend.events.models import Event
from backend.inventory import steps
from backend.inventory.disclosure import Disclosure
from backend.inventory.models import MoveKind
from backend.inventory.settling import settle_all
from tests.cast import make_sku
from tests.chaos import page, seats
from tests.chaos.faults import PARTS, EmptyValkey, EndSessions, Fault, ForgetfulValkey, OlderValkey, Scene, leader_of
from tests.chaos.market import Market, Move
from tests.chaos.oracle import Outage
from tests.chaos.play import Play
from tests.chaos.tap import Fate
from tests.chaos.visitor import Seat, Visitor

PATIENCE_S = 15.0
PUBLISHES = b"EVALSHA"
"""What the relay stores heads and frames with, in one step with its position."""


async def until(has_happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not has_happened():  # noqa: ASYNC110 - it has no event of its own
            await asyncio.sleep(0.02)


class NamedCase:
    """`tells` is the one line that docs and output know it by; `holds`: pages are open, and not connected yet."""

    name = ""
    tells = ""
    holds = False

    def seats(self, market: Market) -> Sequence[Seat]:
        return seats.seats(market)

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        raise NotImplementedError


async def change(play: Play, nth: int = 0, by: int = 2) -> int:
    """One committed change; the subject's version after it."""
    came_of_it = await play.in_market(play.market.do, Move(0, "adjust", nth, by))
    assert came_of_it == "done", came_of_it
    return await play.in_market(play.market.version, nth)


def watching(visitors: Sequence[Visitor], topic: str) -> Visitor:
    return next(visitor for visitor in visitors if visitor.shows(topic) >= 0)


class LateCommit(NamedCase):
    name = "late-commit"
    tells = "two events of one topic commit in the opposite order of their ids, and the relay dies in between"

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        topic = f"stock_level:{play.market.skus[0].pk}"
        drawn, goes_on = threading.Event(), threading.Event()
        late = asyncio.ensure_future(play.in_market(_change_late, play.market, drawn, goes_on))
        await asyncio.to_thread(drawn.wait, PATIENCE_S)
        version = await change(play)
        await until(lambda: watching(visitors, topic).shows(topic) >= version)
        leader, _ = await leader_of(play.stage)
        play.stage.processes[leader].kill()
        goes_on.set()
        await late
        play.stage.start(leader)
        return []


def _change_late(market: Market, drawn: threading.Event, goes_on: threading.Event) -> None:
    """Draws its event's id, and commits when it is told to."""
    sku = market.skus[0]
    with atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('events_event', 'id'))")
            pk = cursor.fetchone()[0]
        drawn.set()
        goes_on.wait(PATIENCE_S)
        item = steps.lock_items([sku])[sku.pk]
        cause = steps.Cause(MoveKind.ADJUSTMENT, market.owner, reason="late")
        move = steps.move_stock(item, steps.level_of(item, market.cast.shelf), 3, cause)
        data = settle_all([item], {item.pk: [move]}).data[item.pk]
        about = {"kind": Kind.INVENTORY_STOCK_ADJUSTED, "subject": f"stock_level:{sku.pk}", "version": item.version}
        Event.objects.create(pk=pk, **about, actor_id=None, company_id=sku.company_id, data=data)
    waker.wake()


class ZombieLeader(NamedCase):
    name = "zombie-leader"
    tells = "a leader that has lost its lock announces what it had rendered, after its successor was further"

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        topic = f"stock_level:{play.market.skus[0].pk}"
        leader, _ = await leader_of(play.stage)
        with play.stage.tap.gate(leader, PUBLISHES) as gate:
            await change(play)
            await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
            await asyncio.to_thread(play.stage.forget_sessions_of, leader)
            version = await change(play)
            await until(lambda: watching(visitors, topic).shows(topic) >= version)
        return []


class SubscribedBetween(NamedCase):
    name = "subscribed-between"
    tells = "a viewer subscribes after the relay has asked who is interested, and before it announces"
    holds = True

    def seats(self, market: Market) -> Sequence[Seat]:
        """A product that nobody has looked at: else the interest of the last minutes would count."""
        with_own = threading.Thread(target=_make_unseen, args=(market,))
        with_own.start()
        with_own.join()
        product = market.skus[-1].product
        return [Seat("first", reverse("product", args=[product.pk, product.slug]))]

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        leader, _ = await leader_of(play.stage)
        with play.stage.tap.gate(leader, PUBLISHES) as gate:
            await change(play, nth=len(play.market.skus) - 1)
            await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
            visitors[0].may_connect.set()
            await until(lambda: visitors[0].is_subscribed)
        return []


def _make_unseen(market: Market) -> None:
    number, shelf = len(market.skus), market.cast
    market.skus = [
        *market.skus,
        make_sku(
            f"Unseen {number}", f"NEW{number}", shelf.crockery, shelf.shelf, on_hand=9, disclosure=Disclosure.EXACT
        ),
    ]
    connection.close()


class OldResponse(NamedCase):
    name = "old-response"
    tells = "the answer to a POST comes when a push has already shown something newer"

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        visitor = next(each for each in visitors if each.seat.name == "wes")
        topic = f"stock_level:{play.market.skus[0].pk}"
        shelf = str(play.market.cast.shelf.pk)
        answer = await visitor.post("adjustments/", quantity="5", reason="found", warehouse=shelf)
        version = await change(play)
        await until(lambda: visitor.shows(topic) >= version)
        for element in page.shown(page.read(f"<div>{answer}</div>")):
            visitor.place(element)
        return []


class SubscribedAfter(NamedCase):
    name = "subscribed-after"
    tells = "pages are made, everything changes and is delivered, and only then do they subscribe"
    holds = True
    forgets: bool = False

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        for nth in (0, 1, 2, 0):
            await change(play, nth)
        await asyncio.sleep(0.5)
        if self.forgets:
            await _strike(EmptyValkey, play, visitors)
        for visitor in visitors:
            visitor.may_connect.set()
        await until(lambda: all(visitor.is_subscribed for visitor in visitors))
        return []


class SubscribedInAnotherEpoch(SubscribedAfter):
    name = "other-epoch"
    tells = "the same, and Valkey has lost everything before they subscribe"
    forgets = True


class Forgets(NamedCase):
    """Nothing changes afterwards: what is true has to come back without news."""

    kind: type[Fault]

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        for nth in (0, 1, 0):
            await change(play, nth)
        strike = asyncio.create_task(_strike(self.kind, play, visitors))
        await asyncio.sleep(0.1)
        for nth in (0, 1, 2):
            await change(play, nth)
        await strike
        return []


class LosesLastSecond(Forgets):
    name, tells, kind = "lost-second", "Valkey loses its last second, in which things changed", ForgetfulValkey


class LosesAll(Forgets):
    name, tells, kind = "lost-all", "Valkey loses all its data", EmptyValkey


class IsOlder(Forgets):
    name, tells, kind = "older", "Valkey comes back older than the database", OlderValkey


class LostMessages(NamedCase):
    name = "lost-messages"
    tells = "the layer loses everything, and nothing changes afterwards that would tell of it"

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        play.stage.tap.fate = fate = Fate(drops=1.0)
        for nth in (0, 1, 2, 0):
            await _change_unheard(play, fate, nth)
        await asyncio.sleep(0.3)  # what goes to the other server
        play.stage.tap.fate = Fate()
        return []


async def _change_unheard(play: Play, fate: Fate, nth: int) -> None:
    """A change whose message is lost before this returns, however long a busy machine takes to send it."""
    before = fate.dropped
    await change(play, nth)
    await until(lambda: fate.dropped > before)


class RevokedInTraffic(NamedCase):
    name = "revoked-in-traffic"
    tells = "a member is dismissed and another gets a new role while everything that they watch is moving"

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        rita = next(each for each in visitors if each.seat.name == "rita")
        traffic = asyncio.create_task(self._move(play))
        await until(lambda: bool(rita.arrivals))
        for what, person in (("promote", "max"), ("dismiss", "rita")):
            came_of_it = await play.in_market(play.market.do, Move(0, what, 0, 3, person))
            assert came_of_it == "done", came_of_it
        await traffic
        return []

    async def _move(self, play: Play) -> None:
        """For longer than a revocation may take."""
        for nth in range(50):
            await change(play, nth % 3, by=1)
            await asyncio.sleep(0.04)


class EndedSessions(NamedCase):
    name = "ended-sessions"
    tells = "PostgreSQL has ended every session of a server's pool: at most one of the next pages suffers"

    async def act(self, play: Play, visitors: list[Visitor]) -> list[Outage]:
        await asyncio.gather(*(visitor.get(visitor.seat.path) for visitor in visitors * 3))
        await EndSessions(Random(1)).happen(Scene(play.stage, visitors, {}))
        answers = [await visitors[0].get(visitors[0].seat.path) for _ in range(10)]
        refused = [status for status, _ in answers if status != 200]
        assert len(refused) <= 1, refused
        return []


async def _strike(kind: type[Fault], play: Play, visitors: list[Visitor]) -> None:
    await kind(Random(1)).strike(Scene(play.stage, visitors, {part: asyncio.Lock() for part in PARTS}))


CASES: Sequence[NamedCase] = (
    LateCommit(),
    ZombieLeader(),
    SubscribedBetween(),
    OldResponse(),
    SubscribedAfter(),
    SubscribedInAnotherEpoch(),
    LosesLastSecond(),
    LosesAll(),
    IsOlder(),
    LostMessages(),
    RevokedInTraffic(),
    EndedSessions(),
)
