"""Every mutation is safe to send twice: the same key gives the same result, and changes nothing the second time."""

import hashlib
import json
from collections.abc import Mapping

from django.utils.translation import gettext as _

from backend.core.along import Asked, ask, run
from backend.core.errors import Conflict, Refused
from backend.events.models import Once

MAX_KEY_LENGTH = 100


class Claim:
    """A key that this transaction claimed, or found already used: then `result_pk` is what it made (0: nothing)."""

    def __init__(self, once_id: int, result_pk: int | None = None, *, is_repeat: bool = False) -> None:
        self.once_id = once_id
        self.result_pk = result_pk or 0
        self.is_repeat = is_repeat

    def resulted_in(self, pk: int) -> None:
        """Remembers what the mutation made, for whoever sends it again."""
        run("UPDATE events_once SET result_pk = %(pk)s WHERE id = %(once)s", {"pk": pk, "once": self.once_id})


class Claiming:
    """A claim that goes along with the next statement (backend/core/along.py), to be looked at before anything is
    changed. Raises what `claim` does."""

    def __init__(self, company_id: int, key: str, *, action: str, request: Mapping[str, object]) -> None:
        if not 0 < len(key) <= MAX_KEY_LENGTH:
            raise Refused(_("An idempotency key has 1 to %(max)d characters.") % {"max": MAX_KEY_LENGTH})
        fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
        self._said = {"company": company_id, "key": key, "action": action, "fingerprint": fingerprint}
        self._asked: Asked = ask(_CLAIM, self._said)

    def result(self) -> Claim:
        claimed = self._asked.rows
        return Claim(claimed[0][0]) if claimed else _repeat(**self._said)  # type: ignore[arg-type]  # as it was made


def claim(company_id: int, key: str, *, action: str, request: Mapping[str, object]) -> Claim:
    """Claims an idempotency key for a company, inside the caller's transaction.

    Waits for another transaction that holds the same key. Raises Conflict if the key was used for something else,
    and Refused for a key that is empty or longer than MAX_KEY_LENGTH.
    """
    return Claiming(company_id, key, action=action, request=request).result()


_CLAIM = """
INSERT INTO events_once (company_id, key, action, fingerprint)
VALUES (%(company)s, %(key)s, %(action)s, %(fingerprint)s)
ON CONFLICT (company_id, key) DO NOTHING RETURNING id
"""


def result_of(company_id: int, key: str, *, action: str) -> int:
    """What an action made under a key; 0: nothing, or nothing yet. One query."""
    found = Once.objects.filter(company_id=company_id, key=key, action=action)
    return found.values_list("result_pk", flat=True).first() or 0


def _repeat(*, company: int, key: str, action: str, fingerprint: str) -> Claim:
    earlier = Once.objects.get(company_id=company, key=key)
    if (earlier.action, earlier.fingerprint) != (action, fingerprint):
        raise Conflict(_("This form was already sent with other contents. Open it afresh and send that."))
    return Claim(earlier.pk, earlier.result_pk, is_repeat=True)
