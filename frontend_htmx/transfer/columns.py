"""What each column of a file holds, in a form: one field for each column."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext

from backend.catalog.transfer.models import Import


def with_columns(form: forms.Form, of: Import, choices: list[Any]) -> None:
    """Gives a form a field for each column of the file."""
    holds = {column: field for field, column in of.mapping.items()}
    for column, title in enumerate(of.header):
        form.fields[f"column{column}"] = forms.ChoiceField(
            label=title or gettext("Column %(number)d") % {"number": column + 1},
            choices=choices,
            initial=holds.get(column, ""),
            required=False,
        )


def shown_columns(form: forms.Form, of: Import) -> Sequence[tuple[forms.BoundField, Sequence[str]]]:
    """Each column of the file with its first cells."""
    return [
        (form[f"column{column}"], [row[column].lstrip("\x02") for row in of.sample if column < len(row)])
        for column in range(len(of.header))
    ]


def columns_held(form: forms.Form, of: Import) -> dict[str, int]:
    """Field -> column; no two columns hold the same."""
    held: dict[str, int] = {}
    for column in range(len(of.header)):
        field = form.cleaned_data.get(f"column{column}")
        if field and field in held:
            form.add_error(f"column{column}", gettext("Another column holds this already."))
        elif field:
            held[field] = column
    return held
