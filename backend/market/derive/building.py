"""The rules put together: from the lines of the till to the catalogue, the stream and the numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.market import files
from backend.market.derive.describing import description_of
from backend.market.derive.ladders import Ladder, price_ladder
from backend.market.derive.naming import buyers_name, common_description, tell_apart
from backend.market.derive.packs import Pack, pack_of, sold_in
from backend.market.derive.ranges import categories, category_of, makers
from backend.market.derive.shelves import Shelf, shelf_of
from backend.market.derive.shops import shops_of
from backend.market.derive.tally import Numbers, RawTally, ladder_numbers, trade_numbers, wholesale_numbers
from backend.market.derive.till import Line
from backend.market.derive.trade import Trade, clean_trade

UNKNOWN_PACK = Pack("each", 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Market:
    """What is written down."""

    catalogue: files.Catalogue
    stream: Sequence[files.StreamLine]
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class Sorted:
    """The till's lines by what they are."""

    wholesale: Sequence[Line]
    returns: Sequence[Line]
    printed: Mapping[str, Sequence[Line]]
    numbers: Numbers


def derive(lines: Iterable[Line]) -> Market:
    """The demo market out of the till's lines."""
    sorted_ = sort_out(lines)
    goods = [line for line in sorted_.wholesale if line.is_goods]
    trade = clean_trade(goods, sorted_.returns)
    ladders = {code: ladder_of(sold) for code, sold in _by_code(sorted_.wholesale).items()}
    catalogue = _catalogue(sorted_.printed, trade, ladders)
    numbers = {
        **sorted_.numbers,
        **wholesale_numbers(sorted_.wholesale, sorted_.returns),
        **ladder_numbers(ladders),
        **trade_numbers(trade),
    }
    return Market(catalogue, _stream(trade), numbers)


def sort_out(lines: Iterable[Line]) -> Sorted:
    """One pass over the till: what was sold to the trade and brought back, and every line sold of each product."""
    tally = RawTally()
    wholesale: list[Line] = []
    returns: list[Line] = []
    printed: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        tally.count(line)
        if line.is_goods and line.is_sold_at_a_price:
            printed[line.code].append(line)
        if line.is_wholesale:
            wholesale.append(line)
        elif line.is_return:
            returns.append(line)
    return Sorted(wholesale, returns, printed, tally.numbers())


def ladder_of(sold: Sequence[Line]) -> Ladder:
    return price_ladder([(line.price_minor, line.quantity) for line in sold])


def _catalogue(printed: Mapping[str, Sequence[Line]], trade: Trade, ladders: Mapping[str, Ladder]) -> files.Catalogue:
    names = tell_apart({code: _name(code, lines) for code, lines in printed.items()})
    sold = _by_code(trade.sales)
    products = [_product(code, names[code], sold.get(code, []), ladders.get(code)) for code in sorted(names)]
    return files.Catalogue(
        companies=makers(),
        categories=[files.Category(category.name, category.maker) for category in categories()],
        products=products,
        retailers=[files.Retailer(shop.name, shop.country) for shop in shops_of(trade.in_order()).values()],
    )


def _name(code: str, lines: Sequence[Line]) -> str:
    """What the trade called it; what the web shop called it if the trade never bought it."""
    wholesale = [line.description for line in lines if line.is_wholesale]
    return buyers_name(code, common_description(wholesale or [line.description for line in lines]))


def _product(code: str, name: str, sold: Sequence[Line], ladder: Ladder | None) -> files.Product:
    pack, tiers, shelf = _terms(code, sold, ladder) if sold and ladder else (UNKNOWN_PACK, [], Shelf(0, 0))
    category = category_of(name)
    return files.Product(
        code=code,
        name=name,
        category=category.name,
        description=description_of(code, name, category, pack),
        unit=pack.unit,
        case_pack=pack.case_pack,
        moq=pack.moq,
        increment=pack.increment,
        tiers=tiers,
        opening=shelf.opening,
        weekly=shelf.weekly,
        popularity=len(sold),
    )


def _terms(code: str, sold: Sequence[Line], ladder: Ladder) -> tuple[Pack, list[tuple[int, str]], Shelf]:
    """How a product is packed, priced and stocked, in its units of sale."""
    pack = pack_of([line.quantity for line in sold], ladder)
    in_units = sold_in(pack, ladder)
    return pack, _tiers(in_units), shelf_of(code, sold, pack, in_units.base_minor)


def _tiers(ladder: Ladder) -> list[tuple[int, str]]:
    return [(tier.min_quantity, _plain(tier.price_minor)) for tier in ladder.tiers]


def _stream(trade: Trade) -> list[files.StreamLine]:
    ordered = trade.in_order()
    numbers = {customer: position for position, customer in enumerate(shops_of(ordered), start=1)}
    return [
        files.StreamLine(
            line.at, line.invoice, numbers[line.customer], line.code, line.quantity, Decimal(_plain(line.price_minor))
        )
        for line in ordered
    ]


def _by_code(lines: Iterable[Line]) -> dict[str, list[Line]]:
    grouped: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        grouped[line.code].append(line)
    return dict(grouped)


def _plain(minor: Decimal) -> str:
    """A decimal without an exponent and without trailing zeros: 255, 1.25."""
    return f"{minor.normalize():f}"
