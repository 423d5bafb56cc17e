"""What waits to be written: the newest payload of each state, every entry of each log."""

from collections.abc import Callable, Mapping

Payload = bytes | list[bytes]
"""A state's frame, or a signal: a newer one takes its place. Or entries of a log, in order: none is ever left out."""
Share = dict[str, Payload]
"""By topic (or by what else a newer payload replaces), the newest last."""

MOST_ENTRIES = 200
MOST_ENTRIES_BYTES = 256 * 1024


def merge(held: Share, share: Mapping[str, Payload], give_up: Callable[[str], bytes]) -> int:
    """Adds a share to what is held; returns how many payloads a newer one replaced.

    A log that grows too long is dropped whole: `give_up` makes the signal that takes its place. A log whose page
    was told to ask takes no entries any more, for the answer will show them.
    """
    conflated = 0
    for name, payload in share.items():
        present = held.pop(name, None)
        if isinstance(payload, bytes):
            conflated += isinstance(present, bytes)
            held[name] = payload
        elif isinstance(present, bytes):
            held[name] = present
        else:
            entries = [*present, *payload] if present else payload
            held[name] = give_up(name) if is_too_long(entries) else entries
    return conflated


def is_too_long(entries: list[bytes]) -> bool:
    return len(entries) > MOST_ENTRIES or sum(map(len, entries)) > MOST_ENTRIES_BYTES


def flatten(held: Mapping[str, Payload]) -> tuple[bytes, ...]:
    """Everything that is held, in the order in which it is written."""
    flat: list[bytes] = []
    for payload in held.values():
        if isinstance(payload, bytes):
            flat.append(payload)
        else:
            flat += payload
    return tuple(flat)


def size_of(held: Mapping[str, Payload]) -> int:
    """Bytes."""
    return sum(len(one) if isinstance(one, bytes) else sum(map(len, one)) for one in held.values())
