"""How a template becomes a standing order. It parses; the action decides."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.orders.models import OrderTemplate, StandingOrder
from backend.orders.standing.schedule import Schedule
from backend.orders.standing.states import Every
from frontend_htmx.fields import Typed
from frontend_htmx.orders.destinations import Places
from frontend_htmx.orders.forms import CheckoutForm


class TermsForm(CheckoutForm):
    """How often, up to which price, and where to."""

    requested_on = None  # type: ignore[assignment]  # each of its days says when
    first_on = forms.DateField(label=_("First on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    n = forms.IntegerField(label=_("Every"), initial=1, min_value=1, max_value=365)
    every = forms.ChoiceField(label=_("Days, weeks or months"), choices=Every.choices, initial=Every.WEEKS)
    limit_percent = forms.IntegerField(
        label=_("Ask me where it costs more than so many percent above today’s price"),
        initial=0,
        min_value=0,
        max_value=100,
        help_text=_("0: it asks at any rise. A price that falls is passed on."),
    )

    def clean(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        said = super().clean()
        if self.errors:
            return said
        schedule = Schedule(given["first_on"], Every(given["every"]), given["n"])
        return {**said, "schedule": schedule, "limit_percent": given["limit_percent"]}


class StandingForm(TermsForm):
    """Which template, too."""

    template = forms.TypedChoiceField(label=_("Template"), coerce=int)

    def __init__(
        self,
        data: Typed = None,
        *,
        actor: Actor,
        today: date,
        template: int | None = None,
        places: Places,
    ) -> None:
        super().__init__(data, places=places)
        self.initial.update(template=template, first_on=today)
        self.known = {each.pk: each for each in OrderTemplate.objects.visible_to(actor).order_by("name", "pk")}
        field = self.fields["template"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
        field.choices = [(each.pk, each.name) for each in self.known.values()]

    def clean(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        said = super().clean()
        return said if self.errors else {**said, "template": self.known[given["template"]]}


class ChangeForm(TermsForm):
    """The terms of one that goes on, as they were at a version."""

    key = None  # type: ignore[assignment]  # the version says what is sent twice
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Typed = None, *, standing: StandingOrder, places: Places) -> None:
        terms = ("n", "every", "limit_percent", "po_number", "note", "only_whole", "version", "bill_to")
        now = {name: getattr(standing, name) for name in terms}
        super().__init__(data, places=places, given={**standing.ship_to, **now, "first_on": standing.next_on})
        self.fields["first_on"].label = _("Next on")

    def clean(self) -> dict[str, Any]:
        version = self.cleaned_data.get("version")
        said = super().clean()
        said.pop("key", None)
        return {**said, "version": version}
