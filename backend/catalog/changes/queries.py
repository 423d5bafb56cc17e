"""What is proposed, by whom, and what it would change."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog.comparison import Line, lines
from backend.catalog.models import ChangeSet
from backend.catalog.queries import Page, page_of
from backend.catalog.states import ChangeState
from backend.core.row_security import acting_for
from backend.core.written import fetch

CHANGES_SIZE = 50
_WAITING = "SELECT count(*) FROM catalog_changeset WHERE company_id = %(company)s AND state = %(state)s"


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """A company's change sets, those that wait first."""

    page: Page
    rows: Sequence[ChangeSet]


def changes_of(company_id: int, *, number: int = 1) -> ChangesPage:
    """A page of a company's change sets, the open ones first, then the newest. Two queries."""
    changes = ChangeSet.objects.of_company(company_id)
    rows = changes.select_related("product", "author", "decided_by").waiting_first()
    with acting_for(company_id):
        page = page_of(number, CHANGES_SIZE, changes.count())
        return ChangesPage(page, list(rows[page.first - 1 if page.total else 0 : page.last]))


def waiting_changes(company_id: int) -> int:
    """How many wait for somebody's decision. One query."""
    with acting_for(company_id):
        ((waiting,),) = fetch(_WAITING, {"company": company_id, "state": ChangeState.OPEN})
    return int(waiting)


def compared(change: ChangeSet) -> Sequence[Line]:
    """What it was and what it would become, line by line. At most four queries."""
    return lines(change.product, change.patch)
