"""Whether a company's people need a second step."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from backend.accounts.protection.actions import require_second_step, waive_second_step
from backend.core.errors import Denied
from frontend_htmx.accounts.members import members_changed, members_page
from frontend_htmx.http import CompanyRequest


@require_POST
def create_requirement(request: CompanyRequest, company: str) -> HttpResponse:
    try:
        request.company = require_second_step(request.company, actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied)
    return members_changed(request)


@require_POST
def create_waiver(request: CompanyRequest, company: str) -> HttpResponse:
    request.company = waive_second_step(request.company, actor=request.actor)
    return members_changed(request)
