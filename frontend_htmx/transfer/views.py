"""A seller's imports: the file, what its columns hold, how it goes, and what was wrong in which row."""

from collections.abc import Callable

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts.states import CompanyStatus
from backend.catalog.transfer import queries
from backend.catalog.transfer.actions import cancel_import, create_import, start_import, write_import
from backend.catalog.transfer.exporting import Column, csv_blocks
from backend.catalog.transfer.files import MAX_BYTES
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.policies import can_import_products
from backend.catalog.transfer.problems import Told
from backend.catalog.transfer.states import ImportState
from backend.core.errors import Denied, NotAllowed
from backend.events import log
from frontend_htmx.exports import TYPES, download
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, add_denied, get_visible, page_or_part, see_other, wants_part
from frontend_htmx.paging import page_number
from frontend_htmx.transfer.forms import MappingForm, UploadForm

TO_BE_MATCHED = (ImportState.UPLOADED, ImportState.CHECKED)
PROBLEM_COLUMNS: tuple[Column[Told], ...] = (
    Column(gettext_lazy("Row"), lambda told: told.row),
    Column(gettext_lazy("Column"), lambda told: told.column),
    Column(gettext_lazy("Cell"), lambda told: told.cell),
    Column(gettext_lazy("What is wrong"), lambda told: told.what),
    Column(gettext_lazy("What would be accepted"), lambda told: told.accepted),
)


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def list_imports(request: CompanyRequest, company: str) -> HttpResponse:
    """The company's imports; a POST sends a file. Four queries."""
    require_importer(request)
    if request.method != "POST":
        return _imports_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _imports_page(request, form, status=422)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    try:
        made = create_import(request.company, file.name or "", file.chunks(), actor=request.actor)
    except Denied as denied:
        add_denied(form, denied)
        return _imports_page(request, form, status=denied.status)
    return _away(request, reverse("import", args=[company, made.pk]))


@require_safe
@vary_on_headers("HX-Request")
def show_import(request: CompanyRequest, company: str, import_id: int) -> HttpResponse:
    """One import, from its columns to its last row. Seven queries at most."""
    return _import_page(request, _find(request, import_id))


@require_POST
def create_check(request: CompanyRequest, company: str, import_id: int) -> HttpResponse:
    """The columns are as the form says: check the file, and with `write` import it."""
    import_ = _find(request, import_id)
    form = MappingForm(request.POST, of=import_)

    def start(**_given: object) -> None:
        start_import(import_, form.plan, is_dry_run="write" not in request.POST, actor=request.actor)

    no = attempt(form, start)
    if no is None:
        return _after(request, import_)
    return _import_page(request, import_, form, status=no.status)


@require_POST
def create_writing(request: CompanyRequest, company: str, import_id: int) -> HttpResponse:
    """What was checked is imported."""
    return _act(request, import_id, write_import)


@require_POST
def create_cancellation(request: CompanyRequest, company: str, import_id: int) -> HttpResponse:
    """It stops where it is."""
    return _act(request, import_id, cancel_import)


@require_safe
def import_problems(request: CompanyRequest, company: str, import_id: int) -> HttpResponse:
    """All that is wrong in the file, as a file."""
    import_ = _find(request, import_id)
    blocks = csv_blocks(PROBLEM_COLUMNS, queries.every_problem(import_))
    return download(request, blocks, f"problems-{import_.pk}.csv", TYPES["csv"])  # type: ignore[return-value]


def _act(request: CompanyRequest, import_id: int, act: Callable[..., Import]) -> HttpResponse:
    import_ = _find(request, import_id)
    act(import_, actor=request.actor)
    return _after(request, import_)


def _after(request: CompanyRequest, import_: Import) -> HttpResponse:
    if wants_part(request):
        return _import_page(request, import_)
    return see_other(reverse("import", args=[request.company.slug, import_.pk]))


def _imports_page(request: CompanyRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    topic, position = f"imports:{request.company.pk}", log.last_position()
    context = {
        "company": request.company,
        "form": form,
        "max_bytes": str(MAX_BYTES),
        "found": queries.imports(request.company.pk, page_number(request)),
        "topics": [topic],
        "topic": topic,
        "position": position,
    }
    part = "transfer/_upload.html" if form.is_bound else "transfer/_imports.html"
    return page_or_part(request, part, context, page="transfer/imports.html", status=status)


def _import_page(
    request: CompanyRequest, import_: Import, form: MappingForm | None = None, status: int = 200
) -> HttpResponse:
    topic, position = f"imports:{request.company.pk}", log.last_position()
    import_.refresh_from_db()
    can_match = import_.state in TO_BE_MATCHED
    context = {
        "company": request.company,
        "is_approved": request.company.status == CompanyStatus.APPROVED,
        "import": import_,
        "own_page": reverse("import", args=[request.company.slug, import_.pk]),
        "progress": queries.view_of(import_),
        "form": form or (MappingForm(of=import_) if can_match else None),
        "problems": queries.problems(import_, page_number(request)) if import_.broken_rows else None,
        "topics": [f"import:{import_.pk}"],
        "list_topics": [topic],
        "topic": topic,
        "position": position,
    }
    return page_or_part(request, "transfer/_outcome.html", context, page="transfer/import.html", status=status)


def _find(request: CompanyRequest, import_id: int) -> Import:
    require_importer(request)
    of_products = Import.objects.filter(price_list=None).select_related("company")
    return get_visible(of_products, request.actor, import_id)


def require_importer(request: CompanyRequest) -> None:
    """Raises Http404 where the company sells nothing, NotAllowed where the person's role may not import."""
    if not request.company.sells:
        raise Http404
    if not can_import_products(request.actor, request.company):
        raise NotAllowed(_("Your role in this company may not import products. An owner or a manager may."))


def _away(request: CompanyRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if wants_part(request) else see_other(url)
