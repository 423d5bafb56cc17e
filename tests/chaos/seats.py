"""Who looks at which page."""

from collections.abc import Sequence

from django.urls import reverse

from tests.chaos.market import Market
from tests.chaos.visitor import Seat, Visitor

BUYER, SELLER = "bea in the room", "sally in the room"


def seats(market: Market) -> Sequence[Seat]:
    """Who looks at what: every kind of page that is live, by everyone whom it is for."""
    cast, cookies = market.cast, market.cookies
    mug, plate = (market.skus[n] for n in (0, 1))
    room = market.haggle.room.pk
    product = reverse("product", args=[mug.product_id, mug.product.slug])
    grid, catalogue = reverse("stock_grid", args=[cast.northfield.slug]), reverse("catalogue")

    def seat(name: str, path: str, lang: str = "en", called: str = "") -> Seat:
        return Seat(called or name, path, market.person(name).pk, cookies[name], lang)

    return [
        Seat("somebody", catalogue),
        Seat("whoever", f"{catalogue}?in_stock=1"),
        Seat("anybody", product, lang="ar"),
        seat("carl", catalogue, "ar"),
        seat("bea", product),
        seat("nora", grid),
        seat("rita", grid, "ar"),
        seat("wes", reverse("sku_stock", args=[cast.northfield.slug, mug.pk])),
        seat("max", reverse("sku_stock", args=[cast.northfield.slug, plate.pk])),
        seat("bea", reverse("room", args=[cast.cornershop.slug, room]), called=BUYER),
        seat("sally", reverse("room", args=[cast.northfield.slug, room]), "ar", called=SELLER),
    ]


def in_room(visitor: Visitor) -> bool:
    """Whether this page is that of the room where it is haggled."""
    return visitor.seat.name in (BUYER, SELLER)
