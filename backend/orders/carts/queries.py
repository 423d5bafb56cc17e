"""What stands in a cart, what it costs now, and what keeps any of it from being ordered. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.models import Product, SellerTerms, Sku, Variant
from backend.catalog.pricing import Buyer, Line, Priced, offers_seen, price_lines
from backend.catalog.pricing.buyers import buyer_of_company
from backend.core.errors import Denied
from backend.core.money import Money
from backend.core.written import Written
from backend.orders.models import Cart, CartLine
from backend.orders.tax import ROUNDING, rate_for, tax_on


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line of a cart as it would be ordered now. `trouble` says what keeps it from that; empty: nothing does."""

    pk: int
    sku: Sku
    quantity: int
    priced: Priced | None
    tax_rate: Decimal
    trouble: str = ""

    @property
    def net(self) -> Money | None:
        return self.net_of(self.priced) if self.priced else None

    @property
    def tax(self) -> Money | None:
        return self.tax_of(self.net_of(self.priced)) if self.priced else None

    def net_of(self, priced: Priced) -> Money:
        """Rounded once, by the line."""
        return priced.unit_price.times(self.quantity, ROUNDING)

    def tax_of(self, net: Money) -> Money:
        """Rounded by the line, too."""
        return tax_on(net, self.tax_rate, ROUNDING)


@dataclass(frozen=True, slots=True)
class SellersPart:
    """What a cart would order of one seller, in the seller's currency."""

    seller: Company
    currency: str
    lines: Sequence[PricedLine]
    minimum: Money
    """0: any amount will do."""

    @property
    def net(self) -> Money:
        return sum((line.net for line in self.lines if line.net), Money(0, self.currency))

    @property
    def tax(self) -> Money:
        return sum((line.tax for line in self.lines if line.tax), Money(0, self.currency))

    @property
    def total(self) -> Money:
        return self.net + self.tax

    @property
    def missing(self) -> Money | None:
        """How much more it takes to reach the seller's order minimum."""
        return self.minimum - self.net if self.net < self.minimum else None


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart as its page shows it, one part for each seller, by their names."""

    pk: int
    version: int
    parts: Sequence[SellersPart] = field(default_factory=tuple)

    @property
    def lines(self) -> Sequence[PricedLine]:
        return [line for part in self.parts for line in part.lines]

    @property
    def can_be_ordered(self) -> bool:
        return (
            bool(self.parts)
            and not any(line.trouble for line in self.lines)
            and not any(part.missing for part in self.parts)
        )


def lines_of(actor: Actor) -> QuerySet[CartLine]:
    """What stands in this person's cart for the company that they act for."""
    mine = CartLine.objects.of_company(actor.company_id)
    return mine.filter(cart__user=actor.user_id, cart__standing=None).select_related("sku")


def read_cart(actor: Actor, company: Company) -> CartView:
    """What this person's cart for the company would order now. Five queries; one where there is no cart."""
    cart = Cart.objects.of_person(actor).first()
    return priced_cart(cart, company) if cart else CartView(0, 0)


def priced_cart(cart: Cart, company: Company) -> CartView:
    """Four queries: the lines, what the buyer sees of them, their prices, the sellers' terms."""
    buyer = buyer_of_company(company)
    rows = _rows(cart)
    seen = offers_seen(buyer, [row.sku_id for row in rows])
    prices = price_lines([Line(row.sku_id, row.quantity) for row in rows], buyer)
    lines = [_line(row, prices.get(Line(row.sku_id, row.quantity)), buyer, row.sku_id in seen) for row in rows]
    terms = _terms({row.sku.company_id for row in rows})
    return CartView(cart.pk, cart.version, _parts(lines, terms))


_LINES = Written(
    """
SELECT {line}, {sku}, {product}, {variant}, {seller}
FROM orders_cartline line
JOIN catalog_sku sku ON sku.id = line.sku_id
JOIN catalog_product product ON product.id = sku.product_id
JOIN catalog_variant variant ON variant.id = sku.variant_id
JOIN accounts_company seller ON seller.id = sku.company_id
WHERE line.cart_id = %(cart)s ORDER BY line.id
""",
    line=CartLine,
    sku=Sku,
    product=Product,
    variant=Variant,
    seller=Company,
)


def _rows(cart: Cart) -> Sequence[CartLine]:
    """Its lines with all that is said of them. One query."""
    rows = []
    for line, sku, product, variant, seller in _LINES.fetch({"cart": cart.pk}):
        sku.product, sku.variant, sku.company = product, variant, seller
        line.cart, line.sku = cart, sku
        rows.append(line)
    return rows


def _line(row: CartLine, priced: Priced | None, buyer: Buyer, is_for_sale: bool) -> PricedLine:
    tax_rate = rate_for(row.sku.company.country, buyer.country)
    trouble = _trouble(row, priced, buyer, is_for_sale)
    return PricedLine(row.pk, row.sku, row.quantity, priced, tax_rate, trouble)


def _trouble(row: CartLine, priced: Priced | None, buyer: Buyer, is_for_sale: bool) -> str:
    if not is_for_sale:
        return _("%(code)s is no longer for sale. Take it out to order the rest.") % {"code": row.sku.code}
    if row.sku.company_id == buyer.company_id:
        return _("%(code)s is your own: a company can’t order of itself.") % {"code": row.sku.code}
    if priced is None:
        return _("%(code)s has no price for you: ask its seller for one.") % {"code": row.sku.code}
    try:
        row.sku.order_rule.require(row.quantity)
    except Denied as denied:
        return denied.message
    return ""


_TERMS = Written("SELECT {terms} FROM catalog_sellerterms terms WHERE company_id = ANY(%(sellers)s)", terms=SellerTerms)


def _terms(seller_ids: Collection[int]) -> Mapping[int, SellerTerms]:
    """An order minimum is for every buyer to read."""
    return {each.company_id: each for (each,) in _TERMS.fetch({"sellers": list(seller_ids)})}


def _parts(lines: Sequence[PricedLine], terms: Mapping[int, SellerTerms]) -> Sequence[SellersPart]:
    """A line without a price stands with its seller all the same."""
    ordered = sorted(lines, key=lambda line: (line.sku.company.name, line.sku.company_id, line.pk))
    grouped = groupby(ordered, key=lambda line: line.sku.company)
    return [_part(seller, list(of_seller), terms.get(seller.pk)) for seller, of_seller in grouped]


def _part(seller: Company, lines: Sequence[PricedLine], terms: SellerTerms | None) -> SellersPart:
    terms = terms or SellerTerms(company=seller)
    currency = next((line.priced.unit_price.currency for line in lines if line.priced), terms.currency)
    minimum = Money(terms.order_minimum_minor if terms.currency == currency else 0, currency)
    return SellersPart(seller, currency, lines, minimum)
