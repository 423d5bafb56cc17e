"""The SECRET_KEY of this checkout's demo: made once, kept where only its owner reads it."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """SECRET_KEY if it is set, else the one kept in `data`, else a new one."""
    given = os.environ.get("SECRET_KEY")
    if given:
        return given
    data.mkdir(parents=True, exist_ok=True)
    file = data / "secret"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(handle, "w") as new:
        new.write(secrets.token_urlsafe(48))
    return file.read_text()
