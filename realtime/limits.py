"""How much a socket, a person or an address may ask for; over HTTP and sockets alike.

All of it is counted in this process's memory, which thousands of addresses do not grow: whoever owes nothing is
forgotten. Behind a proxy the address is the client's only if the proxy is one of TRUSTED_PROXIES.
"""

import heapq
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Any, Self

from realtime.environment import BadSetting

MAX_TOPICS = 200
"""A socket watches at most this many topics: a grid subscribes to the rows in view."""
MAX_MESSAGE_BYTES = 64 * 1024
MOST_COUNTED = 20_000
"""How many addresses and people one limit remembers; of more, those who owe most."""
FEW = 256
OFF = "off"
_ROUNDING_S = 1e-6

Who = int | str
"""A person's id, or the address of somebody who is nobody yet."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket, kept as one number per spender: until when they have spent what time will give them.

    `burst` at once, then `per_s` a second. Times are seconds of any clock that only moves forward.
    """

    per_s: float
    burst: float

    def spend(self, spent_until: float, now: float, cost: float = 1.0) -> float:
        return max(spent_until, now) + cost / self.per_s

    def wait_s(self, spent_until: float, now: float) -> float:
        """How long until so much may be spent; 0 if it may."""
        over = spent_until - now - self.burst / self.per_s
        return over if over > _ROUNDING_S else 0.0


MESSAGES_OF_A_SOCKET = Rate(per_s=10, burst=100)
BYTES_OF_A_SOCKET = Rate(per_s=32 * 1024, burst=512 * 1024)
"""On the wire, in whatever frames: eight messages of the greatest size at once."""


class Limit:
    """One rate for each of many spenders; without a rate, no limit."""

    __slots__ = ("_most", "_prune_at", "_spent", "rate")

    def __init__(self, rate: Rate | None, most: int = MOST_COUNTED) -> None:
        self.rate = rate
        self._most = most
        self._prune_at = min(FEW, most)
        self._spent: dict[Who, float] = {}

    def __len__(self) -> int:
        """How many spenders are remembered."""
        return len(self._spent)

    def wait_s(self, who: Who, now: float, cost: float = 1.0) -> float:
        """0, and it is spent; or the seconds after which it may be, and nothing is."""
        if self.rate is None:
            return 0.0
        spent_until = self.rate.spend(self._spent.get(who, 0.0), now, cost)
        wait_s = self.rate.wait_s(spent_until, now)
        if not wait_s:
            self._spent[who] = spent_until
            if len(self._spent) > self._prune_at:
                self._prune(now)
        return wait_s

    def _prune(self, now: float) -> None:
        """Forgets whoever could spend all again anyway; each time twice as many may gather as are left."""
        owing = {who: until for who, until in self._spent.items() if until > now}
        if len(owing) > self._most // 2:
            owing = dict(heapq.nlargest(self._most // 2, owing.items(), key=lambda item: item[1]))
        self._spent = owing
        self._prune_at = max(2 * len(owing), min(FEW, self._most))


@dataclass(frozen=True)
class Limits:
    """Every limit that is kept per person and address. `PER_S:BURST` or `off` in the variable LIMIT_<NAME>."""

    requests: Limit
    """HTTP requests of an address: a company's people share one."""
    session_requests: Limit
    """HTTP requests with one session cookie."""
    connects: Limit
    """Handshakes of an address."""
    person_connects: Limit
    """Sockets that one person opens."""
    subscribes: Limit
    """Subscriptions of a person over all sockets; of the anonymous, per address. So are the next two."""
    messages: Limit
    bytes: Limit

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """LIMITS=off switches off whatever is not named itself. Raises BadSetting."""
        otherwise = env.get("LIMITS") or ""
        if otherwise not in ("", OFF):
            raise BadSetting(f"LIMITS is {otherwise!r}; it may only be {OFF}. Single limits have names of their own")
        names = [field.name for field in fields(cls)]
        return cls(**{name: Limit(_rate(env, f"LIMIT_{name.upper()}", otherwise or DEFAULTS[name])) for name in names})


DEFAULTS = {
    "requests": "200:2000",
    "session_requests": "30:300",
    "connects": "100:2000",
    "person_connects": "5:100",
    "subscribes": "100:2000",
    "messages": "200:4000",
    "bytes": "262144:8388608",
}


def _rate(env: Mapping[str, str], name: str, default: str) -> Rate | None:
    given = env.get(name) or default
    if given == OFF:
        return None
    per_s, _, burst = given.partition(":")
    if not all(part.isascii() and part.isdigit() and int(part) for part in (per_s, burst)):
        raise BadSetting(f"{name} is {given!r}; it must be PER_S:BURST in whole numbers, such as 200:2000, or {OFF}")
    return Rate(int(per_s), int(burst))


@cache
def here() -> Limits:
    """This process's limits. Raises BadSetting where the environment makes no sense."""
    return Limits.from_environment(os.environ)


def address_of(scope: Mapping[str, Any]) -> str:
    """Where a request or a socket comes from. Of IPv6 the network: a single machine has 2^64 addresses."""
    client = scope.get("client")
    host: str = client[0] if client else ""
    return _network(host) if ":" in host else host[:64]


@lru_cache(maxsize=FEW * 16)
def _network(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host[:64]  # what a proxy wrote, whatever it is
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.IPv6Network((address, 64), strict=False))
