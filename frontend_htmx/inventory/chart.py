"""Stock over time as a line of steps, in the coordinates of its picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.inventory.movements.queries import HistoryPoint

WIDTH, HEIGHT = 720, 160
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """The line, the area below it, and what the axes say."""

    line: str
    area: str
    highest: int
    began: datetime
    ended: datetime
    last_y: int


def draw_history(points: Sequence[HistoryPoint]) -> Picture | None:
    """None where there is no history to speak of."""
    if len(points) < FEWEST or points[0].at == points[-1].at:
        return None
    highest = max(point.on_hand for point in points) or 1
    spots = [(_x(point, points), round(HEIGHT - HEIGHT * point.on_hand / highest)) for point in points]
    line = f"M{spots[0][0]} {spots[0][1]}" + "".join(f"H{x}V{y}" for x, y in spots[1:])
    area = f"{line}V{HEIGHT}H{spots[0][0]}Z"
    return Picture(line, area, highest, points[0].at, points[-1].at, spots[-1][1])


def _x(point: HistoryPoint, points: Sequence[HistoryPoint]) -> int:
    span = points[-1].at - points[0].at
    return round(WIDTH * ((point.at - points[0].at) / span))
