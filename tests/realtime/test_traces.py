"""A sampled change is followed to the page that shows it; what pages invent changes no figure."""

import time
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from realtime import lag


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    yield
    lag._heard.clear()
    lag._unseen.clear()


def trace_of(event: int, seconds_ago: float) -> str:
    return f"{event}.{int((time.time() - seconds_ago) * 1000)}"


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def shown() -> float:
    return figure("live_lag_seconds_count", stage="shown")


def untraced() -> float:
    return figure("live_untraced_total")


def test_every_page_that_shows_it_is_measured_and_the_first_is_logged() -> None:
    trace, before = trace_of(7, 0.2), (shown(), untraced())
    with capture_logs() as logs:
        lag.heard(trace)
        for _ in range(3):
            lag.acknowledged(trace)
    assert (shown(), untraced()) == (before[0] + 3, before[1])
    (line,) = logs
    assert (line["event"], line["trace"]) == ("live.trace", trace)
    assert 0 <= line["heard_ms"] <= line["shown_ms"]


def test_what_comes_over_two_topics_is_heard_once() -> None:
    trace, before = trace_of(8, 0.1), figure("live_lag_seconds_count", stage="heard")
    lag.heard(trace)
    lag.heard(trace)
    lag.heard("")
    assert figure("live_lag_seconds_count", stage="heard") == before + 1


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("", trace_of(9, 0.1)),
        (trace_of(9, 4000), ""),
        (trace_of(9, -86_400), ""),
        ("", ""),
        ("", "nonsense"),
        ("", "9.1e999"),
        ("", "9." + "9" * 5000),
        ("", "٩.٩"),
    ],
    ids=["unknown", "of an hour ago", "of the future", "empty", "nonsense", "infinite", "endless", "other digits"],
)
def test_a_trace_that_is_absurd_is_counted_and_changes_nothing(heard: str, said: str) -> None:
    lag.heard(heard)
    before = (shown(), untraced())
    with capture_logs() as logs:
        lag.acknowledged(heard or said)
    assert (shown(), untraced()) == (before[0], before[1] + 1)
    assert logs == []


def test_only_the_newest_traces_are_kept() -> None:
    traces = [trace_of(event, 0.1) for event in range(lag.MOST_TRACES + 10)]
    for trace in traces:
        lag.heard(trace)
    assert len(lag._heard) == len(lag._unseen) == lag.MOST_TRACES
    before = untraced()
    lag.acknowledged(traces[0])
    assert untraced() == before + 1
