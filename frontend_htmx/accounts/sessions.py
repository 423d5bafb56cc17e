"""Sessions in the database, as Django keeps them; the one that every page reads is read by a written statement."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.utils import timezone

from backend.core.written import fetch

_CONTENT = "SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s"


class SessionStore(DjangosStore):
    def load(self) -> dict[str, Any]:
        """What the session holds; nothing of one that has ended. One query."""
        for (content,) in fetch(_CONTENT, {"key": self.session_key, "now": timezone.now()}):
            return dict(self.decode(content))
        self._session_key = None
        return {}
