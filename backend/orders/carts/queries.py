"""What stands in a cart, what it costs now, and what keeps any of it from being ordered. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.pricing import Buyer, Line, NotSold, Offers, Priced, offers_to
from backend.catalog.pricing.buyers import buyer_of_company
from backend.catalog.pricing.unsold import why_unsold
from backend.catalog.translations import name_key
from backend.core.along import Rows
from backend.core.errors import Denied
from backend.core.money import Money
from backend.core.written import Written, fetch
from backend.orders.carts.priced import CartView, Goods, PricedLine, Seller, SellersPart
from backend.orders.delivering import named, why_not_delivered
from backend.orders.models import Cart, CartLine
from backend.orders.tax import rate_for

GOODS = len(Goods._fields)


def lines_of(actor: Actor) -> QuerySet[CartLine]:
    """What stands in this person's cart for the company that they act for."""
    mine = CartLine.objects.of_company(actor.company_id)
    return mine.filter(cart__user=actor.user_id, cart__standing=None).select_related("sku")


def read_cart(actor: Actor, company: Company, to: str = "") -> CartView:
    """What this person's cart for the company would order now, delivered to that country, or their own. Three queries;
    one where there is no cart."""
    mine = _MINE.fetch({"company": actor.company_id, "user": actor.user_id, "standing": None})
    return priced_cart(mine[0][0], company, to=to) if mine else CartView(0, 0)


MINE = """
company_id = %(company)s AND (
    standing_id = %(standing)s OR (%(standing)s::bigint IS NULL AND standing_id IS NULL AND user_id = %(user)s))
"""
"""Of the carts the one of a standing order or, without, the person's own."""
_MINE = Written(f"SELECT {{cart}} FROM orders_cart cart WHERE {MINE}", cart=Cart)  # noqa: S608  # of constants


def priced_cart(cart: Cart, company: Company, lines: Rows | None = None, *, to: str = "") -> CartView:
    """Two queries: what stands there of whom, and what the buyer is offered of it where it is to go. One where nothing
    stands there, or where `lines` are in hand (steps.py)."""
    rows = fetch(_LINES_OF_CART, {"cart": cart.pk, "name": name_key()}) if lines is None else lines
    own = company.country
    buyer = replace(buyer_of_company(company), country=to or own)
    asked = [(pk, quantity, Goods(*row[:GOODS]), Seller(*row[GOODS:])) for pk, quantity, *row in rows]
    offers = offers_to(buyer, [Line(goods.pk, quantity) for _pk, quantity, goods, _seller in asked])
    priced = [_line(pk, quantity, goods, seller, buyer, offers, own) for pk, quantity, goods, seller in asked]
    sellers = {seller.pk: seller for *_line, seller in asked}
    stays = {pk: why_not_delivered(seller, buyer.country, own) for pk, seller in sellers.items()}
    return CartView(cart.pk, cart.version, _parts(priced, sellers, stays))


def sellers_in(lines: Rows) -> Collection[int]:
    """Whose goods stand in a cart, by its lines."""
    return {Seller(*row[2 + GOODS :]).pk for row in lines}


_LINES = """
SELECT line.id, line.quantity,
    sku.id, sku.product_id, product.category_id, product.slug, sku.code, product.name, variant.name,
    sku.unit_of_sale, sku.moq, sku.increment, sku.case_pack,
    coalesce(product.translations ->> %(name)s, product.name),
    coalesce(variant.translations ->> %(name)s, variant.name),
    seller.id, seller.name, seller.country, coalesce(terms.order_minimum_minor, 0), coalesce(terms.currency, 'GBP'),
    coalesce(terms.delivers_to, '{{}}')
FROM orders_cartline line
JOIN catalog_sku sku ON sku.id = line.sku_id
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_variant variant ON variant.id = sku.variant_id
JOIN accounts_company seller ON seller.id = sku.company_id
LEFT JOIN catalog_sellerterms terms ON terms.company_id = seller.id
WHERE line.cart_id = {} ORDER BY line.id
"""
"""An order minimum is for every buyer to read."""
_LINES_OF_CART = _LINES.format("%(cart)s")
LINES_OF_MINE = _LINES.format(f"(SELECT id FROM orders_cart WHERE {MINE})")  # noqa: S608  # of constants


def _line(pk: int, quantity: int, goods: Goods, seller: Seller, buyer: Buyer, offers: Offers, own: str) -> PricedLine:
    priced, seen, why = (
        offers.prices.get(Line(goods.pk, quantity)),
        goods.pk in offers.seen,
        offers.unsold.get(goods.pk),
    )
    is_for_there = buyer.country == own or (seen and why != NotSold.TERRITORY)
    stays = "" if is_for_there else _not_sold_to(buyer.country, goods.code)
    unsold = why_unsold(why, code=goods.code, seller=seller.name, country=buyer.country) if why and not stays else ""
    is_own = seller.pk == buyer.company_id
    trouble = _trouble(goods, quantity, priced, is_own=is_own, seen=seen or bool(stays), unsold=unsold)
    return PricedLine(pk, goods, seller, quantity, priced, rate_for(seller.country, buyer.country), trouble, stays)


def _not_sold_to(country: str, code: str) -> str:
    return _("%(code)s is not for sale to %(country)s. Take it out, or choose another address.") % {
        "code": code,
        "country": named(country),
    }


def _trouble(goods: Goods, quantity: int, priced: Priced | None, *, is_own: bool, seen: bool, unsold: str) -> str:
    if not seen:
        return _("%(code)s is no longer for sale. Take it out to order the rest.") % {"code": goods.code}
    if is_own:
        return _("%(code)s is your own: a company can’t order of itself.") % {"code": goods.code}
    if unsold:
        return unsold
    if priced is None:
        return _("%(code)s has no price for you: ask its seller for one.") % {"code": goods.code}
    try:
        goods.order_rule.require(quantity)
    except Denied as denied:
        return denied.message
    return ""


def _parts(
    lines: Sequence[PricedLine], sellers: Mapping[int, Seller], stays: Mapping[int, str]
) -> Sequence[SellersPart]:
    """A line without a price stands with its seller all the same."""
    ordered = sorted(lines, key=lambda line: (line.seller.name, line.seller.pk, line.pk))
    grouped = groupby(ordered, key=lambda line: line.seller.pk)
    return [_part(sellers[pk], list(of_seller), stays[pk]) for pk, of_seller in grouped]


def _part(seller: Seller, lines: Sequence[PricedLine], stays: str) -> SellersPart:
    currency = next((line.priced.unit_price.currency for line in lines if line.priced), seller.currency)
    minimum = Money(seller.order_minimum_minor if seller.currency == currency else 0, currency)
    return SellersPart(seller, currency, lines, minimum, stays)
