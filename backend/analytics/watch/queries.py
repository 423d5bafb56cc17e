"""Whether everything that has to run does, and every counter adds up: one function per screenful."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.events.watch.queries import HeartbeatView, heartbeats, in_trouble, version_of_watch
from backend.inventory.drifting.queries import DriftView, count_drifts, drifts


@dataclass(frozen=True, slots=True)
class Alarms:
    """What is wrong, in a line each: fragment watch/_alarms.html, topic `alarms:1`."""

    version: int
    troubles: Sequence[HeartbeatView]
    drifts: int

    @property
    def address(self) -> str:
        """Of the page that says more, from the floor's own."""
        return "../watch/"


@dataclass(frozen=True, slots=True)
class WatchPage:
    """Everything that has to run, trouble first, and every counter that has drifted."""

    heartbeats: Sequence[HeartbeatView]
    drifts: Sequence[DriftView]


def alarms(_watch_id: int) -> Alarms:
    """As the pages were told. Three queries; the version is read before them."""
    return Alarms(version_of_watch(), in_trouble(), count_drifts())


def watch_page() -> WatchPage:
    """As it is now, by the database's clock. Two queries."""
    return WatchPage(heartbeats(), drifts())
