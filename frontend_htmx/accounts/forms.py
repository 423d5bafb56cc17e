"""What people type about themselves, their company and its people. The rules are the actions'."""

from collections.abc import Sequence
from typing import Any, ClassVar

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.actions import sign_up
from backend.accounts.countries import countries
from backend.accounts.custom_roles.actions import MAX_NAME
from backend.accounts.invitations.actions import sign_up_invited
from backend.accounts.models import CompanyKind, Invitation, User
from backend.accounts.roles import Role
from backend.accounts.scopes import ApiScope
from backend.accounts.steps import LIVES_DAYS, NAME_LENGTH, SIGN_UP_KINDS, TOKEN_NAME_LENGTH
from frontend_htmx.fields import KeyField, Typed

SAYS = {
    CompanyKind.RETAILER: _("Retailer: we buy for our shops"),
    CompanyKind.MANUFACTURER: _("Manufacturer: we make and sell"),
    CompanyKind.DISTRIBUTOR: _("Distributor: we buy and sell"),
}


class CompanyForm(forms.Form):
    """A company as it introduces itself."""

    company_name = forms.CharField(
        label=_("Company name"),
        max_length=NAME_LENGTH[1],
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    kind = forms.ChoiceField(
        label=_("What it does"),
        choices=[("", _("Choose one")), *((kind.value, SAYS[kind]) for kind in SIGN_UP_KINDS)],
        help_text=_("A retailer may buy at once. Who sells can publish after we have approved the company."),
    )
    country = forms.ChoiceField(label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)  # noqa: S101  # for the type checker
        country.choices = [("", _("Choose one")), *countries(get_language() or "en")]

    @property
    def company(self) -> dict[str, str]:
        """What the actions take."""
        data = self.cleaned_data
        return {"name": data["company_name"], "kind": data["kind"], "country": data["country"]}


class Plain(forms.Form):
    """One of allauth's forms as ours look: no placeholder repeats a label, and the same words as everywhere."""

    LABELS: ClassVar = {"email": _("E-mail address"), "login": _("E-mail address")}
    HINTS: ClassVar = {"password1": _("10 characters or more, and not one that many people use.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.LABELS.get(name, field.label)
            field.help_text = self.HINTS.get(name, field.help_text)


class SignUpForm(Plain, CompanyForm, allauth_forms.SignupForm):  # type: ignore[misc]  # allauth is untyped
    """A person and their company, at once."""

    field_order = ("email", "password1", "company_name", "kind", "country")

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """Person, address and company come into being in one transaction, or none of them."""
        adapter = get_adapter()
        user: User = adapter.save_user(request, adapter.new_user(request), self, commit=False)
        user.language = get_language() or ""
        sign_up(user, **self.company)
        return user


class InvitedSignUpForm(Plain, allauth_forms.SignupForm):  # type: ignore[misc]  # allauth is untyped
    """A person who comes by an invitation's link: the company is there already, and so is the address."""

    field_order = ("email", "password1")

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.initial["email"] = invitation.email
        self.fields["email"].widget.attrs["readonly"] = True

    def clean_email(self) -> str:
        """Another address than the invited one is nobody's to claim here, whatever was sent."""
        self.cleaned_data["email"] = self.invitation.email
        return str(super().clean_email())

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """Person and address come into being in one transaction, and the place waits for the confirmation."""
        adapter = get_adapter()
        user: User = adapter.save_user(request, adapter.new_user(request), self, commit=False)
        user.language = get_language() or ""
        sign_up_invited(user, self.invitation.token)
        return user


class LogInForm(Plain, allauth_forms.LoginForm):  # type: ignore[misc]
    """Address and password."""


class ReauthenticateForm(Plain, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more."""


class ChangePasswordForm(Plain, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one."""


class SetPasswordForm(Plain, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """The first password of an account that has none."""


class ForgottenPasswordForm(Plain, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Where to send the link."""


class NewPasswordForm(Plain, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, after the link."""


class ChangeAddressForm(Plain, allauth_forms.AddEmailForm):  # type: ignore[misc]
    """The address that takes the old one's place."""


class TokenForm(forms.Form):
    """What another system may read, and for how long."""

    key = KeyField()
    name = forms.CharField(
        label=_("Name"),
        max_length=TOKEN_NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Which system will use it: “ERP in Stoke”."),
    )
    lives_days = forms.TypedChoiceField(
        label=_("Ends after"),
        coerce=int,
        initial=90,
        choices=[(days, format_lazy(_("{days} days"), days=days)) for days in LIVES_DAYS],
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may read"), choices=ApiScope.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="token-%s")


class InvitationForm(forms.Form):
    """Somebody's address, whether or not they have signed up with it."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("We send a letter with a link. Whoever has no account yet signs up by it."),
    )
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, roles: Sequence[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data, initial={"role": Role.READ_ONLY})
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101  # for the type checker
        role.choices = list(roles)


class RoleForm(forms.Form):
    """A role of the company's own: how it is called, and what those who have it may do."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    permissions = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, choices: Sequence[tuple[str, str]], data: Any = None, *, initial: Any = None, role_id: int = 0
    ) -> None:
        super().__init__(data, initial=initial, auto_id=f"role-{role_id or 'new'}-%s")
        permissions = self.fields["permissions"]
        assert isinstance(permissions, forms.MultipleChoiceField)  # noqa: S101  # for the type checker
        permissions.choices = list(choices)
