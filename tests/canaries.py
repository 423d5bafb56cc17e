"""Two companies with a row in every fenced table: the victim's carry words that nobody else may ever read.

Rows are made by the look of their table. Where that doesn't do, MADE says how; there a new table is told of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models
from django.db.transaction import atomic
from django.utils import timezone

from backend.accounts.models import Company, User
from backend.catalog.models import Sku
from backend.core.fences import is_fenced
from backend.core.money import Money, UnitPrice
from backend.inventory.models import Warehouse
from backend.negotiation.keeping import kept
from backend.negotiation.models import HeldOffer
from backend.negotiation.terms import OfferedLine, Terms
from tests.cast import Cast, make_person

LEAST_LENGTH = 7
"""Shorter words would be found by chance."""
SPOTTED = Decimal(76543219)
"""In tenths of a penny and such: nobody else has this price, or so much on the shelf."""
THE_VICTIMS = 70_707_077
"""Every row of the victim's bears this number: whatever a name names, it names something of the victim's."""
_number = count(1)


@dataclass
class Estate:
    """What a company has: one row of every fenced table, each made for it."""

    company: Company
    is_victim: bool
    rows: dict[type[models.Model], Any] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    """What stands in the victim's rows alone, in small letters."""

    def row(self, model: type[models.Model]) -> Any:
        if model not in self.rows:
            self.rows[model] = None  # what points to itself points nowhere
            self.rows[model] = _made(self, model)
        return self.rows[model]

    @property
    def pk(self) -> int:
        """The number of all the victim's rows, whatever they are rows of."""
        return THE_VICTIMS

    @property
    def code(self) -> str:
        """What stands on the goods."""
        return str(self.row(Sku).code)

    @property
    def number(self) -> Decimal:
        """What one unit costs, and how many there are."""
        return SPOTTED if self.is_victim else Decimal(7)

    def word(self, model: type[models.Model], name: str, most: int | None) -> str:
        """A text for this field: of the victim's alone, and known again; else short and unique."""
        own = f"zq{model._meta.model_name}{name}".replace("_", "")[:most]
        if not self.is_victim or len(own) < LEAST_LENGTH:
            return f"{next(_number):02x}"[:most]
        self.words.add(own)
        return own


MADE: Mapping[str, Callable[[Estate], Mapping[str, object]]] = {
    # what a row of this table needs beside what its fields say by themselves
    "accounts.Membership": lambda estate: {"user": _somebody(estate), "role": "read_only", "custom_role": None},
    "accounts.Invitation": lambda estate: {"email": _an_address(estate), "role": "read_only", "custom_role": None},
    "catalog.Media": lambda estate: {"kind": "document"},
    "catalog.PriceList": lambda estate: {"state": "active"},
    "catalog.PriceListEntry": lambda estate: {"unit_price_minor": estate.number},
    "catalog.PriceListAudience": lambda estate: {"group": None},
    "catalog.AssortmentAudience": lambda estate: {"group": None},
    "catalog.Territory": lambda estate: {"countries": ["GB", "DE"]},
    "catalog.ImportProblem": lambda estate: {"code": "missing", "field": "name"},
    "inventory.Hold": lambda estate: {"kind": "order", "holder": _somebody_elses_company(estate)},
    "orders.Order": lambda estate: {
        "buyer": _somebody_elses_company(estate),
        "currency": "GBP",
        "rounding": "ROUND_HALF_EVEN",
        "last_seq": 1,
    },
    "analytics.FloorEntry": lambda estate: {"seq": estate.company.pk, "step": "placed", "currency": "GBP"},
    "orders.OrderDispute": lambda _estate: {"decided_for": "", "escalates_at": timezone.now()},
    "orders.OrderLine": lambda estate: {"dispatched": 1, "unit_of_sale": "each"},
    "orders.SpendingLimit": lambda _estate: {"role": "buyer", "per_order_minor": 1},
    "orders.Deputy": lambda estate: {"deputy": _somebody_else(estate)},
    "orders.CreditPolicy": lambda estate: {"company": estate.company, "currency": "GBP"},
    "orders.CreditAccount": lambda estate: {"buyer": _somebody_elses_company(estate), "currency": "GBP"},
    "orders.RequisitionLine": lambda _estate: {"currency": "GBP"},
    "orders.ApprovalStep": lambda _estate: {"decided_by": None},
    "orders.CheckoutDocument": lambda _estate: {"requisition": None},
    "negotiation.Room": lambda estate: {"buyer": _somebody_elses_company(estate), "currency": "GBP", "last_seq": 1},
    "negotiation.Notice": lambda _estate: {"board": "private", "closes_at": timezone.now() - timedelta(days=1)},
    "negotiation.Attachment": lambda _estate: {"kind": "document"},
    "negotiation.Block": lambda estate: {"blocked": _somebody_elses_company(estate)},
    "negotiation.Report": lambda estate: {"reason": "spam", "entry": None, "about": _somebody_elses_company(estate)},
    "negotiation.EnquiryFile": lambda _estate: {"kind": "document"},
    "negotiation.Revision": lambda estate: {"number": 1, "answers": 0, "side": "seller"},
    "negotiation.AnswerRule": lambda estate: {"category": None, "max_quantity": 10, "is_on": False},
    "negotiation.HeldOffer": lambda estate: {"terms": _kept_terms(estate), "below": []},
    "negotiation.Floor": lambda estate: {"sku": estate.row(Sku), "category": None, "min_price_minor": estate.number},
    "catalog.CostPrice": lambda estate: {"unit_cost_minor": estate.number},
    "inventory.StockItem": lambda _estate: {"last_seq": 1},
    "inventory.StockLevel": lambda estate: {"on_hand": int(estate.number), "allocated": 1, "incoming": 1},
    "inventory.Transfer": lambda estate: {"target": _another_warehouse(estate)},
    "inventory.StockMove": lambda estate: {"kind": "adjustment", "quantity": 1, "on_hand_after": 1, "seq": 1},
}


def _kept_terms(estate: Estate) -> Mapping[str, object]:
    sku: Sku = estate.row(Sku)
    note = estate.word(HeldOffer, "note", None)
    return kept(Terms([OfferedLine(sku.pk, 1, UnitPrice(estate.number))], Money(0), timezone.now(), note=note))


def _another_warehouse(estate: Estate) -> Warehouse:
    return Warehouse.objects.create(company=estate.company, code="second", name="Second", country="GB")


def estate_of(company: Company, *, is_victim: bool) -> Estate:
    """The company with a row in every fenced table."""
    estate = Estate(company, is_victim)
    for model in filter(is_fenced, apps.get_models()):
        estate.row(model)
    if is_victim:
        estate.words |= {f"{SPOTTED:.0f}", f"{SPOTTED:,.0f}", f"{SPOTTED / 100:.2f}", f"{SPOTTED / 100:,.2f}"}
    return estate


def estates(cast: Cast) -> tuple[Estate, Estate]:
    """The victim (Northfield) and the stranger (Eastwick)."""
    return estate_of(cast.northfield, is_victim=True), estate_of(cast.eastwick, is_victim=False)


def _made(estate: Estate, model: type[models.Model]) -> models.Model:
    given = MADE[model._meta.label](estate) if model._meta.label in MADE else {}
    blank = model()
    fields = [each for each in model._meta.concrete_fields if each.name not in given]
    values = {each.name: _value(estate, model, each, getattr(blank, each.attname, None)) for each in fields}
    row = model(**{name: value for name, value in values.items() if value is not LEFT}, **given)
    try:
        with atomic():
            row.save(force_insert=True)
    except DatabaseError as problem:
        raise AssertionError(f"say in MADE of tests/canaries.py how a row of {model._meta.label} is made") from problem
    return row


LEFT = object()
"""As the field has it by itself."""


def _value(estate: Estate, model: type[models.Model], each: Any, default: object) -> object:
    if each.is_relation:
        return _pointed_at(estate, each)
    if isinstance(each, models.AutoField):
        return THE_VICTIMS if estate.is_victim else LEFT
    if each.db_default is not models.NOT_PROVIDED:
        return LEFT
    if each.choices:
        return default or each.flatchoices[0][0]
    if isinstance(each, models.CharField | models.TextField | models.FileField):
        return LEFT if default else estate.word(model, each.name, each.max_length)
    if isinstance(each, models.JSONField):
        word = estate.word(model, each.name, None)
        return ([word] if default == [] else {"word": word}) if estate.is_victim or default is None else LEFT
    return LEFT if default is not None or each.null else _plain(estate, each)


def _plain(estate: Estate, each: Any) -> object:
    if isinstance(each, models.DateTimeField):
        return timezone.now() + timedelta(days=30)
    if isinstance(each, models.DateField):
        return date(2030, 1, 1)
    return estate.number if isinstance(each, models.DecimalField) else 1


def _pointed_at(estate: Estate, each: Any) -> object:
    """The same company's row; of what all share, the first."""
    target = each.related_model
    if target is Company:
        return estate.company
    if target is User:
        return LEFT if each.null else User.objects.filter(memberships__company=estate.company).first()
    return estate.row(target) if is_fenced(target) else target._default_manager.first() or estate.row(target)


def _somebody(estate: Estate) -> User:
    """Who works for the victim is nobody else's business."""
    name = estate.word(User, "name", None)
    estate.words |= {f"{name}@zq.example"} if estate.is_victim else set()
    return make_person(f"{name}@zq.example", name)


def _somebody_elses_company(estate: Estate) -> Company:
    """Whoever trades with this company; no stranger of the tests works there."""
    return Company.objects.get_or_create(
        slug=f"buys-of-{estate.company.pk}", defaults={"name": "Buyer", "kind": "retailer", "country": "GB"}
    )[0]


def _somebody_else(estate: Estate) -> User:
    """Another one than the first of the company's people."""
    return make_person(f"other{next(_number)}@zq.example")


def _an_address(estate: Estate) -> str:
    """Who is invited is nobody else's business either."""
    return f"{estate.word(User, 'invited', None)}@zq.example"
