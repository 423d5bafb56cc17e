"""Inviting people into a company, and what whoever got the letter meets."""

from allauth.account.views import SignupView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from backend.accounts.invitations.actions import (
    accept_invitation,
    invite_person,
    send_invitation_again,
    withdraw_invitation,
)
from backend.accounts.invitations.queries import accepted_by_link, invitation_by_link, is_to
from backend.accounts.models import Company, Invitation
from backend.accounts.queries import roles_of
from backend.core.errors import Denied
from frontend_htmx.accounts.forms import InvitationForm, InvitedSignUpForm
from frontend_htmx.accounts.members import members_changed, members_page
from frontend_htmx.accounts.views import first_screen
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, HtmxRequest, add_denied, get_visible, see_other


# --- The company's side ----------------------------------------------------------------------------------------------
@require_POST
def create_invitation(request: CompanyRequest, company: str) -> HttpResponse:
    form = InvitationForm(roles_of(request.company, request.actor.permissions), request.POST)
    language = get_language() or ""
    no = attempt(form, lambda **typed: invite_person(request.company, **typed, language=language, actor=request.actor))
    return members_page(request, form, denied=no) if no else members_changed(request)


@require_POST
def create_letter(request: CompanyRequest, company: str, invitation_id: int) -> HttpResponse:
    invitation = get_visible(Invitation.objects.with_company(), request.actor, invitation_id)
    try:
        send_invitation_again(invitation, actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied)
    return members_changed(request)


@require_POST
def create_withdrawal(request: CompanyRequest, company: str, invitation_id: int) -> HttpResponse:
    invitation = get_visible(Invitation.objects.with_company(), request.actor, invitation_id)
    try:
        withdraw_invitation(invitation, actor=request.actor)
    except Denied as denied:
        return members_page(request, denied=denied)
    return members_changed(request)


# --- The invited person's side ---------------------------------------------------------------------------------------
@require_safe
@never_cache
def show_invitation(request: HtmxRequest, token: str) -> HttpResponse:
    """What the letter's link opens. It says the same whether or not its address has an account."""
    joined = accepted_by_link(token, request.user.pk)
    if joined:
        return redirect("company", joined)
    invitation = invitation_by_link(token)
    if invitation is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    is_theirs = request.user.pk is not None and is_to(request.user.pk, invitation)
    return render(request, "accounts/invitation.html", {"invitation": invitation, "is_theirs": is_theirs})


@require_POST
def create_acceptance(request: HtmxRequest, token: str) -> HttpResponse:
    membership = accept_invitation(token, request.user)  # type: ignore[arg-type]  # the middleware let nobody else in
    return see_other(first_screen(Company.objects.get(pk=membership.company_id)))


class InvitedSignUp(SignupView):  # type: ignore[misc]  # allauth is untyped
    """allauth's, for the one address that the letter went to, and without a company of one's own."""

    template_name = "accounts/invited_signup.html"
    invitation: Invitation

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        found = invitation_by_link(str(kwargs["token"]))
        if found is None:
            return render(request, "accounts/invitation_gone.html", status=404)
        self.invitation = found
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_authenticated_redirect_url(self) -> str:
        return reverse("account_invitation", args=[self.invitation.token])

    def get_form_class(self) -> type[InvitedSignUpForm]:
        return InvitedSignUpForm

    def get_form_kwargs(self) -> dict[str, object]:
        return {**super().get_form_kwargs(), "invitation": self.invitation}

    def get_context_data(self, **more: object) -> dict[str, object]:
        return {**super().get_context_data(**more), "invitation": self.invitation}

    def form_valid(self, form: InvitedSignUpForm) -> HttpResponse:
        try:
            response: HttpResponse = super().form_valid(form)
        except Denied as denied:
            add_denied(form, denied)
            return self.form_invalid(form)
        return response

    def form_invalid(self, form: InvitedSignUpForm) -> HttpResponse:
        response: HttpResponse = self.render_to_response(self.get_context_data(form=form), status=422)
        return response


sign_up = InvitedSignUp.as_view()
