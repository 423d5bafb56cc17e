"""Which words mean the same: written by the market's operators."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from backend.catalog.search.actions import add_synonym, remove_synonym
from backend.catalog.search.models import Synonym
from backend.catalog.search.policies import can_edit_synonyms
from backend.catalog.search.queries import synonyms
from backend.core.errors import NotAllowed
from frontend_htmx.fields import Typed
from frontend_htmx.forms import attempt
from frontend_htmx.http import CompanyRequest, page_or_part, see_other


class SynonymForm(forms.Form):
    """A line of words that mean the same."""

    words = forms.CharField(
        label=gettext_lazy("Mean the same"),
        max_length=400,
        help_text=gettext_lazy("With commas between them, such as: lorry, truck."),
    )

    def __init__(self, data: Typed = None) -> None:
        super().__init__(data, auto_id="synonym-%s")


@require_http_methods(["GET", "HEAD", "POST"])
def list_synonyms(request: CompanyRequest, company: str) -> HttpResponse:
    """The lines there are; a POST adds one."""
    require_writer(request)
    form, status = SynonymForm(request.POST or None), 200
    if form.is_bound:
        no = attempt(form, lambda words: add_synonym(words, actor=request.actor))
        if no is None:
            return see_other(reverse("synonyms", args=[company]))
        status = no.status
    context = {"company": request.company, "form": form, "synonyms": synonyms(), "tab": "synonyms"}
    return page_or_part(request, "catalog/synonyms.html", context, page="catalog/synonyms.html", status=status)


@require_POST
def create_removal(request: CompanyRequest, company: str, synonym_id: int) -> HttpResponse:
    remove_synonym(get_object_or_404(Synonym, pk=synonym_id), actor=request.actor)
    return see_other(reverse("synonyms", args=[company]))


def require_writer(request: CompanyRequest) -> None:
    """Raises NotAllowed where the person is no operator."""
    if not can_edit_synonyms(request.actor):
        raise NotAllowed(_("Which words mean the same is written by the market’s operators."))
