"""Broken on purpose: what the oracle has to find, or it would prove nothing. Servers are broken in broken_server."""

from collections.abc import Mapping

from django.test.html import Element

from tests.chaos import page
from tests.chaos.visitor import Visitor

SERVERS = ("sweepless", "unrevoked")


class Careless(Visitor):
    """A page that shows whatever comes last, however old it is."""

    def place(self, element: Element) -> None:
        present = page.with_id(self._page(), page.attribute(element, "id"))
        if present is not None:
            page.put(self._page(), present, element)


class Unquestioning(Visitor):
    """A page that never asks: neither for what a gap has left out, nor when it is told to."""

    def _refresh_soon(self, region: Element, in_s: float) -> None:
        return

    async def _catch_up(self, topic: str) -> None:
        return


VISITORS: Mapping[str, type[Visitor]] = {"careless": Careless, "unquestioning": Unquestioning}


def command(name: str) -> tuple[str, ...]:
    """How a server of this kind is started; empty where it is not the server that is broken."""
    return ("-m", "tests.chaos.broken_server", name) if name in SERVERS else ()
