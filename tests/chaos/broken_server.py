"""A server with one part of the road taken out: what the oracle has to find, or it would prove nothing.

`python -m tests.chaos.broken_server NAME`
"""

import asyncio
import os
import sys
from typing import Any

import django

from realtime import server

ENDLESS_S = 1e6


async def _never(_self: Any) -> None:
    await asyncio.sleep(ENDLESS_S)


def sweepless() -> None:
    """The hub never looks at the heads: what the layer loses stays lost."""
    from realtime.keeping import Keeping

    Keeping.sweep = _never  # type: ignore[method-assign, assignment]


def unrevoked() -> None:
    """The hub does not hear that access has ended."""
    from realtime.lane import Lane

    Lane.listen = _never  # type: ignore[method-assign, assignment]


KINDS = {"sweepless": sweepless, "unrevoked": unrevoked}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    os.environ.setdefault("DATABASE_POOL_SIZE", server.DATABASE_POOL_SIZE)
    django.setup()
    KINDS[sys.argv[1]]()
    server.main()
