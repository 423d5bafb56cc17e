"""What the page of a price list's table shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.lists.sheets.actions import is_blocked, mark_of
from backend.catalog.lists.sheets.comparing import Change, changes_of
from backend.catalog.queries import Page, page_of
from backend.catalog.transfer import staging
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.states import ImportState

CHANGES_SIZE = 100


@dataclass(frozen=True, slots=True)
class SheetOutcome:
    """What a table that was compared with its list would change."""

    page: Page
    changes: Sequence[Change]
    mark: str
    is_blocked: bool


def sheet_outcome(sheet: Import, number: int = 1) -> SheetOutcome | None:
    """A page of what would change, against the list as it is now; None where there is nothing to save.

    Three queries: whether its tables stand there (two), and the changes.
    """
    if sheet.state != ImportState.CHECKED or not staging.is_there(sheet.pk):
        return None
    page = page_of(number, CHANGES_SIZE, sheet.created_rows + sheet.changed_rows + sheet.gone_rows)
    changes = changes_of(sheet, max(page.first - 1, 0), CHANGES_SIZE) if page.total else ()
    return SheetOutcome(page, changes, mark_of(sheet), is_blocked(sheet))
