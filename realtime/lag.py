"""How long after its commit an event is where: only sampled ones carry the moment of it.

What a page acknowledges is believed only of a trace that this process has handed on lately: whoever invents one, or
sends an old one, changes no figure.
"""

from collections import OrderedDict

import structlog

from backend.core import clock
from realtime import metrics

BELIEVED_S = 3600.0
AHEAD_S = 1.0
"""Two machines' clocks may differ by so much before a moment counts as one of the future."""
MOST_TRACES = 1000

log = structlog.get_logger(__name__)
_heard: OrderedDict[str, float] = OrderedDict()
"""The newest traces that came to this process, and after how many seconds."""
_unseen: set[str] = set()
"""Those of them that no page has acknowledged yet."""


def heard(trace: str) -> None:
    """A bundle came, perhaps once more over another of its topics; `trace` is empty where it is none of the sample."""
    age_s = _age_s(trace)
    if age_s is None or trace in _heard:
        return
    metrics.LAG.labels("heard").observe(max(0.0, age_s))
    _heard[trace] = age_s
    _unseen.add(trace)
    if len(_heard) > MOST_TRACES:
        _unseen.discard(_heard.popitem(last=False)[0])


def acknowledged(trace: str) -> None:
    """A page shows what came with this trace. The first that says so is logged, with how long each stage took to reach.

    Counted and nothing else: a trace that did not come through here lately, of the future, or of an hour ago.
    """
    age_s, heard_s = _age_s(trace), _heard.get(trace)
    if age_s is None or heard_s is None or not -AHEAD_S <= age_s <= BELIEVED_S:
        metrics.UNTRACED.inc()
        return
    metrics.LAG.labels("shown").observe(max(0.0, age_s))
    if trace in _unseen:
        _unseen.discard(trace)
        log.info("live.trace", trace=trace, heard_ms=round(heard_s * 1000), shown_ms=round(age_s * 1000))


def _age_s(trace: str) -> float | None:
    """Seconds since the commit that `<event id>.<milliseconds since 1970 of its commit>` names; None: no trace."""
    event, _, moment_ms = trace.rpartition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in (event, moment_ms)):
        return None
    return clock.now().timestamp() - int(moment_ms) / 1000
