"""What one partner's socket watches: the way from `subscribe` to the hub, and what the hub says back."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import DatabaseError

from backend.accounts.models import ApiToken
from realtime import hub, metrics
from realtime.partner_access import Request, open_topics, refused_at_sight, then_close
from realtime.partner_wire import Entry, PartnerOutbox, event
from realtime.present_state import Found, PresentState, is_log

DEADLINE_S = 10.0
"""From a subscription to the moment from which nothing is missed; and for whatever is asked of the database."""
T = TypeVar("T")
Scopes = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Visit:
    """One socket, from the handshake on; a token is its own between `connect` and the end."""

    outbox: PartnerOutbox
    timer: asyncio.TimerHandle
    token: ApiToken | None = None
    confirmed: set[str] = field(default_factory=set)
    """Topics that the hub has taken up since the last subscription began."""
    lost: dict[str, str] = field(default_factory=dict)
    """Those that it took away meanwhile, and why."""
    is_told: asyncio.Event = field(default_factory=asyncio.Event)
    unread: int = 0
    """Messages that came while nothing of what is written to the socket is read."""


class PartnerWatching:
    """Subscriptions of all partners of one process."""

    def __init__(self, watched: hub.Hub, end: Callable[[Visit, str], None]) -> None:
        self._hub = watched
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(2, thread_name_prefix="tokens")
        self._present = PresentState(self._hand, self._give_up)
        self._checks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        self._present.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def ask(self, outbox: PartnerOutbox, topic: str) -> None:
        """The hub has told of a change and has no frame of it."""
        self._present.ask(outbox, topic)

    async def in_thread(self, act: Callable[..., T], *arguments: object) -> T:
        """The ORM beside the event loop. Raises TimeoutError."""
        async with asyncio.timeout(DEADLINE_S):
            return await self._loop.run_in_executor(self._thread, then_close, act, *arguments)

    # --- What a partner asks for

    async def subscribe(self, visit: Visit, token: ApiToken, request: Request) -> Mapping[str, object]:
        """The acknowledgement: what is watched from now on, what is not and why."""
        refused = refused_at_sight(token, visit.outbox.topics, request.topics)
        asked = [name for name in request.topics if name not in refused]
        opened = await self._opened(visit, token, asked, refused) if asked else {}
        await self._take_up(visit, opened, request)
        refused |= {name: visit.lost.get(name, "retry") for name in opened if name not in visit.confirmed}
        for why in refused.values():
            metrics.REFUSED.labels(why).inc()
        subscribed = [name for name in opened if name in visit.confirmed]
        return {"subscribed": subscribed, "refused": refused, "epoch": self._hub.epoch}

    def unsubscribe(self, visit: Visit, names: Collection[str]) -> Mapping[str, object]:
        left = [name for name in names if name in visit.outbox.topics]
        self._unwatch(visit.outbox, left)
        return {"unsubscribed": left}

    async def _opened(
        self, visit: Visit, token: ApiToken, asked: list[str], refused: dict[str, str]
    ) -> dict[str, Scopes]:
        """What the token opens of that, with the scopes that it hangs on; adds to the refused why the rest is not."""
        try:
            grant = await self.in_thread(open_topics, token, asked)
            known = await self._hub.numbers.of(grant.numbers)
        except (TimeoutError, DatabaseError):
            refused |= dict.fromkeys(asked, "retry")
            return {}
        if not grant.numbers:
            self._end(visit, "revoked")
        stale = {scope for scope, n in grant.numbers.items() if known.get(scope) != n}
        opened = {name: scopes for name, scopes in grant.topics.items() if stale.isdisjoint(scopes)}
        refused |= {name: "retry" if name in grant.topics else "not_found" for name in asked if name not in opened}
        return opened

    async def _take_up(self, visit: Visit, opened: Mapping[str, Scopes], request: Request) -> None:
        """Gives the outbox what it lacks, and returns when nothing is missed any more, or it takes too long."""
        visit.confirmed, visit.lost = set(), {}
        known = {name: scopes for name, scopes in opened.items() if name in request.have}
        fresh = {name: scopes for name, scopes in opened.items() if name not in known}
        _begin_logs(visit.outbox, known, fresh, request.have)
        self._hub.watch(visit.outbox, known, request.have, request.epoch)
        self._hub.watch(visit.outbox, fresh, {}, self._hub.epoch)
        try:
            await self._until_told(visit, opened.keys())
        except TimeoutError:
            self._unwatch(visit.outbox, opened.keys() - visit.confirmed)
        for name in fresh:
            if name in visit.confirmed and (is_log(name) or not self._audience(visit.outbox, name).version):
                self._present.ask(visit.outbox, name)  # the hub knows nothing of it: it has not changed lately

    async def _until_told(self, visit: Visit, names: Collection[str]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not visit.confirmed | visit.lost.keys() >= set(names):
                visit.is_told.clear()
                await visit.is_told.wait()

    def _unwatch(self, outbox: PartnerOutbox, names: Collection[str]) -> None:
        self._hub.unwatch(outbox, names)
        for name in names:
            outbox.logs.forget(name)

    # --- What the hub says

    def told(self, visit: Visit, message: Mapping[str, Any]) -> None:
        """A control message of `realtime.messages`, for this socket alone."""
        match message:
            case {"t": "subscribed", "topics": topics}:
                visit.confirmed |= set(topics)
                visit.is_told.set()
            case {"t": "refused", "topics": topics, "why": why}:
                self._refused(visit, topics, why)
            case {"t": "hb", "tick_age": age_s}:
                visit.outbox.tell("road", {"tick_age": age_s})

    def _refused(self, visit: Visit, names: list[str], why: str) -> None:
        for name in names:
            visit.outbox.logs.forget(name)
        visit.confirmed -= set(names)
        visit.lost |= dict.fromkeys(names, why)
        visit.is_told.set()
        visit.outbox.tell("refused", {"topics": names, "why": why})
        if why == "revoked" and visit.token is not None:
            task = self._loop.create_task(self._end_if_dead(visit, visit.token))
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def _end_if_dead(self, visit: Visit, token: ApiToken) -> None:
        """A topic was taken away: because its own scope was raised, or because the whole token was."""
        try:
            grant = await self.in_thread(open_topics, token, [])
        except (TimeoutError, DatabaseError):
            return  # its topics are gone, and it gets no others
        if not grant.numbers:
            self._end(visit, "revoked")

    # --- What the database says

    def _hand(self, outbox: PartnerOutbox, topic: str, found: Found) -> None:
        """Gives what was found, unless a newer version was announced meanwhile: that has a way of its own."""
        if is_log(topic):
            self._hand_entries(outbox, topic, found)
            return
        audience = self._audience(outbox, topic)
        frame = found.frames[found.version]
        if audience.version == found.version and audience.newest is None:
            audience.newest = frame
        if audience.version <= found.version:
            self._hub.give(outbox, topic, frame)

    def _hand_entries(self, outbox: PartnerOutbox, topic: str, found: Found) -> None:
        if outbox.logs.seqs.get(topic, 0) > found.version:
            self._give_up(outbox, topic, "ahead")
            return
        entries = [Entry(topic, seq, outbox.encode(event("frame", frame))) for seq, frame in found.frames.items()]
        outbox.logs.catch_up(topic, entries, found.version)

    def _give_up(self, outbox: PartnerOutbox, topic: str, why: str) -> None:
        self._hub.refuse(outbox, [topic], why)

    def _audience(self, outbox: PartnerOutbox, topic: str) -> Any:
        return self._hub.roll.topics[topic].audiences[outbox.lang, outbox.encode]


def _begin_logs(outbox: PartnerOutbox, known: Collection[str], fresh: Collection[str], have: Mapping[str, int]) -> None:
    """A log goes on after the entry that the partner has; one who has none waits until it is known where it ends."""
    for name in filter(is_log, known):
        outbox.logs.forget(name)
        outbox.logs.seqs[name] = have[name]
    for name in filter(is_log, fresh):
        outbox.logs.forget(name)
        outbox.logs.waiting[name] = []
