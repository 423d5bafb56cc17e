"""How a file of a price list's lines is understood."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.catalog.lists.sheets.checking import classify_rows, create_rows, finish_rows, read_rows
from backend.catalog.lists.sheets.comparing import compare_lines
from backend.catalog.lists.sheets.fields import FIELD_OF
from backend.catalog.transfer.models import Import, ImportProblem
from backend.catalog.transfer.problems import WHAT, Told
from backend.catalog.transfer.rules import Rules

_ACCEPTED_INSTEAD: dict[str, str | Promise] = {
    "repeated_line": gettext_lazy("One row for each SKU and quantity."),
    "maybe_percent": gettext_lazy("A percentage with its sign, such as 10%."),
    "both": gettext_lazy("One of the two."),
    "too_many_tiers": gettext_lazy("Fewer lines of this SKU."),
    "rises": gettext_lazy("A price that is not higher, or a yes to “May be dearer”."),
}


def _teller(import_: Import) -> Callable[[ImportProblem], Told]:
    def tell(problem: ImportProblem) -> Told:
        field = FIELD_OF[problem.field]
        column = import_.mapping.get(problem.field, import_.mapping["code"])
        title = problem.column or _("Column %(number)d") % {"number": column + 1}
        what = str(WHAT[problem.code]) % {"detail": problem.detail}
        accepted = str(_ACCEPTED_INSTEAD.get(problem.code, field.accepted))
        return Told(problem.row, title, problem.cell, what, accepted)

    return tell


OF_LINES = Rules(create_rows, read_rows, classify_rows, finish_rows, compare_lines, _teller)
