"""What a second step is checked with lies sealed in the database: whoever reads a backup can't log in by it.

Sealed with Fernet (AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec) under a key that HKDF derives from the
first of settings.SECOND_STEP_KEYS. All of them open, so that a new one can be put in front of the old.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"entrepot: second steps"
MARK = "sealed:"
KEPT_IN = ("secret", "seed")
"""Where an authenticator app's secret stands in a row's `data`, and that from which recovery codes are made."""


class Unreadable(Exception):
    """It was sealed under a key that SECOND_STEP_KEYS has no more, or not at all. Never taken for an empty secret."""


def sealed(text: str) -> str:
    """As the database keeps it."""
    return MARK + _keys().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """What was sealed. Raises Unreadable."""
    if not text.startswith(MARK):
        raise Unreadable("a second step's secret is not sealed: run `migrate`")
    try:
        return _keys().decrypt(text.removeprefix(MARK).encode()).decode()
    except InvalidToken:
        raise Unreadable("no key of SECOND_STEP_KEYS opens a second step's secret") from None


def with_secrets(data: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The `data` of a second step with each of its secrets changed."""
    secrets: dict[str, Any] = {name: change(data[name]) for name in KEPT_IN if name in data}
    if "migrated_codes" in data:  # recovery codes that came from another system
        secrets["migrated_codes"] = [change(code) for code in data["migrated_codes"]]
    return {**data, **secrets}


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_key(each)) for each in settings.SECOND_STEP_KEYS])


def _key(secret: str) -> bytes:
    """Of any long secret the 32 bytes that Fernet takes."""
    return urlsafe_b64encode(HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret.encode()))
