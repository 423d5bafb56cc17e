"""The companies and people that every test is about, by name. Made in two dozen queries, without passwords.

Northfield makes crockery and sells it; Cornershop buys; Eastwick is the outsider, a seller who has nothing to do with
either; the platform's operator is Olga.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from backend.accounts.actor import Actor
from backend.accounts.invitations.actions import accept_invitation, invite_person
from backend.accounts.models import Company, CompanyKind, Membership, User
from backend.accounts.roles import Role
from backend.accounts.states import CompanyStatus
from backend.catalog.models import Category, Product, Sku, TierPrice, Variant
from backend.catalog.search.index import index_skus, set_stocked
from backend.catalog.states import ProductStatus
from backend.inventory.disclosure import Disclosure, disclose
from backend.inventory.models import Availability, MoveKind, StockItem, StockLevel, StockMove, Warehouse

PASSWORD = "correct-horse-battery"


@dataclass(frozen=True)
class Cast:
    northfield: Company  # a manufacturer, approved
    nora: User  # owner
    max: User  # manager
    wes: User  # warehouse
    sally: User  # sales
    rita: User  # read-only
    cornershop: Company  # a retailer
    carl: User  # owner
    bea: User  # buyer
    eastwick: Company  # a manufacturer, approved: the outsider
    otto: User  # owner
    newcomer: Company  # a manufacturer that has applied and is not approved yet
    nick: User  # owner
    platform: Company
    olga: User  # operator
    crockery: Category
    shelf: Warehouse  # Northfield's
    mug: Sku  # Northfield's: 300 on hand, disclosed exactly; 2.95, from 32 pieces 2.55
    plate: Sku  # Northfield's: 40 on hand, in bands; in cases of 12
    barn: Warehouse  # Eastwick's
    kettle: Sku  # Eastwick's: 7 on hand, only in or out


def actor_of(user: User, company: Company | None = None) -> Actor:
    """This person acting for a company; for the only one that they belong to, if none is named."""
    memberships = user.memberships.filter(company=company) if company else user.memberships.all()
    return memberships.with_role().get().as_actor()


def employ(user: User, company: Company, role: str) -> Membership:
    """Takes a person into a company as an owner of it would: invited, and accepted."""
    owner = company.memberships.filter(role=Role.OWNER).order_by("pk").with_role()[0].as_actor()
    invitation = invite_person(company, email=user.email, role=role, language="en", actor=owner)
    return accept_invitation(invitation.token, user)


def set_password(user: User, password: str = PASSWORD) -> str:
    """Lets a person log in with a password (the cast has none: hashing one takes long)."""
    user.set_password(password)
    user.save(update_fields=["password"])
    return password


def make_cast() -> Cast:
    companies = _companies()
    people = _people(companies)
    crockery = Category.objects.create(name="Crockery", slug="crockery")
    shelf, barn = Warehouse.objects.bulk_create(
        [
            Warehouse(company=companies["northfield"], code="main", name="Stoke", country="GB"),
            Warehouse(company=companies["eastwick"], code="main", name="Barn", country="GB"),
        ]
    )
    mug, plate, kettle = _offer(
        Offer("Blue enamel mug", "85123A", crockery, shelf, on_hand=300, disclosure=Disclosure.EXACT),
        Offer("White dinner plate", "22114", crockery, shelf, on_hand=40, case_pack=12),
        Offer("Copper kettle", "85123A", crockery, barn, on_hand=7, disclosure=Disclosure.IN_OR_OUT),
    )
    # Two dicts of two types, whose keys mypy doesn't know.
    named: dict[str, Any] = {**companies, **people}
    return Cast(**named, crockery=crockery, shelf=shelf, mug=mug, plate=plate, barn=barn, kettle=kettle)


def make_person(email: str, name: str = "") -> User:
    """A person whose e-mail address is confirmed, in no company yet."""
    user = User.objects.create_user(email, name=name or email.partition("@")[0].title())
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@dataclass(frozen=True)
class Offer:
    """What a company sells out of a warehouse of its own."""

    name: str
    code: str
    category: Category
    warehouse: Warehouse
    on_hand: int = 0
    disclosure: Disclosure = Disclosure.BANDS
    case_pack: int = 1

    def product(self) -> Product:
        return Product(
            company_id=self.warehouse.company_id,
            category=self.category,
            name=self.name,
            slug=self.name.lower().replace(" ", "-"),
            status=ProductStatus.PUBLISHED,
        )

    def sku(self, variant: Variant) -> Sku:
        packed = {"case_pack": self.case_pack, "moq": self.case_pack, "increment": self.case_pack}
        company = self.warehouse.company_id
        return Sku(company_id=company, product=variant.product, variant=variant, code=self.code, **packed)


def make_sku(
    name: str,
    code: str,
    category: Category,
    warehouse: Warehouse,
    *,
    on_hand: int = 0,
    disclosure: Disclosure = Disclosure.BANDS,
    case_pack: int = 1,
) -> Sku:
    """A published product of the warehouse's company with one SKU, two price tiers and opening stock."""
    (sku,) = _offer(Offer(name, code, category, warehouse, on_hand, disclosure, case_pack))
    return sku


def make_skus(many: int, category: Category, warehouse: Warehouse, *, on_hand: int = 0) -> list[Sku]:
    """So many SKUs, each of a product of its own."""
    names = [f"Bowl {n} of {many}" for n in range(many)]
    return _offer(*(Offer(name, name.upper().replace(" ", "-"), category, warehouse, on_hand) for name in names))


def add_sku(product: Product, code: str, company_id: int | None = None) -> Sku:
    """Another variant of a product, and its describer's (or another seller's) offer of it: no price, no stock."""
    variant = Variant.objects.create(product=product, name=code, position=product.variants.count())
    return Sku.objects.create(company_id=company_id or product.company_id, product=product, variant=variant, code=code)


def _offer(*offers: Offer) -> list[Sku]:
    """All of them at once, because nearly every test begins with them."""
    products = Product.objects.bulk_create(offer.product() for offer in offers)
    variants = Variant.objects.bulk_create(Variant(product=product) for product in products)
    skus = Sku.objects.bulk_create(offer.sku(variant) for offer, variant in zip(offers, variants, strict=True))
    tiers = ((1, Decimal(295)), (32, Decimal(255)))
    TierPrice.objects.bulk_create(
        TierPrice(sku=sku, min_quantity=n, unit_price_minor=price) for sku in skus for n, price in tiers
    )
    _open_stock(skus, offers)
    index_skus(Sku.objects.filter(pk__in=[sku.pk for sku in skus]))
    set_stocked({sku.pk: offer.on_hand > 0 for sku, offer in zip(skus, offers, strict=True)})
    return skus


def _open_stock(skus: Sequence[Sku], offers: Sequence[Offer]) -> None:
    items = StockItem.objects.bulk_create(
        StockItem(sku=sku, disclosure=offer.disclosure, version=1, last_seq=1)
        for sku, offer in zip(skus, offers, strict=True)
    )
    levels = StockLevel.objects.bulk_create(
        StockLevel(item=item, warehouse=offer.warehouse, on_hand=offer.on_hand, version=1)
        for item, offer in zip(items, offers, strict=True)
    )
    StockMove.objects.bulk_create(
        StockMove(
            item=level.item,
            level=level,
            seq=1,
            kind=MoveKind.OPENING,
            quantity=level.on_hand,
            on_hand_after=level.on_hand,
        )
        for level in levels
    )
    Availability.objects.bulk_create(_availability(sku, offer) for sku, offer in zip(skus, offers, strict=True))


def _availability(sku: Sku, offer: Offer) -> Availability:
    shown = disclose(offer.on_hand, offer.disclosure)
    return Availability(sku=sku, state=shown.state, quantity=shown.quantity, band=shown.band)


def _companies() -> dict[str, Company]:
    rows = (
        ("northfield", CompanyKind.MANUFACTURER, CompanyStatus.APPROVED),
        ("cornershop", CompanyKind.RETAILER, CompanyStatus.APPROVED),
        ("eastwick", CompanyKind.MANUFACTURER, CompanyStatus.APPROVED),
        ("newcomer", CompanyKind.MANUFACTURER, CompanyStatus.APPLIED),
        ("platform", CompanyKind.PLATFORM, CompanyStatus.APPROVED),
    )
    made = Company.objects.bulk_create(
        Company(name=slug.title(), slug=slug, kind=kind, status=status, country="GB") for slug, kind, status in rows
    )
    return {company.slug: company for company in made}


PEOPLE = {
    "nora": ("northfield", Role.OWNER),
    "max": ("northfield", Role.MANAGER),
    "wes": ("northfield", Role.WAREHOUSE),
    "sally": ("northfield", Role.SALES),
    "rita": ("northfield", Role.READ_ONLY),
    "carl": ("cornershop", Role.OWNER),
    "bea": ("cornershop", Role.BUYER),
    "otto": ("eastwick", Role.OWNER),
    "nick": ("newcomer", Role.OWNER),
    "olga": ("platform", Role.OPERATOR),
}


def _people(companies: dict[str, Company]) -> dict[str, User]:
    nobody = make_password(None)
    made = User.objects.bulk_create(
        User(email=f"{name}@{company}.example", name=name.title(), password=nobody)
        for name, (company, _) in PEOPLE.items()
    )
    people = dict(zip(PEOPLE, made, strict=True))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in made
    )
    Membership.objects.bulk_create(
        Membership(user=people[name], company=companies[company], role=role) for name, (company, role) in PEOPLE.items()
    )
    return people
