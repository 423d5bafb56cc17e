"""What the live road tells Prometheus."""

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("live_sockets", "Sockets that said hello and are open in this process")
TOPICS = Gauge("live_topics", "Topics that this process watches")
GIVEN = Counter("live_frames_given", "Frames and refresh signals given to a socket, at once or at the end of a tick")
CONFLATED = Counter("live_frames_conflated", "Frames that a newer one replaced before they were written")
REFRESHED = Counter("live_refreshes", "Refresh signals sent, by reason", ["reason"])
RESYNCS = Counter("live_resyncs", "Times that a socket was given, or told to ask for, what it had missed", ["reason"])
DROPPED = Counter("live_dropped", "Payloads that were lost though nobody was told to catch up: has to stay 0")
OUTBOX_BYTES = Gauge("live_outbox_bytes", "Bytes that wait for slow readers")
HEALED = Counter("live_heads_healed", "Topics whose announcement was missed and that the sweep repaired")
REFUSED = Counter("live_refused", "Topics that a socket asked for and did not get, by reason", ["why"])
CLOSED = Counter("live_closed", "Sockets that we closed, by code", ["code"])
LIMITED = Counter("live_limited", "What was refused because an address or a person asked for too much", ["limit"])
CUT = Counter("live_requests_cut", "Requests that never finished arriving, by the part that was missing", ["part"])
NOT_KNOWN = Counter("live_messages_not_known", "Inbound messages that were answered with an error and did nothing")
UNHEARD = Counter("live_unheard", "Words about topics that the socket does not watch, by kind", ["kind"])
UNTRACED = Counter("live_untraced", "Acknowledgements of traces that did not come through this process lately")
TICK_AGE = Gauge("live_tick_age_seconds", "How long ago everything that was committed had been delivered")
RENDER_FAILED = Counter("live_render_failed", "Fragments that could not be rendered in time, or at all", ["fragment"])
NOT_UNDERSTOOD = Counter("live_events_not_understood", "Events that the relay could make nothing of")
LAG = Histogram(
    "live_lag_seconds",
    "From the commit of an event to a stage of its road",
    ["stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
