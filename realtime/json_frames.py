"""The same state as a fragment shows, as JSON for partner systems: one frame of one topic, made once for all of them.

A frame is `{"topic":…,"v":…,"push":"replace"|"append","data":{…}}`, in this order and without spaces. `data` has the
fields of what the topic's query returned, but for its version, which is `v`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Literal

Kind = Literal["replace", "append"]

_VERSIONS = ("version", "seq")
_VERSION = re.compile(rb'"v":\d+')


def json_frame(topic: str, version: int, push: Kind, shown: object) -> bytes:
    """A topic at a version (of a log: one entry, at its seq), as UTF-8. `shown` is the query's frozen dataclass.

    Moments are ISO 8601 in UTC with a `Z`, decimals are texts. Raises TypeError for what has no form of its own in
    JSON, a model's row above all: a partner must not depend on, or see, what a table happens to hold.
    """
    data = _object(shown)
    for name in _VERSIONS:
        data.pop(name, None)
    frame = {"topic": topic, "v": version, "push": push, "data": data}
    return json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()


def unversioned(frame: bytes) -> bytes:
    """The frame without its version: two that are equal so show the same."""
    return _VERSION.sub(b"", frame, count=1)


def _object(shown: object) -> dict[str, object]:
    if not is_dataclass(shown):
        raise TypeError(f"{type(shown).__name__} is no dataclass of a query: it has no JSON")
    return {field.name: _value(getattr(shown, field.name)) for field in fields(shown)}


def _value(value: object) -> object:
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return _value(value.value)
        case str():
            return str(value)
        case Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _value(content) for key, content in value.items()}
        case Sequence():
            return [_value(content) for content in value]
    return _object(value)
