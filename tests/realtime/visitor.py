"""A person at a topic, as a socket of theirs speaks to the hub; and, as a command, one in a process of its own."""

import asyncio
import sys

from realtime import presence
from realtime.hearing import Hearing
from realtime.hub import Hub
from tests.realtime.page import Page, until

GRID = "stock_grid:1"
ROW = "stock_level:1"


class Visitor(Page):
    """One tab of somebody whom a grant lets in, under the name that it carries."""

    def __init__(self, hub: Hub, person: int, name: str) -> None:
        super().__init__(hub)
        self.outbox.person = person
        self.name = name
        self._presence = hub.presence

    def come(self, *topics: str) -> None:
        self.watch(*topics, epoch="")
        self._presence.enter(self.outbox, topics, self.name)

    def close(self) -> None:
        self._hub.leave(self.outbox)

    def type(self, topic: str, on: bool = True) -> None:
        self._presence.typing(self.outbox, topic, on)

    def see(self, topic: str, version: int) -> None:
        self._presence.seen(self.outbox, topic, version)

    def here(self, topic: str = GRID) -> set[str] | int | None:
        """Who the page was last told is here, or how many where they are not named; None: nothing yet."""
        told = [message for message in self.told("here") if message["topic"] == topic]
        if not told:
            return None
        return {one["name"] for one in told[-1]["people"]} if "people" in told[-1] else int(told[-1]["n"])

    def typing(self, topic: str = ROW) -> set[str]:
        told = [message for message in self.told("typing") if message["topic"] == topic]
        return {one["name"] for one in told[-1]["people"]} if told else set()

    def seen(self, topic: str = GRID) -> list[dict[str, int]]:
        return [message["seen"] for message in self.told("seen") if message["topic"] == topic]


async def stay(person: int, name: str, lives_s: float) -> None:
    """Is there, and goes on being there, until the process is killed."""
    setattr(presence, "HERE_S", lives_s)  # noqa: B010 - as monkeypatch does, in a process that has none
    hub = Hub(Hearing())
    hub.start()
    visitor = Visitor(hub, person, name)
    visitor.come(GRID, ROW)
    await until(lambda: name in (visitor.here() or ()))  # type: ignore[operator]
    while True:
        hub.presence.beat(visitor.outbox)
        await asyncio.sleep(lives_s / 3)


if __name__ == "__main__":
    asyncio.run(stay(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
