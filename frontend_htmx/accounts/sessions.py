"""Sessions in the database, as Django keeps them; the one that every page reads is read by a written statement."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.utils import timezone

from backend.core.written import fetch

_CONTENT = "SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s"


class SessionStore(DjangosStore):
    def _validate_session_key(self, key: str) -> bool:
        """A cookie says what its sender likes: what was never given is no key, and is not looked for."""
        return bool(key) and len(key) >= 8 and key.isascii() and key.isalnum()

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing of one that has ended. One query."""
        for (content,) in fetch(_CONTENT, {"key": self.session_key, "now": timezone.now()}):
            return _renamed(dict(self.decode(content)))
        self._session_key = None
        return {}


def _renamed(content: dict[str, Any]) -> dict[str, Any]:
    """There is one way to be logged in: who was, before it had its present name, still is."""
    if BACKEND_SESSION_KEY in content:
        (content[BACKEND_SESSION_KEY],) = settings.AUTHENTICATION_BACKENDS
    return content
