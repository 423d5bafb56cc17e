from dataclasses import dataclass

from backend.market.models import Act
from backend.market.simulator.chance import between


@dataclass(frozen=True, slots=True)
class Then:
    """What is done for an order next, and how many lines of the replay later."""

    act: Act
    after: int


def then(act: Act, seed: str, least: int, most: int) -> Then:
    """The same seed, the same while."""
    return Then(act, between(f"{seed}/{act}", least, most))
