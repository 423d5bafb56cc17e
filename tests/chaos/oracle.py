"""What has to hold after the faults: every page is the page rendered afresh, logs whole, nothing heard too late."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.test.html import Element

from tests.chaos import page
from tests.chaos.market import Revocation
from tests.chaos.visitor import Arrival, Visitor

SOON_S = 1.0
AT_WORST_S = 30.0


@dataclass(frozen=True)
class Outage:
    """While it lasted, and a second around it, nobody promised that access ends within a second."""

    began: float
    ended: float

    def covers(self, moment: float) -> bool:
        return self.began - SOON_S <= moment <= self.ended + SOON_S


@dataclass(frozen=True)
class Truth:
    """The page as the database has it, for this viewer."""

    status: int
    html: str

    def differs_from(self, visitor: Visitor) -> str:
        """Empty if the visitor's page says the same."""
        if self.status != 200 or visitor.root is None:
            answered = 200 if visitor.root is not None else visitor.status
            return "" if answered == self.status else f"the page is {answered}, and has to be {self.status}"
        shown, true = said(visitor.root), said(page.read(self.html))
        return "" if shown == true else "\n".join(_difference(shown, true))


def said(root: Element) -> list[str]:
    return [line for region in page.regions(root) for line in page.text(region).splitlines()]


def _difference(shown: Sequence[str], true: Sequence[str]) -> Iterator[str]:
    return difflib.unified_diff(shown, true, "shown", "true", lineterm="", n=1)


def wrong_logs(root: Element) -> list[str]:
    """Logs whose entries are not complete, in order, once each."""
    wrongs = []
    for log in [element for element in page.every(root) if page.has(element, "data-log")]:
        seqs = [
            int(page.attribute(entry, "id").rpartition("-")[2]) for entry in log.children if isinstance(entry, Element)
        ]
        rising = seqs[::-1] if page.attribute(log, "data-log") == "start" else seqs
        if rising and (rising[-1] != page.version(log) or rising != list(range(rising[0], rising[-1] + 1))):
            wrongs.append(f"{page.attribute(log, 'data-topic')} shows {rising}, its version is {page.version(log)}")
    return wrongs


def heard_too_late(
    arrivals: Sequence[Arrival], revocations: Sequence[Revocation], outages: Sequence[Outage], lateness_s: float
) -> list[str]:
    """Frames of a topic that came after access to it had ended. lateness_s is the harness's own: it is not held
    against the road."""
    wrongs = []
    for revocation in revocations:
        is_hampered = any(outage.covers(revocation.at) for outage in outages)
        limit = revocation.at + lateness_s + (AT_WORST_S if is_hampered else SOON_S)
        for arrival in arrivals:
            if arrival.at > limit and arrival.numbers.get(revocation.scope, revocation.n) < revocation.n:
                late = arrival.at - revocation.at
                wrongs.append(f"{arrival.topic} came {late:.2f} s after {revocation.scope} had become {revocation.n}")
    return wrongs
