"""What has to hold after the faults: every page is the page rendered afresh, logs whole, nothing heard too late."""

import difflib
from collections import Counter
from collections.abc import Collection, Sequence
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
class Look:
    """What a page says, line by line, and what its address last answered."""

    status: int
    lines: tuple[str, ...]

    def difference(self, true: "Look") -> str:
        """Empty where there is none."""
        if self.status != true.status:
            return f"the page is {self.status}, and has to be {true.status}"
        diff = difflib.unified_diff(self.lines, true.lines, "shown", "true", lineterm="", n=1)
        return "" if self.lines == true.lines else "\n".join(diff)


def look_at(visitor: Visitor) -> Look:
    if visitor.root is None:
        return Look(visitor.status, ())
    return Look(200, tuple(said(visitor.root)))


def true_look(status: int, html: str) -> Look:
    """The page as the database has it, for this viewer."""
    return Look(status, tuple(said(page.read(html))) if status == 200 else ())


def said(root: Element) -> list[str]:
    return [line for region in page.regions(root) for line in page.text(region).splitlines()]


def wrong_logs(root: Element) -> list[str]:
    """Logs whose entries are not complete, in order, once each."""
    wrongs = []
    for log in [element for element in page.every(root) if page.is_log(element)]:
        seqs = [
            int(page.attribute(entry, "id").rpartition("-")[2]) for entry in log.children if isinstance(entry, Element)
        ]
        rising = seqs[::-1] if page.attribute(log, "data-log") == "start" else seqs
        if rising and (rising[-1] != page.version(log) or rising != list(range(rising[0], rising[-1] + 1))):
            wrongs.append(f"{page.attribute(log, 'data-topic')} shows {rising}, its version is {page.version(log)}")
    return wrongs


def wrong_stream(root: Element | None, kept: Sequence[page.Said]) -> list[str]:
    """A room's page that shows anything but the database's entries, in their order."""
    shown = page.stream(root) if root is not None else []
    diff = difflib.unified_diff([*map(str, shown)], [*map(str, kept)], "shown", "kept", lineterm="", n=1)
    return [] if shown == list(kept) else ["\n".join(diff)]


def wrong_words(kept: Sequence[page.Said], told: Collection[str]) -> list[str]:
    """Messages that are not there though their author was told so, and those that are there more than once."""
    counts = Counter(each.text for each in kept if each.word == "message")
    lost = [f"“{text}” was said, and is lost" for text in sorted(set(told) - counts.keys())]
    return lost + [f"“{text}” was kept {count} times" for text, count in counts.items() if count > 1]


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
