"""How a template becomes a standing order. It parses; the action decides."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.orders.models import OrderTemplate
from backend.orders.standing.schedule import Schedule
from backend.orders.standing.states import Every
from frontend_htmx.fields import Typed
from frontend_htmx.orders.forms import CheckoutForm


class StandingForm(CheckoutForm):
    """Which template, how often, up to which price, and where to."""

    requested_on = None  # type: ignore[assignment]  # each of its days says when
    template = forms.TypedChoiceField(label=_("Template"), coerce=int)
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

    def __init__(
        self,
        data: Typed = None,
        *,
        actor: Actor,
        today: date,
        template: int | None = None,
        address: Mapping[str, str] | None = None,
        country: str = "",
    ) -> None:
        super().__init__(data, given=address, country=country)
        self.initial.update(template=template, first_on=today)
        self.known = {each.pk: each for each in OrderTemplate.objects.visible_to(actor).order_by("name", "pk")}
        field = self.fields["template"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
        field.choices = [(each.pk, each.name) for each in self.known.values()]

    def clean(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        said = super().clean()
        if self.errors:
            return said
        schedule = Schedule(given["first_on"], Every(given["every"]), given["n"])
        return {
            "template": self.known[given["template"]], "schedule": schedule, "limit_percent": given["limit_percent"],
            "details": said["details"], "key": said["key"],
        }  # fmt: skip
