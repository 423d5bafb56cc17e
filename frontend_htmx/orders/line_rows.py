"""Some of an order's lines and how many of each: beside every line where they are few; where they are many, whoever
types names those that it is about, and may say one thing of all the others. Such forms parse; the actions decide."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend_htmx.fields import QuantityField, Typed

FEW = 20
"""So many lines have fields of their own."""
ROWS = 5
"""Where there are more, so many can be named to begin with, and so many more whenever somebody asks for them."""
MAX_NAME = 100
MAX_SEEN = 100_000
SEEN = re.compile(r"\b([0-9]{1,18}):([0-9]{1,12})\b")
"""A line's pk, and how many are usual of it."""


@dataclass(frozen=True, slots=True)
class Countable:
    """A line of the order, how many of it there can be at most, and how many are usual, where that is asked."""

    pk: int
    code: str
    most: int
    usual: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """Fields that belong together; `line` is None where whoever types says which one they are about."""

    key: str
    line: Countable | None = None


class LineRowsForm(forms.Form):
    """A form with some lines in it; `AMOUNTS` are what is said of each, by the words for it.

    What an action refuses of a line stands at the field `<amount>-<the line's pk>`.
    """

    AMOUNTS: ClassVar[Mapping[str, str | Promise]] = {"line": gettext_lazy("Quantity")}
    NAMED: ClassVar[str] = "code"
    """How the fields begin in which a line is named."""
    REST: ClassVar[Sequence[tuple[str, str | Promise]]] = ()
    """What can be said of all lines that nobody names: as which amount what is usual of each counts ("": as none), in
    words. What mostly is comes first, and stands in the fields of a line that has its own. Empty: they aren't meant."""

    def __init__(
        self, data: Typed = None, *, lines: Sequence[Countable], name: str, initial: dict[str, Any] | None = None
    ) -> None:
        """`lines` are all that there are, in their order; those of which there can be none are not asked about."""
        self.is_growing = data is not None and "more" in data
        """Somebody asks for more rows, and sends nothing yet."""
        typed = dict(data.items()) if data and self.is_growing else None
        super().__init__(None if typed else data, initial=typed or initial, auto_id=f"{name}-%s")
        self.rows_id, self.list_id = f"{name}-rows", f"{name}-lines"
        self.by_name = _by_name(lines)
        are_named = f"{self.NAMED}-0" in (data or ())
        own = () if are_named else data or ()
        self.lines = [line for line in lines if line.most or any(f"{each}-{line.pk}" in own for each in self.AMOUNTS)]
        self.is_long = are_named if data is not None else len(self.lines) > FEW
        self.rows = [Row(str(n)) for n in range(self._many(data))] if self.is_long else _each(self.lines)
        self.FIELD_OF: dict[str, str] = {}
        if self.is_long and self.REST:
            self.fields.update(_rest_fields(self.REST))
        for row in self.rows:
            self.fields.update(self._fields(row))

    @property
    def is_one_each(self) -> bool:
        """Every line has one field, which is called as it is."""
        return not self.is_long and len(self.AMOUNTS) == 1

    @property
    def units(self) -> int:
        """How many are usual in all."""
        return sum(line.usual for line in self.lines)

    @property
    def as_seen(self) -> str:
        """What the rest is on this page, so that just that is meant, whatever has changed when it is sent."""
        return ",".join(f"{line.pk}:{line.usual}" for line in self.lines if line.usual)

    def _many(self, data: Typed) -> int:
        """As many rows as were typed in, and more to begin with, or where somebody asks for them."""
        typed = sum(name.startswith(f"{self.NAMED}-") for name in data or ())
        return typed + (ROWS if data is None or "more" in data else 0)

    def _fields(self, row: Row) -> Mapping[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        if row.line is None:
            attrs = {"list": self.list_id, "autocomplete": "off"}
            found[f"{self.NAMED}-{row.key}"] = forms.CharField(
                label=gettext_lazy("Line"), max_length=MAX_NAME, required=False, widget=forms.TextInput(attrs)
            )
        for amount, label in self.AMOUNTS.items():
            field = found[f"{amount}-{row.key}"] = QuantityField(label=label, required=False)
            if row.line and self.is_one_each:
                field.label, field.help_text = row.line.code, _("of %(quantity)d") % {"quantity": row.line.most}
            if row.line and self.REST and amount == self.REST[0][0]:
                field.initial = row.line.usual
        return found

    def of_rows(self) -> Iterator[tuple[Countable | None, Sequence[forms.BoundField]]]:
        """For the template: each line, or None, with its fields."""
        for row in self.rows:
            yield row.line, [self[name] for name in self._fields(row)]

    def counted(self, given: Mapping[str, Any]) -> Mapping[str, Mapping[int, int]]:
        """By what is said, how many of which line (by its pk)."""
        found: dict[str, dict[int, int]] = {amount: {} for amount in self.AMOUNTS}
        for key, line in self._said(given):
            for amount in self.AMOUNTS:
                self.FIELD_OF[f"{amount}-{line.pk}"] = f"{amount}-{key}"
                found[amount][line.pk] = given.get(f"{amount}-{key}") or 0
        for pk, usual in self._rest(given).items():
            for amount, counted in found.items():
                counted.setdefault(pk, usual if amount == given["rest"] else 0)
        return found

    def _rest(self, given: Mapping[str, Any]) -> Mapping[int, int]:
        """What was usual of each line, by its pk, on the page of whoever typed; nonsense was not there."""
        return {int(pk): int(usual) for pk, usual in SEEN.findall(given.get("seen", ""))} if given.get("rest") else {}

    def _said(self, given: Mapping[str, Any]) -> Iterator[tuple[str, Countable]]:
        """The rows that are about a line; one that says half of it, or the same line again, is marked."""
        named = set[int]()
        for row in self.rows:
            line = row.line or self._named(row.key, given)
            if line and line.pk in named:
                self.add_error(f"{self.NAMED}-{row.key}", _("%(code)s stands here twice.") % {"code": line.code})
            elif line:
                named.add(line.pk)
                yield row.key, line

    def _named(self, key: str, given: Mapping[str, Any]) -> Countable | None:
        naming, first = f"{self.NAMED}-{key}", f"{next(iter(self.AMOUNTS))}-{key}"
        name = given.get(naming, "").strip()
        amounts = [f"{amount}-{key}" for amount in self.AMOUNTS]
        is_said = any(given.get(amount) is not None or amount in self.errors for amount in amounts)
        line = self.by_name.get(name.upper())
        if not name and is_said:
            self.add_error(naming, _("Say of which line."))
        elif name and line is None:
            self.add_error(naming, _("“%(code)s” is none of these lines.") % {"code": name})
        elif name and not is_said:
            self.add_error(first, _("Say how many."))
        return line


def _by_name(lines: Iterable[Countable]) -> Mapping[str, Countable]:
    """A line is named by its code, in any letters; where several have it, the later ones are counted."""
    found: dict[str, Countable] = {}
    for line in lines:
        name, nth = line.code, 1
        while name.upper() in found:
            nth += 1
            name = f"{line.code} ({nth})"
        found[name.upper()] = line
    return found


def _rest_fields(choices: Sequence[tuple[str, str | Promise]]) -> Mapping[str, forms.Field]:
    label = gettext_lazy("Every line that is not named")
    return {
        "rest": forms.ChoiceField(label=label, choices=choices, required=False, initial=choices[0][0]),
        "seen": forms.CharField(max_length=MAX_SEEN, required=False, widget=forms.HiddenInput),
    }


def _each(lines: Iterable[Countable]) -> Sequence[Row]:
    return [Row(str(line.pk), line) for line in lines]
