"""Lists around a catalogue as files: proposed changes, and what the market's operators keep."""

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.catalog.categories.queries import CategoryRow, categories
from backend.catalog.changes.queries import changes_of
from backend.catalog.models import ChangeSet
from backend.catalog.queries import all_pages
from backend.catalog.search.models import Synonym
from backend.catalog.search.queries import synonyms
from backend.catalog.transfer.exporting import Column
from frontend_htmx.catalog.categories import require_keeper
from frontend_htmx.catalog.own_changes import require_sight
from frontend_htmx.catalog.synonyms import require_writer
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest

CHANGE_COLUMNS: tuple[Column[ChangeSet], ...] = (
    Column(_("Product"), lambda row: row.product.name),
    Column(_("Proposed by"), lambda row: str(row.author or "")),
    Column(_("When (UTC)"), lambda row: row.created_at),
    Column(_("Status"), lambda row: row.get_state_display()),
    Column(_("Decided by"), lambda row: str(row.decided_by or "")),
)
CATEGORY_COLUMNS: tuple[Column[CategoryRow], ...] = (
    Column(_("Category"), lambda row: row.name),
    Column(_("Place"), lambda row: row.position),
    Column(_("Products"), lambda row: row.products),
    Column(_("What they say"), lambda row: row.definitions),
)
SYNONYM_COLUMNS: tuple[Column[Synonym], ...] = (Column(_("Mean the same"), lambda row: ", ".join(row.words)),)


@require_safe
def export_changes(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """What waits for a decision, then what was decided."""
    require_sight(request)
    rows = all_pages(lambda number: changes_of(request.company.pk, number=number))
    return export(request, form, "changes", CHANGE_COLUMNS, rows)


@require_safe
def export_categories(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """All of them, in the order of the catalogue."""
    require_keeper(request)
    return export(request, form, "categories", CATEGORY_COLUMNS, categories())


@require_safe
def export_synonyms(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """A row for each line of words that mean the same."""
    require_writer(request)
    return export(request, form, "synonyms", SYNONYM_COLUMNS, synonyms())
