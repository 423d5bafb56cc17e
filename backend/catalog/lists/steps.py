"""Inner steps of what a seller writes down: they join the transaction of the action that calls them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import Model, Q
from django.db.models.functions import Lower
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.countries import country_codes
from backend.accounts.models import Company, CompanyKind
from backend.catalog.lists.models import (
    Assortment,
    CustomerGroup,
    GroupMember,
    PriceList,
    PriceListEntry,
)
from backend.catalog.lists.states import ListKind
from backend.catalog.models import Sku
from backend.catalog.pricing.contradictions import Entry, check_entries
from backend.catalog.pricing.queries import base_steps, step_of, terms_of
from backend.core.errors import Conflict, Refused
from backend.events.kinds import Kind
from backend.events.log import record

Told = PriceList | CustomerGroup | Assortment

NAME_LENGTH = 80
MAX_NAMED = 20
"""How many of those that are wrong a refusal names."""
_SUBJECT: Mapping[type, str] = {
    PriceList: "price_list",
    CustomerGroup: "customer_group",
    Assortment: "assortment",
}


def require_name(name: str) -> str:
    """The name with single spaces; refuses one that nobody could read."""
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_LENGTH or not name.isprintable():
        raise Refused(_("A name has 1 to %(most)d characters.") % {"most": NAME_LENGTH}, field="name")
    return name


def save_named(row: Model, name: str) -> None:
    """Saves it; refuses a name that another one of the company's has."""
    try:
        with atomic():
            row.save()
    except IntegrityError:
        raise Refused(_("You have another one of the name “%(name)s”.") % {"name": name}, field="name") from None


def require_seen(version: int, seen: int) -> None:
    """Somebody may have changed it since the form was opened."""
    if version != seen:
        raise Conflict(_("Somebody changed this since you opened it. Look at it as it is now and change that."))


def skus_of(company: Company, codes: Iterable[str]) -> Mapping[str, Sku]:
    """The company's SKUs by their codes in capitals. Refuses codes that are none of theirs, naming them. One query."""
    wanted = {code.strip().upper() for code in codes if code.strip()}
    found = {sku.code.upper(): sku for sku in Sku.objects.of_company(company.pk).filter(code__in=wanted)}
    if unknown := sorted(wanted - found.keys()):
        raise Refused(_("You have no SKU %(codes)s.") % {"codes": ", ".join(unknown[:MAX_NAMED])}, field="codes")
    return found


def companies_named(names: Iterable[str], *, but: Company) -> Sequence[Company]:
    """The companies of these names, as they write them or as their address does (which tells namesakes apart).

    Refuses names that nobody has, or that two have. One query.
    """
    wanted = {" ".join(name.split()).casefold() for name in names if name.strip()}
    named = Company.objects.annotate(lower=Lower("name")).filter(Q(lower__in=wanted) | Q(slug__in=wanted))
    found: dict[str, set[Company]] = defaultdict(set)
    for company in named.exclude(pk=but.pk).exclude(kind=CompanyKind.PLATFORM):
        for name in {company.name.casefold(), company.slug} & wanted:
            found[name].add(company)
    _require_one_each(wanted, found)
    return sorted({one for ones in found.values() for one in ones}, key=lambda company: company.pk)


def _require_one_each(wanted: Collection[str], found: Mapping[str, Collection[Company]]) -> None:
    if unknown := sorted(set(wanted) - found.keys()):
        raise Refused(
            _("There is no company called %(names)s. Write the name as the company does.")
            % {"names": ", ".join(unknown[:MAX_NAMED])},
            field="companies",
        )
    for name, ones in found.items():
        if len(ones) > 1:
            raise Refused(
                _("Several companies are called %(name)s. Name the one by its address: %(addresses)s.")
                % {"name": name, "addresses": ", ".join(sorted(one.slug for one in ones))},
                field="companies",
            )


def require_countries(codes: Iterable[str], field: str = "countries") -> list[str]:
    """Country codes in capitals, each once, in order. Refuses what is none, naming it."""
    wanted = sorted({code.strip().upper() for code in codes if code.strip()})
    if unknown := [code for code in wanted if code not in country_codes()]:
        raise Refused(
            _("%(codes)s: no country has such a code. Give codes such as GB or DE.")
            % {"codes": ", ".join(unknown[:MAX_NAMED])},
            field=field,
        )
    return wanted


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose pages a change concerns: these companies', or everybody's."""

    companies: frozenset[int] = frozenset()
    everybody: bool = False

    def __or__(self, other: Reach) -> Reach:
        return Reach(self.companies | other.companies, self.everybody or other.everybody)


def tell(kind: Kind, about: Told, reach: Reach, actor: Actor) -> None:
    """Records that it changed, for those that it concerns."""
    told = {"seller": about.company_id, "companies": sorted(reach.companies), "everybody": reach.everybody}
    record(kind, f"{_SUBJECT[type(about)]}:{about.pk}", version=about.version, actor=actor, data=told)


def set_audience(of: PriceList | Assortment, companies: Sequence[str], groups: Collection[int]) -> None:
    """From now on it is for exactly these: companies by name, and groups of the seller's."""
    named = companies_named(companies, but=of.company)
    own = CustomerGroup.objects.of_company(of.company_id).filter(pk__in=groups)
    of.audience.all().delete()
    for company in named:
        of.audience.create(company=of.company, audience_company=company)
    for group in own:
        of.audience.create(company=of.company, group=group)


def reached_by(of: PriceList | Assortment) -> frozenset[int]:
    """The companies that it is for, by themselves or in a group. Two queries."""
    by_name = of.audience.exclude(audience_company=None).values_list("audience_company_id", flat=True)
    groups = of.audience.values_list("group", flat=True)
    members = GroupMember.objects.of_company(of.company_id).filter(group__in=groups)
    return frozenset({*by_name, *members.values_list("company_id", flat=True)})


def require_audience(kind: str, companies: Collection[str], groups: Collection[int]) -> None:
    """A list for everybody names nobody, one for groups names groups, all others name companies."""
    if groups and kind != ListKind.GROUP:
        raise Refused(_("Only a list for groups has groups. Choose “Group”, or name companies."), field="groups")
    if companies and kind in (ListKind.GROUP, ListKind.PUBLIC):
        raise Refused(
            _("A list for groups or for everybody names no companies. Choose “Customer” or “Contract”."),
            field="companies",
        )


def require_consistent(price_list: PriceList, skus: Mapping[int, str] | None = None) -> None:
    """Refuses a list that contradicts itself; of the SKUs given (code by id), or of all. Three queries."""
    rows = PriceListEntry.objects.of_lists([price_list]).select_related("sku")
    found = list(rows.filter(sku__in=list(skus)) if skus is not None else rows)
    codes = {row.sku_id: row.sku.code for row in found}
    base = base_steps(list(codes), [price_list.currency])
    check_entries(
        terms_of(price_list),
        [Entry(row.sku.code, step_of(row, price_list.currency)) for row in found],
        {code: base.get((pk, price_list.currency), ()) for pk, code in codes.items()},
    )
