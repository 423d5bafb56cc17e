"""From a topic to its frames: one query, then one rendering per language."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from realtime import metrics
from realtime.pushes import Due
from realtime.road import Push, Stored

QUERY_LIMIT_MS = 500

log = structlog.get_logger(__name__)
_VERSION = re.compile(rb'\sdata-v="\d+"')


@contextmanager
def limited_queries() -> Iterator[None]:
    """Inside, no query takes longer than QUERY_LIMIT_MS: one slow fragment must not stop the road."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {QUERY_LIMIT_MS}")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")


def render_push(due: Due, stored: Stored) -> Push | None:
    """The push of a due topic, rendered in the languages that somebody watches it in.

    None where its watchers would see no difference: then even the moment of a change would tell them something. A
    fragment that cannot be rendered is announced without its frames, so that pages ask for it themselves.
    """
    if stored.head > due.version:
        return None
    if not stored.wanted:
        return Push(due.topic, due.version)
    try:
        push = _rendered(due, stored.wanted)
    except Exception:
        if not connection.is_usable():
            raise
        metrics.RENDER_FAILED.labels(due.push.fragment).inc()
        log.exception("live.render_failed", topic=due.topic, version=due.version)
        return Push(due.topic, due.version)
    return None if _looks_the_same(push, stored) else push


def _rendered(due: Due, languages: Iterable[str]) -> Push:
    shown = due.push.query(due.pk)
    frames = {}
    for lang in languages:
        with translation.override(lang):
            html = render_to_string(due.push.fragment, {due.push.name: shown}).strip()
        frames[lang] = frame(due.topic, shown.version, html)
    return Push(due.topic, max(shown.version, due.version), frames)


def frame(topic: str, version: int, html: str) -> bytes:
    """A fragment on its way: in a template of its own, so that a table row survives the parser."""
    return f'<template data-topic="{topic}" data-v="{version}" data-push="replace">{html}</template>'.encode()


def _looks_the_same(push: Push, stored: Stored) -> bool:
    """Whether every language's frame equals the head's but for the version. What is due again is announced again."""
    if not 0 < stored.head < push.version:
        return False
    return all(_unversioned(html) == _unversioned(stored.frames.get(lang, b"")) for lang, html in push.frames.items())


def _unversioned(html: bytes) -> bytes:
    return _VERSION.sub(b"", html)
