"""A lifecycle as a table, and the only way a status changes."""

from collections.abc import Mapping, Set
from typing import Any, Generic, TypeVar

from django.db.models import Model
from django.utils.translation import gettext as _

from backend.core.errors import Conflict, Refused

S = TypeVar("S", bound=str)


class Machine(Generic[S]):
    """The legal moves of one status field, from each status to those that may follow it."""

    def __init__(self, table: Mapping[S, Set[S]], *, field: str = "status") -> None:
        self.table = table
        self.field = field

    def move(self, obj: Model, *, to: S, **also: Any) -> None:
        """Moves obj to another status by a guarded UPDATE, inside the caller's transaction, and writes what changes
        with it (`also`) in the same statement.

        Raises Refused if no such move exists, naming the legal ones, and Conflict if the row moved meanwhile.
        """
        self.require(obj, to=to)
        old: S = getattr(obj, self.field)
        rows = type(obj)._base_manager.filter(pk=obj.pk, **{self.field: old}).update(**{self.field: to}, **also)
        if rows == 0:
            raise Conflict(_("It was “%(old)s” when you looked and has changed since. Look again.")
                           % {"old": self._word(old)})  # fmt: skip
        setattr(obj, self.field, to)

    def require(self, obj: Model, *, to: S) -> None:
        """Raises Refused if no such move exists: for whoever holds the row's lock and writes the move by hand."""
        old: S = getattr(obj, self.field)
        legal = self.table.get(old, frozenset())
        if to not in legal:
            raise Refused(
                _("It is “%(old)s” and can’t become “%(new)s”; it may become: %(legal)s.")
                % {"old": self._word(old), "new": self._word(to),
                   "legal": ", ".join(sorted(map(self._word, legal))) or _("nothing else")}
            )  # fmt: skip

    def _word(self, status: S) -> str:
        """As its people call it: the label, where the statuses have some."""
        named = next((each for each in self.table if each == status), status)
        return str(getattr(named, "label", named))
