"""Screenfuls of a seller's price lists, and of whom they are for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, Subquery, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from backend.accounts.models import Company
from backend.catalog.lists.models import (
    Assortment,
    AssortmentAudience,
    AssortmentItem,
    CustomerGroup,
    GroupMember,
    PriceList,
    PriceListAudience,
    PriceListEntry,
    Territory,
    scheduled,
)
from backend.catalog.lists.states import PRICE_LIST, ListKind, ListState
from backend.catalog.models import SellerTerms, Sku
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.pricing.queries import PriceCell, price_cells, step_of
from backend.catalog.pricing.terms import Step
from backend.catalog.pricing.visibility import asking_as, visible_skus
from backend.catalog.queries import Page, containing, page_of
from backend.catalog.translations import name_key

LINES_SIZE = 100
GOODS_SIZE = 30
PREVIEW_SIZE = 50


@dataclass(frozen=True, slots=True)
class GoodsPage:
    page: Page
    rows: Sequence[Sku]


KINDS = ("product__category", "called", "product__brand", "skus", "within")


@dataclass(frozen=True, slots=True)
class KindRow:
    """So many SKUs of a category and a brand, and how many of them stand in an assortment."""

    category_id: int
    category: str
    brand: str
    skus: int
    inside: int


@dataclass(frozen=True, slots=True)
class ListRow:
    """A price list among the others: whether it counts now, how many lines it has, how many it is for."""

    pk: int
    name: str
    kind: ListKind
    state: ListState
    currency: str
    priority: int
    starts_at: datetime
    ends_at: datetime | None
    counts: bool
    lines: int
    audience: int

    @property
    def is_waiting(self) -> bool:
        """In force, but outside of its schedule."""
        return self.state == ListState.ACTIVE and not self.counts


@dataclass(frozen=True, slots=True)
class ListLine:
    """An entry as its seller sees it."""

    sku_id: int
    code: str
    product: str
    unit: str
    step: Step


@dataclass(frozen=True, slots=True)
class LinesPage:
    page: Page
    rows: Sequence[ListLine]


@dataclass(frozen=True, slots=True)
class For:
    """Whom something is for: companies by name, and groups."""

    companies: Sequence[str]
    groups: frozenset[int]


@dataclass(frozen=True, slots=True)
class GroupRow:
    pk: int
    name: str
    version: int
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """A seller's offers as one customer sees them."""

    page: Page
    rows: Sequence[tuple[Sku, PriceCell]]


def price_lists(company_id: int) -> Sequence[ListRow]:
    """A seller's lists, the strongest first and the archived last. One query."""
    counts = ExpressionWrapper(Q(state=ListState.ACTIVE) & scheduled(None), BooleanField())
    rows = PriceList.objects.of_company(company_id).annotate(
        counts=counts, lines=_count(PriceListEntry), named=_count(PriceListAudience)
    )
    return sorted((_row(row) for row in rows), key=_strength)


def next_states(price_list: PriceList) -> Sequence[ListState]:
    """What may be done with a list now. No query."""
    return [state for state in ListState if state in PRICE_LIST.table[ListState(price_list.state)]]


def list_lines(price_list: PriceList, *, text: str = "", number: int = 1, size: int = LINES_SIZE) -> LinesPage:
    """A page of a list's lines by code and quantity. Two queries."""
    found = PriceListEntry.objects.of_lists([price_list])
    if text:
        skus = containing(Sku.objects.of_company(price_list.company_id), text)
        found = found.filter(sku__in=skus.values("pk"))
    page = page_of(number, size, found.count())
    rows = found.select_related("sku__product").order_by("sku__code", "min_quantity")
    shown = rows[(page.number - 1) * page.size : page.number * page.size]
    return LinesPage(page, [_line(row, price_list.currency) for row in shown])


def audience_of(of: PriceList | Assortment) -> For:
    """Whom a list or an assortment is for. One query."""
    rows = list(of.audience.values_list("audience_company__name", "group_id"))
    companies = sorted(company for company, _group in rows if company)
    return For(companies, frozenset(group for _company, group in rows if group))


def groups(company_id: int) -> Sequence[GroupRow]:
    """A seller's groups with the names of their members. Two queries."""
    rows = CustomerGroup.objects.of_company(company_id)
    members: dict[int, list[str]] = {}
    pairs = GroupMember.objects.of_company(company_id).order_by("company__name")
    for group_id, name in pairs.values_list("group_id", "company__name"):
        members.setdefault(group_id, []).append(name)
    return [GroupRow(row.pk, row.name, row.version, members.get(row.pk, [])) for row in rows]


def assortments(company_id: int) -> Sequence[Assortment]:
    """A seller's assortments with how many SKUs each has (`size`). One query."""
    return list(Assortment.objects.of_company(company_id).annotate(size=Count("items")).order_by("name", "pk"))


def goods_in(assortment: Assortment, text: str = "", number: int = 1, size: int = GOODS_SIZE) -> GoodsPage:
    """A page of what stands in an assortment, by code. Two queries."""
    skus = containing(assortment.skus.all(), text)
    page = page_of(number, size, skus.count())
    rows = skus.select_related("product__category", "variant").order_by("code")
    return GoodsPage(page, list(rows[page.first - 1 if page.total else 0 : page.last]))


def kinds_of_goods(assortment: Assortment) -> Sequence[KindRow]:
    """The categories and the brands of what the seller offers, each with how many SKUs it has, and how many of those
    stand in the assortment. One query."""
    inside = Exists(AssortmentItem.objects.scoped(assortment=assortment, sku=OuterRef("pk")))
    local = KeyTextTransform(name_key(), "product__category__translations")
    called = Coalesce(local, "product__category__name", output_field=TextField())
    own = Sku.objects.of_company(assortment.company_id).annotate(inside=inside, called=called)
    by_kind = own.values("product__category", "called", "product__brand").order_by()
    counted = by_kind.annotate(skus=Count("pk"), within=Count("pk", filter=Q(inside=True)))
    return [KindRow(*row) for row in counted.values_list(*KINDS)]


def territories(company_id: int) -> Sequence[Territory]:
    """A seller's territories, that of all offers first. One query."""
    rows = Territory.objects.of_company(company_id).select_related("sku")
    return sorted(rows, key=lambda row: row.sku.code if row.sku else "")


def prices_need_login(company_id: int) -> bool:
    """Whether the seller keeps his prices from people who are not logged in. One query."""
    chosen = SellerTerms.objects.of_company(company_id).values_list("prices_need_login", flat=True).first()
    return chosen is not False


def preview(seller: Company, customer: Company, *, text: str = "", number: int = 1) -> Preview:
    """What a customer sees of the seller's offers, and what each costs there. Six queries."""
    buyer = replace(buyer_of_company(customer), looks_on=seller.pk)
    skus = containing(Sku.objects.of_company(seller.pk).published().filter(visible_skus(buyer)), text)
    with asking_as(buyer):
        page = page_of(number, PREVIEW_SIZE, skus.count())
        rows = skus.select_related("product").order_by("code")[(page.number - 1) * page.size : page.number * page.size]
        cells = price_cells([sku.pk for sku in rows], buyer)
        return Preview(page, [(sku, cells[sku.pk]) for sku in rows])


def customers(company_id: int) -> Sequence[Company]:
    """The companies that a seller's lists, groups or assortments name. One query."""
    named = Q(pk__in=PriceListAudience.objects.of_company(company_id).values("audience_company"))
    named |= Q(pk__in=AssortmentAudience.objects.of_company(company_id).values("audience_company"))
    named |= Q(pk__in=GroupMember.objects.of_company(company_id).values("company"))
    return list(Company.objects.filter(named).order_by("name", "pk"))


def _count(of: type[PriceListEntry] | type[PriceListAudience]) -> Coalesce:
    everywhere = of.objects.across_companies(why="counted for the list outside, which is the seller's own")
    rows = everywhere.filter(price_list=OuterRef("pk")).order_by().values("price_list")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _row(row: PriceList) -> ListRow:
    found: Mapping[str, object] = vars(row)
    return ListRow(
        pk=row.pk,
        name=row.name,
        kind=ListKind(row.kind),
        state=ListState(row.state),
        currency=row.currency,
        priority=row.priority,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        counts=bool(found["counts"]),
        lines=int(str(found["lines"])),
        audience=int(str(found["named"])),
    )


def _strength(row: ListRow) -> tuple[bool, int, int, int]:
    return row.state == ListState.ARCHIVED, list(ListKind).index(row.kind), -row.priority, -row.pk


def _line(row: PriceListEntry, currency: str) -> ListLine:
    return ListLine(row.sku_id, row.sku.code, row.sku.product.name, row.sku.unit_of_sale, step_of(row, currency))
