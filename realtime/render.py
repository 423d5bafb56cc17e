"""From a topic to its frames: one query, then one rendering per language."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import structlog
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from backend.events import dead_letters
from realtime import metrics
from realtime.json_frames import json_frame, unversioned
from realtime.pushes import Append, Due, Refresh, Replace
from realtime.road import JSON, Entries, Push, Stored

QUERY_LIMIT_MS = 500
MAX_ENTRIES = 200
"""More of a log than that, and a page asks for it instead: none shows so many of them."""

log = structlog.get_logger(__name__)
_VERSION = re.compile(rb'\sdata-v="\d+"')


@contextmanager
def limited_queries() -> Iterator[None]:
    """Inside, no query takes longer than QUERY_LIMIT_MS: one slow fragment must not stop the road."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {QUERY_LIMIT_MS}")
    try:
        yield
    except Exception:
        if connection.is_usable():
            _unlimited()
        raise
    _unlimited()


def _unlimited() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")


def render_push(due: Due, stored: Stored) -> Push | Entries | None:
    """The push of a due topic, rendered in the languages that somebody watches it in.

    None where its watchers would see no difference: then even the moment of a change would tell them something. A
    fragment that cannot be rendered is announced without its frames, so that pages ask for it themselves.
    """
    if stored.head > due.version:
        return None
    if not stored.wanted or isinstance(due.push, Refresh):
        return Push(due.topic, due.version)
    try:
        return _rendered(due, due.push, stored)
    except Exception as problem:
        if not connection.is_usable():
            raise
        _bury(due, due.push.fragment, problem)
        return Push(due.topic, due.version)


def _rendered(due: Due, push: Replace | Append, stored: Stored) -> Push | Entries | None:
    if isinstance(push, Append):
        return _entries(due, push, stored)
    shown = push.query(due.pk)
    frames = {lang: _frame(due.topic, shown.version, push, shown, lang) for lang in stored.wanted}
    state = Push(due.topic, max(shown.version, due.version), frames)
    return None if _looks_the_same(state, stored) else state


def _entries(due: Due, push: Append, stored: Stored) -> Push | Entries:
    """The log from where Redis has it, so that an event which committed late leaves no hole; else the event's span."""
    first = min(due.first, stored.head + 1) if stored.head else due.first
    if due.version - first >= MAX_ENTRIES:
        return Push(due.topic, due.version)
    found = push.query(due.pk, first, due.version)
    if [entry.seq for entry in found] != list(range(first, due.version + 1)):
        raise LookupError(f"{due.topic} does not have the entries {first} to {due.version}")
    frames = {lang: [_frame(due.topic, entry.seq, push, entry, lang) for entry in found] for lang in stored.wanted}
    return Entries(due.topic, due.version, first, frames)


def _frame(topic: str, version: int, push: Replace | Append, shown: object, lang: str) -> bytes:
    kind: Literal["append", "replace"] = "append" if isinstance(push, Append) else "replace"
    if lang == JSON:
        return json_frame(topic, version, kind, shown)
    with translation.override(lang):
        html = render_to_string(push.fragment, {push.name: shown}).strip()
    return frame(topic, version, html, kind)


def frame(topic: str, version: int, html: str, kind: str = "replace") -> bytes:
    """A fragment on its way: in a template of its own, so that a table row survives the parser."""
    return f'<template data-topic="{topic}" data-v="{version}" data-push="{kind}">{html}</template>'.encode()


def _bury(due: Due, fragment: str, problem: Exception) -> None:
    metrics.RENDER_FAILED.labels(fragment).inc()
    log.exception("live.render_failed", topic=due.topic, version=due.version)
    position, subject = (due.event.position or 0, due.event.subject) if due.event else (0, due.topic)
    dead_letters.bury(position, subject, topic=due.topic, what=fragment, problem=problem)


def _looks_the_same(push: Push, stored: Stored) -> bool:
    """Whether every frame equals the head's but for the version. What is due again is announced again.

    Only for the very next version: one in between may have looked otherwise, and a page that was made then shows it, or
    one that a POST was answered with.
    """
    if not stored.head or push.version != stored.head + 1:
        return False
    return all(
        _unversioned(lang, frame) == _unversioned(lang, stored.frames.get(lang, b""))
        for lang, frame in push.frames.items()
    )


def _unversioned(lang: str, frame: bytes) -> bytes:
    return unversioned(frame) if lang == JSON else _VERSION.sub(b"", frame)
