"""What people type about themselves, their company and its people. The rules are the actions'."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.actions import sign_up
from backend.accounts.countries import countries
from backend.accounts.models import Company, CompanyKind, User
from backend.accounts.queries import roles_of
from backend.accounts.roles import Role
from backend.accounts.steps import NAME_LENGTH, SIGN_UP_KINDS

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


class SignUpForm(CompanyForm, allauth_forms.SignupForm):  # type: ignore[misc]  # allauth is untyped
    """A person and their company, at once."""

    field_order = ("email", "password1", "company_name", "kind", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without_placeholders(self)
        self.fields["email"].label = _("E-mail address")
        self.fields["password1"].help_text = _("10 characters or more, and not one that many people use.")

    def save(self, request: HttpRequest) -> AbstractBaseUser:
        """Person, address and company come into being in one transaction, or none of them."""
        adapter = get_adapter()
        user: User = adapter.save_user(request, adapter.new_user(request), self, commit=False)
        user.language = get_language() or ""
        sign_up(user, **self.company)
        return user


class LogInForm(allauth_forms.LoginForm):  # type: ignore[misc]  # allauth is untyped
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        without_placeholders(self)
        self.fields["login"].label = _("E-mail address")


class NewMemberForm(forms.Form):
    """Somebody who is on the market already, by their address."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Of a person who has signed up and confirmed it."),
    )
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, company: Company, data: Any = None) -> None:
        super().__init__(data, initial={"role": Role.READ_ONLY})
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101  # for the type checker
        role.choices = list(roles_of(company))


def without_placeholders(form: forms.Form) -> None:
    """A label says it already, and stays while one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
