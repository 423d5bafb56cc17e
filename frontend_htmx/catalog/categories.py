"""The categories of the market, and what their products say about themselves: kept by its operators."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from backend.catalog.categories import queries
from backend.catalog.categories.actions import (
    MAX_NAME,
    MAX_UNIT,
    DefinitionDraft,
    create_category,
    edit_category,
    save_definition,
)
from backend.catalog.categories.policies import can_keep_categories
from backend.catalog.models import AttributeDefinition, AttributeKind, Category
from backend.catalog.translations import AT, OWN_LANGUAGE, choice_key, further
from backend.core.errors import NotAllowed
from frontend_htmx.catalog.translation_fields import further_of, translation_fields, with_translations
from frontend_htmx.fields import Typed
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other

NAMED = {"name": gettext_lazy("Name")}
OF_DEFINITION = {"name": gettext_lazy("Name"), "unit": gettext_lazy("Unit"), "choices": gettext_lazy("Choices")}
MOST = {"name": MAX_NAME, "unit": MAX_UNIT, "choices": 20_000}


class CategoryForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    position = forms.IntegerField(
        label=gettext_lazy("Place"), min_value=0, max_value=9999, help_text=gettext_lazy("The lower stands before.")
    )

    def __init__(self, data: Typed = None, *, of: Category | None = None) -> None:
        initial = {"name": of.name, "position": of.position} if of else {"position": 0}
        called = {f"{AT}{key}": text for key, text in of.translations.items()} if of else {}
        super().__init__(data, initial={**initial, **called}, auto_id="category-%s")
        self.fields |= translation_fields(further(OWN_LANGUAGE), NAMED, MOST)

    @property
    def translation_fields(self) -> list[forms.BoundField]:
        return further_of(self)

    def clean(self) -> dict[str, Any]:
        return with_translations(super().clean() or self.cleaned_data)


class DefinitionForm(forms.Form):
    """What products say under a code; one that is there already is changed."""

    code = forms.SlugField(
        label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("As files name it. It stays as it is.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("What is said"), choices=AttributeKind.choices)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=20, required=False)
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        max_length=20_000,
        required=False,
        help_text=gettext_lazy("One a line, for one of a list."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    position = forms.IntegerField(label=gettext_lazy("Place"), min_value=0, max_value=9999, initial=0)
    required = forms.BooleanField(label=gettext_lazy("Has to be said to publish"), required=False)
    is_facet = forms.BooleanField(label=gettext_lazy("Buyers filter by it"), required=False)
    is_variant_axis = forms.BooleanField(label=gettext_lazy("Variants differ in it"), required=False)

    def __init__(self, data: Typed = None, *, of: AttributeDefinition | None = None) -> None:
        super().__init__(data, initial=_said(of) if of else None, auto_id="definition-%s")
        self.fields |= translation_fields(further(OWN_LANGUAGE), OF_DEFINITION, MOST)

    @property
    def translation_fields(self) -> list[forms.BoundField]:
        return further_of(self)

    def clean(self) -> dict[str, Any]:
        """What each choice is called stands in its line."""
        given = with_translations(super().clean() or self.cleaned_data)
        if self.errors:
            return given
        choices = [" ".join(line.split()) for line in given.get("choices", "").splitlines() if line.strip()]
        called = given["translations"]
        for language in further(OWN_LANGUAGE):
            lines = called.pop(f"choices.{language}", "").splitlines()
            if len(lines) > len(choices):
                message = gettext_lazy("Write one a line, in the order of the choices, of which there are %(n)d.")
                self.add_error(f"{AT}choices.{language}", message % {"n": len(choices)})
            called |= {choice_key(choice, language): line for choice, line in zip(choices, lines, strict=False)}
        return {"draft": DefinitionDraft(**{**given, "choices": choices})}


def _said(of: AttributeDefinition) -> dict[str, Any]:
    names = ("code", "name", "kind", "unit", "position", "required", "is_facet", "is_variant_axis")
    called = {f"{AT}{key}": text for key, text in of.translations.items()}
    for language in further(OWN_LANGUAGE):
        lines = [of.translations.get(choice_key(choice, language), "") for choice in of.choices]
        called[f"{AT}choices.{language}"] = "\n".join(lines).rstrip()
    return {**{name: getattr(of, name) for name in names}, "choices": "\n".join(of.choices), **called}


@require_http_methods(["GET", "HEAD", "POST"])
def list_categories(request: CompanyRequest, company: str) -> HttpResponse:
    """All of them; a POST makes another."""
    require_keeper(request)
    form, status = CategoryForm(request.POST or None), 200
    if form.is_bound:
        no = attempt(form, lambda **typed: create_category(**typed, actor=request.actor))
        if no is None:
            return see_other(reverse("categories", args=[company]))
        status = no.status
    context = {"company": request.company, "form": form, "categories": queries.categories()}
    return page_or_part(request, "catalog/categories.html", context, page="catalog/categories.html", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_category_page(request: CompanyRequest, company: str, category_id: int) -> HttpResponse:
    """Its name and place, and what its products say; `?definition=` fills in one of these."""
    require_keeper(request)
    category = get_object_or_404(Category, pk=category_id)
    form = CategoryForm(request.POST or None, of=category)
    no = attempt(form, lambda **typed: edit_category(category, **typed, actor=request.actor)) if form.is_bound else None
    if form.is_bound and no is None:
        return _saved(request, category)
    return _page(request, category, form=form, status=no.status if no else 200)


@require_POST
def create_definition(request: CompanyRequest, company: str, category_id: int) -> HttpResponse:
    require_keeper(request)
    category = get_object_or_404(Category, pk=category_id)
    form = DefinitionForm(request.POST)
    no = attempt(form, lambda draft: save_definition(category, draft, actor=request.actor))
    return _page(request, category, definition=form, status=no.status) if no else _saved(request, category)


def _saved(request: CompanyRequest, category: Category) -> HttpResponse:
    messages.success(request, _("Saved."))
    return see_other(reverse("edit_category", args=[request.company.slug, category.pk]))


def _page(
    request: CompanyRequest,
    category: Category,
    *,
    form: CategoryForm | None = None,
    definition: DefinitionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = category.attribute_definitions.filter(code=request.GET.get("definition", "")[:40]).first()
    context = {
        "company": request.company,
        "category": category,
        "form": form or CategoryForm(of=category),
        "definitions": queries.definitions(category),
        "definition_form": definition or DefinitionForm(of=asked),
    }
    return page_or_part(request, "catalog/category.html", context, page="catalog/category.html", status=status)


def require_keeper(request: CompanyRequest) -> None:
    if not can_keep_categories(request.actor):
        raise NotAllowed(_("Categories are kept by the market’s operators."))
