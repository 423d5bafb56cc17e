"""The first fence between companies: rows of a company can't be read, counted, changed or deleted before it was said
whose they are.

A scope word is a QuerySet method that returns `self.scoped(…)`: `.of_company()`, `.visible_to(actor)`, `.of_person()`.
What starts from a row in hand is scoped by that row: `company.warehouses`, `sku.tiers`, a prefetch, `.this(sku)`.
Whoever works for all companies at once says so, and why: `.across_companies(why="…")`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self, TypeVar

import django
from django.db import models

M = TypeVar("M", bound=models.Model)


class Unscoped(Exception):
    """A bug: rows of all companies were asked for, and nobody said that all of them are meant."""


class FencedQuerySet(models.QuerySet[M]):
    """Of a table whose rows belong to companies. The model's `of_company_by` is the way from a row to its company
    ("company", if it doesn't say)."""

    _is_scoped = False

    # --- Scope words

    def of_company(self, company_id: int | None) -> Self:
        """One company's rows; nobody's are none."""
        way = getattr(self.model, "of_company_by", "company")
        return self.scoped(**{way: company_id}) if company_id else self.none()

    def this(self, row: M) -> Self:
        """The row in hand, as it is now: to be locked, changed or read again."""
        return self.scoped(pk=row.pk)

    def across_companies(self, *, why: str) -> Self:
        """Every company's rows, for whoever serves them all: a listener, a reconciler, the market's loader."""
        if not why.strip():
            raise Unscoped(f"Say why {self.model.__name__} rows of all companies are needed.")
        return self.scoped()

    def scoped(self, *conditions: models.Q, **filters: object) -> Self:
        """What a scope word returns: from here on the rows are those of somebody who was named."""
        narrowed = self.filter(*conditions, **filters)
        narrowed._is_scoped = True
        return narrowed

    # --- The fence

    def _must_be_scoped(self) -> None:
        if not (self._is_scoped or self.query.is_empty() or self._starts_from_a_row() or is_trusted()):
            raise Unscoped(
                f"Whose {self.model.__name__} rows? Say .of_company(…), .visible_to(actor) or another scope word of "
                "its QuerySet, .this(row) for a row in hand, or .across_companies(why=…) where all are meant."
            )

    def _starts_from_a_row(self) -> bool:
        """Whether a related manager or a prefetch made this, from a row that is itself somebody's."""
        row = self._hints.get("instance")  # type: ignore[attr-defined]  # Django's own, which its stubs leave out
        return row is not None and (is_fenced(type(row)) or getattr(row, "owns_rows", False))

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]  # as is this
        clone._is_scoped = self._is_scoped
        return clone

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._must_be_scoped()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[Any]:
        self._must_be_scoped()
        return super().iterator(chunk_size)

    def count(self) -> int:
        self._must_be_scoped()
        return super().count()

    def exists(self) -> bool:
        self._must_be_scoped()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._must_be_scoped()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._must_be_scoped()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._must_be_scoped()
        return super().delete()

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        self._must_be_scoped()
        return super().raw(*args, **kwargs)

    def explain(self, *, format: Any = None, **options: Any) -> str:
        self._must_be_scoped()
        return super().explain(format=format, **options)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """A part of another query: `pk__in=…`."""
        self._must_be_scoped()
        return super().resolve_expression(*args, **kwargs)

    resolve_expression.queryset_only = True  # type: ignore[attr-defined]  # as Django marks its own

    def _combinator_query(self, combinator: str, *others: Any, **kwargs: Any) -> Self:
        """`union`, `intersection`, `difference`."""
        for part in (self, *others):
            _must_be_scoped(part)
        combined: Self = super()._combinator_query(combinator, *others, **kwargs)  # type: ignore[misc]
        return combined

    def __or__(self, other: Any) -> Any:
        return self._joined(other, super().__or__)

    def __xor__(self, other: Any) -> Any:
        return self._joined(other, super().__xor__)

    def _joined(self, other: Any, join: Any) -> Any:
        """One without a scope would open the whole."""
        for part in (self, other):
            _must_be_scoped(part)
        return join(other)


def is_fenced(model: type[models.Model]) -> bool:
    """Whether rows of this model can only be had with a scope."""
    return isinstance(model._default_manager.all(), FencedQuerySet)


def _must_be_scoped(rows: object) -> None:
    if isinstance(rows, FencedQuerySet):
        rows._must_be_scoped()


# --- Tests look at what is really there ------------------------------------------------------------------------------
_trusted: tuple[str, ...] = ()
_PASSED = (str(Path(django.__file__).parent), str(Path(__file__).parent))


def trust(folder: Path) -> None:
    """Whoever asks from a file below this folder is not fenced; what they call is. For tests alone."""
    global _trusted
    _trusted = (*_trusted, str(folder))


def is_trusted() -> bool:
    """Whether the question was put by a trusted file; Django and this room, who only pass it on, are looked through."""
    if not _trusted:
        return False
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PASSED):
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(_trusted)
