"""A seed's plan: every random decision, made before anything happens, so that a failing seed can be run again."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.faults import KINDS, Fault, LongPauseValkey
from tests.chaos.market import Move, draw_moves

LENGTH_S = 3.0
MOVES_PER_S = 12.0
TURNS_PER_S = 4.0
HAGGLERS = ("bea", "sally")
LONG_PAUSES = frozenset({20, 60, 100, 140, 180})
"""The seeds in which Valkey pauses for 10 s: they take as long as a seed may."""


@dataclass(frozen=True)
class Strike:
    """A fault and when it comes, in seconds after the seed began."""

    at: float
    fault: Fault

    def __str__(self) -> str:
        return f"{self.at:5.2f} {self.fault}"


@dataclass(frozen=True)
class Plan:
    seed: int
    moves: Sequence[Move]
    strikes: Sequence[Strike]

    def told(self) -> list[str]:
        """For whoever has to find out what went wrong."""
        return sorted([*map(str, self.moves), *map(str, self.strikes)])


def draw_plan(seed: int, kinds: Sequence[type[Fault]] = ()) -> Plan:
    """The plan of a seed; `kinds` are struck instead of those that it would draw."""
    rng = Random(seed)
    moves = draw_moves(rng, LENGTH_S, MOVES_PER_S)
    drawn = list(kinds) or _draw_kinds(rng)
    if seed in LONG_PAUSES:
        drawn = [LongPauseValkey]
    strikes = sorted((Strike(round(rng.uniform(0.2, LENGTH_S * 0.9), 2), kind(rng)) for kind in drawn), key=_when)
    return Plan(seed, sorted([*moves, *_draw_haggle(rng)], key=_when), strikes)


def _draw_kinds(rng: Random) -> list[type[Fault]]:
    """At most one for each part of the road: two of them would only wait for each other."""
    count = rng.choice((1, 2, 2, 3))
    drawn: list[type[Fault]] = []
    while len(drawn) < count:
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        if all(kind.hits != other.hits for other in drawn):
            drawn.append(kind)
    return drawn


def _draw_haggle(rng: Random) -> list[Move]:
    """What is done in the room: both sides offer at once, or one says something, now and then twice at once."""
    moves: list[Move] = []
    for nth in range(int(LENGTH_S * TURNS_PER_S)):
        at, name = round(rng.uniform(0, LENGTH_S), 3), rng.choice(HAGGLERS)
        if rng.random() < 0.25:
            moves += [Move(at, "offer", nth, rng.choice((-2, -1, 1, 2)), each) for each in HAGGLERS]
        else:
            moves += [Move(at, "say", nth, 0, name)] * rng.choice((1, 1, 2))
    return moves


def _when(thing: Move | Strike) -> float:
    return thing.at
