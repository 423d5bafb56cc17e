"""Tells the relay that something was committed: one NOTIFY for many commits, never inside a transaction.

NOTIFY at commit takes a lock over all databases of the cluster and serialises commits; one connection per process
that notifies at most every 5 ms does not. A lost wake-up costs one poll of the relay (100 ms), never an event.
"""

import os
import threading
import time
from contextlib import suppress

import psycopg

from backend.core.database import direct_connection

CHANNEL = "events"
AT_MOST_EVERY_S = 0.005
RETRY_AFTER_S = 1.0

_pending = threading.Event()
_thread_of: dict[int, threading.Thread] = {}
_start = threading.Lock()


def wake() -> None:
    """Called after a commit; returns at once."""
    _pending.set()
    if os.getpid() not in _thread_of:
        with _start:
            if os.getpid() not in _thread_of:  # a forked child has its parent's dict, not its thread
                _thread_of[os.getpid()] = thread = threading.Thread(target=_notify_for_ever, name="waker", daemon=True)
                thread.start()


def _notify_for_ever() -> None:
    while True:
        with suppress(psycopg.Error), direct_connection() as wire:
            _notify_while_connected(wire)
        time.sleep(RETRY_AFTER_S)


def _notify_while_connected(wire: psycopg.Connection[tuple[object, ...]]) -> None:
    while True:
        _pending.wait()
        _pending.clear()
        wire.execute(f"NOTIFY {CHANNEL}")
        time.sleep(AT_MOST_EVERY_S)
