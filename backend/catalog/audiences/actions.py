"""Every change of a seller's groups, assortments and territories, and of who reads his prices.

Each of them may take an offer from somebody's sight: what was granted of the seller's offers is void, and granted
again to those who still see it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.access import raise_epoch
from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.audiences.goods import Filled, Goods, How, Line
from backend.catalog.lists import steps
from backend.catalog.lists.changing import require_prices
from backend.catalog.lists.models import (
    Assortment,
    AssortmentItem,
    CustomerGroup,
    GroupMember,
    Territory,
)
from backend.catalog.lists.states import AssortmentKind
from backend.catalog.lists.steps import Reach
from backend.catalog.models import SellerTerms, Sku
from backend.core.errors import Refused
from backend.core.locking import lock
from backend.core.row_security import for_actor
from backend.events.kinds import Kind
from backend.events.log import record

N = TypeVar("N", CustomerGroup, Assortment)


@dataclass(frozen=True, slots=True)
class AssortmentDraft:
    """Which SKUs, by their codes (None: those that stand in it), what may be done with them, and by whom: companies by
    name, groups, or whoever has no other range."""

    name: str
    codes: Sequence[str] | None = ()
    kind: str = AssortmentKind.RANGE
    is_for_all: bool = False
    companies: Sequence[str] = ()
    groups: Sequence[int] = ()


@atomic(durable=True)
@for_actor
def save_group(
    company: Company, group: CustomerGroup | None, name: str, companies: Sequence[str], *, seen: int = 0, actor: Actor
) -> CustomerGroup:
    """Makes a group, or gives it another name and other members: its lists and assortments count for those at once.

    Raises NotAllowed without prices.edit, Refused for companies that don't exist, Conflict if it changed since `seen`.
    """
    require_prices(actor, company)
    raise_epoch(f"offers:{company.pk}")
    group = _again(group, seen) if group else CustomerGroup(company=company)
    before = frozenset(group.memberships.values_list("company_id", flat=True)) if group.pk else frozenset()
    group.name = steps.require_name(name)
    steps.save_named(group, group.name)
    members = steps.companies_named(companies, but=company)
    group.memberships.all().delete()
    GroupMember.objects.bulk_create(GroupMember(group=group, company=member) for member in members)
    reach = Reach(before | {member.pk for member in members})
    steps.tell(Kind.CATALOG_GROUP_CHANGED, group, reach, actor)
    return group


@atomic(durable=True)
@for_actor
def save_assortment(
    company: Company, assortment: Assortment | None, draft: AssortmentDraft, *, seen: int = 0, actor: Actor
) -> Assortment:
    """Makes an assortment, or changes what is in it, what it says of that and to whom. Open pages follow.

    Raises as save_group does, and Refused for codes that are none of the company's, and for what is for everybody else
    and no range.
    """
    require_prices(actor, company)
    raise_epoch(f"offers:{company.pk}")
    assortment = _again(assortment, seen) if assortment else Assortment(company=company)
    before = _reach(assortment) if assortment.pk else Reach()
    assortment.name, assortment.is_for_all = steps.require_name(draft.name), draft.is_for_all
    assortment.kind = _require_kind(draft)
    steps.save_named(assortment, assortment.name)
    if draft.codes is not None:
        _fill(assortment, draft.codes)
    steps.set_audience(assortment, draft.companies, draft.groups)
    steps.tell(Kind.CATALOG_ASSORTMENT_CHANGED, assortment, before | _reach(assortment), actor)
    return assortment


@atomic(durable=True)
@for_actor
def fill_assortment(assortment: Assortment, goods: Goods, how: How, *, seen: int | None = None, actor: Actor) -> Filled:
    """Many SKUs come into an assortment or go out of it at once. Sent twice it is the same, and told once.

    Codes that are none of the company's are left out, and said. Raises NotAllowed without prices.edit, Refused where
    nothing is named and where an assortment would be replaced while a code is unknown, Conflict if it changed since
    `seen`. As many statements for one SKU as for ten thousand.
    """
    company = assortment.company
    require_prices(actor, company)
    found, unknown = _meant(company, goods)
    if how == How.REPLACE and unknown:
        raise Refused(_unknown(unknown), field="text")
    raise_epoch(f"offers:{company.pk}")
    assortment = _again(assortment, seen)
    before = frozenset(assortment.items.values_list("sku", flat=True))
    after = {How.ADD: before | found, How.TAKE_OUT: before - found, How.REPLACE: found}[how]
    if after != before:
        assortment.save(update_fields=["version"])
        assortment.items.filter(sku__in=before - after).delete()
        AssortmentItem.objects.bulk_create(
            AssortmentItem(assortment=assortment, sku_id=pk) for pk in sorted(after - before)
        )
        steps.tell(Kind.CATALOG_ASSORTMENT_CHANGED, assortment, _reach(assortment), actor)
    return Filled(len(after - before), len(before - after), len(before & after), unknown)


@atomic(durable=True)
@for_actor
def remove_assortment(assortment: Assortment, *, actor: Actor) -> None:
    """Takes it away: whoever it was for sees and buys everything again, unless another one says otherwise."""
    require_prices(actor, assortment.company)
    raise_epoch(f"offers:{assortment.company_id}")
    assortment = _again(assortment, assortment.version)
    steps.tell(Kind.CATALOG_ASSORTMENT_CHANGED, assortment, _reach(assortment), actor)
    assortment.delete()


@atomic(durable=True)
@for_actor
def set_territory(
    company: Company, code: str, countries: Iterable[str], *, is_seen_elsewhere: bool = False, actor: Actor
) -> None:
    """Into which countries the SKU of this code may be sold; with no code, all that have no territory of their own.
    Buyers elsewhere don't see it, or (`is_seen_elsewhere`) see it and can't buy it.

    No countries: everywhere again. Raises NotAllowed without prices.edit, Refused for what is no country or no SKU.
    """
    require_prices(actor, company)
    raise_epoch(f"offers:{company.pk}")
    sku = steps.skus_of(company, [code]).get(code.strip().upper())
    wanted = steps.require_countries(countries)
    Territory.objects.of_company(company.pk).filter(sku=sku).delete()
    if wanted:
        Territory.objects.create(company=company, sku=sku, countries=wanted, is_seen_elsewhere=is_seen_elsewhere)
    terms = _raised_terms(company)
    _tell_everybody(Kind.CATALOG_TERRITORY_CHANGED, terms, actor)


@atomic(durable=True)
@for_actor
def set_price_login(company: Company, *, prices_need_login: bool, actor: Actor) -> SellerTerms:
    """Whether people who are not logged in read the seller's public prices. Raises NotAllowed without prices.edit."""
    require_prices(actor, company)
    terms = _raised_terms(company, prices_need_login=prices_need_login)
    _tell_everybody(Kind.CATALOG_PRICE_LOGIN_CHANGED, terms, actor)
    return terms


def _again(row: N, seen: int | None) -> N:
    """As it is now, locked, with the next version. Raises Conflict if it is no longer as it was seen; None: whoever may
    have changed it."""
    rows = type(row)._default_manager.this(row).select_related("company")
    (found,) = lock(rows, what=str(row))
    if seen is not None:
        steps.require_seen(found.version, seen)
    found.version += 1
    return found


def _fill(assortment: Assortment, codes: Sequence[str]) -> None:
    skus = steps.skus_of(assortment.company, codes)
    assortment.items.all().delete()
    AssortmentItem.objects.bulk_create(AssortmentItem(assortment=assortment, sku=sku) for sku in skus.values())


def _meant(company: Company, goods: Goods) -> tuple[frozenset[int], Sequence[Line]]:
    """The company's SKUs that are meant, and the codes that are none of them. Two queries."""
    if not goods.lines and not goods.names_a_kind:
        raise Refused(
            _("Name some SKUs: paste their codes, send a file, or choose a category or a brand."), field="text"
        )
    own = Sku.objects.of_company(company.pk)
    wanted = {line.code.upper() for line in goods.lines}
    by_code = {code.upper(): pk for code, pk in own.filter(code__in=wanted).values_list("code", "pk")}
    of_kind = own.of_kind(goods.category_id, goods.brand) if goods.names_a_kind else own.none()
    unknown = tuple(line for line in goods.lines if line.code.upper() not in by_code)
    return frozenset({*by_code.values(), *of_kind.values_list("pk", flat=True)}), unknown


def _unknown(lines: Sequence[Line]) -> str:
    named = ", ".join(f"{line.code} ({line.row})" for line in lines[: steps.MAX_NAMED])
    return _("You have no SKU %(codes)s. Correct these rows; until then everything stays as it is.") % {"codes": named}


def _require_kind(draft: AssortmentDraft) -> AssortmentKind:
    if draft.kind not in AssortmentKind.values:
        raise Refused(_("“%(kind)s” is nothing that an assortment can say.") % {"kind": draft.kind[:20]}, field="kind")
    if draft.is_for_all and draft.kind != AssortmentKind.RANGE:
        raise Refused(
            _("Only a range is for everybody else. Name those who can or can’t buy the goods."), field="is_for_all"
        )
    return AssortmentKind(draft.kind)


def _reach(assortment: Assortment) -> Reach:
    """What is reserved concerns those whom it doesn't name."""
    return Reach(steps.reached_by(assortment), assortment.is_for_all or assortment.kind == AssortmentKind.RESERVED)


def _raised_terms(company: Company, **changed: bool) -> SellerTerms:
    terms = SellerTerms.objects.of_company(company.pk)
    terms.get_or_create(company=company)
    terms.update(version=F("version") + 1, **changed)
    return terms.get()


def _tell_everybody(kind: Kind, terms: SellerTerms, actor: Actor) -> None:
    told = {"seller": terms.company_id, "companies": [], "everybody": True}
    record(kind, f"seller_terms:{terms.company_id}", version=terms.version, actor=actor, data=told)
