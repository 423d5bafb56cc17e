"""A company's people and its address book as files, and who waits for operators: what their pages show."""

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from backend.accounts.addresses.queries import address_book
from backend.accounts.models import Address
from backend.accounts.queries import ApplicationView, MemberView, companies_on_the_floor, members
from backend.catalog.transfer.exporting import Column
from frontend_htmx.accounts.views import require_sight_of_companies
from frontend_htmx.exports import export
from frontend_htmx.http import CompanyRequest

ADDRESS_COLUMNS: tuple[Column[Address], ...] = (
    Column(_("For"), lambda row: row.get_use_display()),
    Column(_("Name"), lambda row: row.name),
    Column(_("Recipient"), lambda row: row.recipient),
    Column(_("Street and number"), lambda row: row.street),
    Column(_("Town"), lambda row: row.city),
    Column(_("Postcode"), lambda row: row.postcode),
    Column(_("Country"), lambda row: row.country),
    Column(_("Contact"), lambda row: row.contact),
    Column(_("Opening hours and notes"), lambda row: row.note),
    Column(_("Default"), lambda row: row.is_default),
)
MEMBER_COLUMNS: tuple[Column[MemberView], ...] = (
    Column(_("Name"), lambda row: row.name),
    Column(_("E-mail address"), lambda row: row.email),
    Column(_("Role"), lambda row: row.role_label),
)
APPLICATION_COLUMNS: tuple[Column[ApplicationView], ...] = (
    Column(_("Company"), lambda row: row.name),
    Column(_("Kind"), lambda row: row.kind),
    Column(_("Country"), lambda row: row.country),
    Column(_("Owner"), lambda row: row.owner),
    Column(_("Applied (UTC)"), lambda row: row.applied_at),
)


@require_safe
def export_addresses(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's addresses, deliveries first."""
    book = address_book(request.company.pk)
    return export(request, form, "addresses", ADDRESS_COLUMNS, [*book.delivery, *book.billing])


@require_safe
def export_members(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The company's people, the widest role first."""
    rows = members(request.company.pk, request.actor.permissions)
    return export(request, form, "members", MEMBER_COLUMNS, rows)


@require_safe
def export_companies(request: CompanyRequest, company: str, form: str) -> StreamingHttpResponse:
    """The companies that wait for an approval."""
    require_sight_of_companies(request)
    return export(request, form, "companies", APPLICATION_COLUMNS, companies_on_the_floor().applications)
