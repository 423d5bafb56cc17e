"""Which build this is: a page made by another one must not be fed this one's fragments."""

import hashlib
from pathlib import Path

SHOWN = ("templates", "frontend_htmx/static", "frontend_htmx/locale")
"""What a page and its fragments are made of."""


def build_id(root: Path) -> str:
    """A short text that changes when a template, a script, a style or a translation does."""
    digest = hashlib.sha256()
    for folder in SHOWN:
        for path in sorted((root / folder).rglob("*.*")):
            if path.suffix not in (".mo", ".pyc"):
                digest.update(str(path.relative_to(root)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
