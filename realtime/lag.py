"""How long after its commit an event is where: only sampled ones carry the moment of it."""

from backend.core import clock
from realtime import metrics


def observe(stage: str, trace: str) -> None:
    """`trace` is a bundle's (`<event id>.<milliseconds since 1970 of its commit>`) or empty; other text is ignored."""
    moment_ms = trace.rpartition(".")[2]
    if moment_ms.isascii() and moment_ms.isdigit():
        metrics.LAG.labels(stage).observe(max(0.0, clock.now().timestamp() - int(moment_ms) / 1000))
