"""The secrets of API tokens: made once, kept as hashes only."""

import hashlib
import secrets

MARK = "ept_"
"""Every secret begins so: whoever finds one in a log or a repository sees what it is."""
PREFIX_LENGTH = len(MARK) + 8
MAX_LENGTH = 200


def new_secret() -> str:
    """256 random bits as text: too many to guess, so one round of a plain hash keeps it."""
    return MARK + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a secret, and looked for."""
    return hashlib.sha256(secret.encode()).hexdigest()


def prefix_of(secret: str) -> str:
    """What may be shown of a secret, so that its owner recognises it; the rest keeps more than 200 bits."""
    return secret[:PREFIX_LENGTH]
