"""For the market's operators: somebody has lost every second step, and has proven in another way who they are."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backend.accounts import policies
from backend.accounts.models import User
from backend.accounts.protection.actions import REASON_LENGTH, reset_second_step
from backend.accounts.protection.queries import protection_of
from backend.core.errors import NotAllowed
from frontend_htmx.fields import Typed
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, see_other


class FindForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address that they log in with"))


class ResetForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why, and how you know that it is them"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It stays in the log. A ticket’s number says more than a name."),
    )

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="reset-%s")


@require_safe
@never_cache
def show_recovery(request: CompanyRequest, company: str) -> HttpResponse:
    """Finds somebody by their address, and shows how their login is protected. Three queries."""
    _require(request)
    return _page(request, FindForm(request.GET or None), ResetForm())


@require_POST
def create_reset(request: CompanyRequest, company: str, user_id: int) -> HttpResponse:
    _require(request)
    person = get_object_or_404(User, pk=user_id, is_active=True)
    form = ResetForm(request.POST)
    no = attempt(form, lambda reason: reset_second_step(person, reason=reason, actor=request.actor))
    if no:
        return _page(request, FindForm({"email": person.email}), form, status=no.status)
    messages.success(request, _("Done. %(person)s is told by mail.") % {"person": person})
    return see_other(f"{reverse('recovery', args=[company])}?{urlencode({'email': person.email})}")


def _require(request: CompanyRequest) -> None:
    if not policies.can_reset_second_steps(request.actor):
        raise NotAllowed(_("Lost second steps are taken away by the market’s operators."))


def _page(request: CompanyRequest, find: FindForm, reset: ResetForm, status: int = 200) -> HttpResponse:
    found = protection_of(find.cleaned_data["email"]) if find.is_bound and find.is_valid() else None
    may = found is not None and policies.can_reset_second_step_of(request.actor, found.user_id)
    context = {"company": request.company, "find": find, "reset": reset, "found": found, "may_reset": may}
    return render(request, "accounts/recovery.html", context, status=status)
