"""What is looked at before a process serves or carries: each known trap says in one line what is wrong and what to do.

What depends on the installation alone runs with Django's checks (`manage.py check`); what asks Redis only where a
process starts. In production a trap that loses data ends the process; elsewhere it is told.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from typing import Any, cast

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, run_checks

TAG = "live"
LAYER = "realtime.layer.RedisLayer"
LOOK_S = 2.0
INSTALL = "Install requirements.lock again."

FLOORS = {
    "uvicorn": ((0, 54), "older ones buffer without limit for readers that stall"),
    "daphne": ((4, 2, 2), "older ones can be stopped from outside (two CVEs)"),
    "websockets": ((17,), "older ones were never tried under this server"),
    "redis": ((8,), "older ones were never tried on this road"),
    "channels": ((4, 3), "older ones were never tried on this road"),
}
CEILINGS = {"uvicorn": (0, 55), "websockets": (18,), "redis": (9,), "channels": (5,)}
"""From here on the parts that we build on were never tried."""


def installation(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Packages and settings; touches nothing outside the process."""
    return [*_packages(), *_layer()]


def _packages() -> Iterator[CheckMessage]:
    for name, (floor, why) in FLOORS.items():
        with suppress(metadata.PackageNotFoundError):
            found = metadata.version(name)
            if _numbers(found) < floor:
                yield _serious(f"{name} {found} is installed, {_text(floor)} or newer is needed: {why}", INSTALL, "001")
            elif name in CEILINGS and _numbers(found) >= CEILINGS[name]:
                hint = f"{INSTALL} Or run ./dev test and ./dev chaos, and raise CEILINGS in realtime/checks.py."
                yield Warning(f"{name} {found} was never tried with this version of Entrepot", hint, id=f"{TAG}.W002")


def _layer() -> Iterator[CheckMessage]:
    layer: dict[str, Any] = settings.CHANNEL_LAYERS.get("default", {})
    if layer.get("BACKEND") != LAYER:
        problem = f"CHANNEL_LAYERS uses {layer.get('BACKEND')}: others drop beyond a capacity, or are cut when quiet"
        yield _serious(problem, f"Use {LAYER}.", "003")


def store() -> list[CheckMessage]:
    """Asks Redis, and waits LOOK_S at most. One that is away is no reason to end: pages are served meanwhile."""
    options = {"socket_timeout": LOOK_S, "socket_connect_timeout": LOOK_S}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **options) as client:
            client.ping()
            return _eviction(client)
    except redis.RedisError as problem:
        found = f"Redis at REDIS_URL does not answer ({type(problem).__name__}): pages will say that they are delayed"
        return [Warning(found, "Start it, or correct REDIS_URL.", id=f"{TAG}.W005")]


def _eviction(client: redis.Redis) -> list[CheckMessage]:
    with suppress(redis.ResponseError):  # a hosted one may not tell
        policy = cast(dict[str, str], client.config_get("maxmemory-policy")).get("maxmemory-policy", "noeviction")
        if policy != "noeviction":
            problem = f"Redis evicts keys (maxmemory-policy {policy}): heads would be forgotten, and pages stay stale"
            return [_serious(problem, "CONFIG SET maxmemory-policy noeviction, and write it into its file.", "006")]
    return []


def before_start(who: str) -> None:
    """Tells what was found, a line each; exits with 1 where production would lose data."""
    tell(who, [*run_checks(tags=[TAG]), *store()])


def tell(who: str, found: Iterable[CheckMessage]) -> None:
    serious = False
    for one in found:
        serious |= one.is_serious()
        print(f"{who}: {one.msg}. {one.hint}", file=sys.stderr)
    if serious:
        sys.exit(1)


def _serious(problem: str, hint: str, number: str) -> CheckMessage:
    kind, letter = (Error, "E") if settings.PRODUCTION else (Warning, "W")
    return kind(problem, hint, id=f"{TAG}.{letter}{number}")


def _numbers(text: str) -> tuple[int, ...]:
    """`4.2.3.post1` as 4, 2, 3."""
    numbers: list[int] = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def _text(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))
