"""A market for benches of orders: one seller with many SKUs on one shelf, and shops that buy."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.report import ROOT

PLENTY = 1_000_000_000


@dataclass(frozen=True)
class Shelves:
    """The shops' buyers as actors, and the SKUs: PLENTY of each on one shelf, one price."""

    shops: Sequence[int]
    actors: Sequence[Any]
    skus: Sequence[int]


def make_shelves(name: str, *, skus: int, shops: int, buyers: int) -> Shelves:
    """`buyers` of the shops have somebody who orders."""
    if "DATABASE_URL" not in os.environ:
        sys.exit(f"bench: DATABASE_URL is not set: run it as ./dev bench {name}")
    os.environ["ENTREPOT_ENV"] = "test"
    subprocess.run((sys.executable, "manage.py", "release", "--verbosity", "0"), cwd=ROOT, check=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    import django

    django.setup()
    from django.db import connection

    made = Shelves(*_people(shops, buyers), _skus(skus))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made


def _people(shops: int, buyers: int) -> tuple[Sequence[int], Sequence[Any]]:
    from backend.accounts.models import Company, Membership, User

    approved = {"kind": "retailer", "country": "GB", "status": "approved"}
    companies = Company.objects.bulk_create(Company(name=f"Shop {n}", slug=f"s{n}", **approved) for n in range(shops))
    users = User.objects.bulk_create(User(email=f"b{n}@bench.example", name=f"B{n}") for n in range(buyers))
    members = [
        Membership(user=user, company=shop, role="owner") for user, shop in zip(users, companies[:buyers], strict=True)
    ]
    made = Membership.objects.bulk_create(members)
    found = Membership.objects.filter(pk__in=[each.pk for each in made]).with_role()
    return [each.pk for each in companies], [each.as_actor() for each in found]


def _skus(many: int) -> Sequence[int]:
    from backend.accounts.models import Company
    from backend.catalog.models import Category, Product, Sku, TierPrice, Variant
    from backend.inventory.models import Availability, StockItem, StockLevel, Warehouse

    maker = Company.objects.create(name="Bench", slug="bench", kind="manufacturer", country="GB", status="approved")
    crockery = Category.objects.create(name="Crockery", slug="crockery")
    house = Warehouse.objects.create(company=maker, code="main", name="Main", country="GB")
    named = {"company": maker, "category": crockery, "status": "published"}
    products = Product.objects.bulk_create(Product(name=f"Mug {n}", slug=f"mug-{n}", **named) for n in range(many))
    variants = Variant.objects.bulk_create(Variant(product=each) for each in products)
    skus = Sku.objects.bulk_create(
        Sku(company=maker, product=each.product, variant=each, code=f"M{n:05}") for n, each in enumerate(variants)
    )
    TierPrice.objects.bulk_create(TierPrice(sku=sku, min_quantity=1, unit_price_minor=295) for sku in skus)
    items = StockItem.objects.bulk_create(StockItem(sku=sku, version=1) for sku in skus)
    StockLevel.objects.bulk_create(StockLevel(item=item, warehouse=house, on_hand=PLENTY) for item in items)
    Availability.objects.bulk_create(Availability(sku=sku, state="in_stock", band="1,000+") for sku in skus)
    return [sku.pk for sku in skus]


def empty_holds() -> None:
    """As if nobody had ever held anything."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_hold")
        cursor.execute("UPDATE inventory_stocklevel SET reserved = 0, allocated = 0")
