"""A column that is one of many."""

from collections.abc import Iterable

from django.db.models import BooleanField, F, Func, Value


class AnyOf(Func):
    """Whether a column is one of these ids: one array is written and hashed once, a thousand parameters one by one."""

    template = "(%(expressions)s::bigint[]))"
    arg_joiner = " = ANY ("

    def __init__(self, column: str, ids: Iterable[int]) -> None:
        super().__init__(F(column), Value(array_of(ids)), output_field=BooleanField())


class AnyWord(Func):
    """The same for words, of letters only."""

    template = "(%(expressions)s::text[]))"
    arg_joiner = " = ANY ("

    def __init__(self, column: str, words: Iterable[str]) -> None:
        super().__init__(F(column), Value(array_of(words)), output_field=BooleanField())


def array_of(values: Iterable[object]) -> str:
    """As PostgreSQL reads an array of numbers, or of words without anything but letters in them."""
    return f"{{{','.join(map(str, values))}}}"
