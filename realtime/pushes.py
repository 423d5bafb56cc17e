"""Every push on one screen: event kind -> topic, and for a fragment the query that fills it.

A fragment takes what its query returns, under one name, and nothing else: no request, no actor. It has one root. That
of a state has the id `<thing>-<pk>` and prints data-topic and data-v, the version read with the data or before it; that
of a log's entry has an id of its own, and its frame says its seq.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from backend.analytics.floor import queries as floor
from backend.analytics.floor.models import THE_ONE as THE_FLOOR
from backend.analytics.watch import queries as watch
from backend.catalog.transfer import queries as transfer
from backend.events.kinds import Kind
from backend.events.models import Event
from backend.events.watch.models import THE_ONE as THE_WATCH
from backend.inventory import queries as inventory
from backend.inventory.availability import queries as availability
from backend.inventory.counts import queries as counts
from backend.inventory.limits import queries as limits
from backend.inventory.movements import queries as movements
from backend.negotiation import queries as negotiation
from backend.negotiation.moderation.models import THE_REPORTS
from backend.orders import queries as orders
from backend.orders.amendments import queries as amendments
from backend.orders.disputes.models import THE_DISPUTES
from backend.orders.returns import queries as returns

THE_CATALOGUE = 1
"""There is one catalogue, for everybody: the topic `catalogue:1`."""

THE_NOTICES = 1
"""There is one list of open enquiries, for all verified sellers: the topic `notices:1`."""
EVERYBODY = 0
"""Whose prices everybody sees: the topic `prices:0`."""


class Versioned(Protocol):
    """What a query returns: a screenful that knows which version of its subject it shows."""

    @property
    def version(self) -> int: ...


class Entry(Protocol):
    """One line of a log."""

    @property
    def seq(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Replace:
    """State: the newest version wins, conflated everywhere, a duplicate is harmless."""

    thing: str
    fragment: str
    name: str
    """What the fragment calls what the query returned."""
    query: Callable[[int], Versioned]
    version: Callable[[Event], int | None]
    """The topic's version after the event; None where its watchers see no difference."""

    def due(self, event: Event) -> Iterator["Due"]:
        version = self.version(event)
        if version is not None:
            yield Due(self, event.subject_pk, version, event=event)


@dataclass(frozen=True, slots=True)
class Append:
    """Log: in order, by seq, never conflated. Its version is its last seq."""

    thing: str
    fragment: str
    name: str
    """What the fragment calls one entry."""
    query: Callable[[int, int, int], Sequence[Entry]]
    """(pk, first, last) -> those entries, in order."""
    span: Callable[[Event], tuple[int, int] | None]
    """First and last seq of what the event appended; None where it appended nothing."""

    def due(self, event: Event) -> Iterator["Due"]:
        if span := self.span(event):
            yield Due(self, event.subject_pk, span[1], span[0], event)


@dataclass(frozen=True, slots=True)
class Refresh:
    """A list that depends on its viewer, a filter or a sort: a signal to ask again. Its version is a position."""

    thing: str
    keys: Callable[[Event], Collection[int]]
    """Which lists the event moved rows into or out of, or changed what they are sorted by."""

    def due(self, event: Event) -> Iterator["Due"]:
        for pk in self.keys(event):
            yield Due(self, pk, event.position or 0, event=event)


@dataclass(frozen=True, slots=True)
class Revoke:
    """Access ended: the relay tells the scopes' numbers again, in a lane of its own (revocation.py)."""

    scopes: Callable[[Event], Collection[str]]


@dataclass(frozen=True, slots=True)
class Due:
    """A topic that has a new version to be shown."""

    push: Replace | Append | Refresh
    pk: int
    version: int
    first: int = 0
    """Of a log: the seq of its first new entry."""
    event: Event | None = field(default=None, compare=False)
    """What made it due: the newest, where several did."""

    @property
    def topic(self) -> str:
        return f"{self.push.thing}:{self.pk}"


def _disclosed_version(event: Event) -> int | None:
    version: int | None = event.data["availability_version"]
    return version


def _moved(event: Event) -> tuple[int, int] | None:
    """A change of what is disclosed moves nothing, and where an open order stands appends nothing to the floor."""
    return (event.data["first_seq"], event.data["last_seq"]) if "first_seq" in event.data else None


def _version_if_low(event: Event) -> int | None:
    """How long stock lasts is watched where it runs low, and by whoever sees that it no longer does."""
    return event.version if event.data.get("low") else None


def _logged(event: Event) -> tuple[int, int]:
    """Each event of an order is one entry of its timeline, and each of a room one of its stream."""
    return (event.data["seq"], event.data["seq"])


def _last_moved(event: Event) -> int | None:
    moved = _moved(event)
    return moved[1] if moved else None


def _version_if_moved(event: Event) -> int | None:
    return event.version if _moved(event) else None


def _if_rows_moved(event: Event) -> Collection[int]:
    """Most changes of stock move no row into or out of a filtered list; to tell of those would tell of all."""
    return (THE_CATALOGUE,) if event.data.get("moves_rows") else ()


def _whose_prices(event: Event) -> Collection[int]:
    """Those whose prices, or whose offers, changed; 0 stands for everybody."""
    return (*event.data["companies"], *((EVERYBODY,) if event.data["everybody"] else ()))


STOCK = Replace("stock", "inventory/_availability.html", "stock", availability.availability, _disclosed_version)
STOCK_LEVEL = Replace(
    "stock_level", "inventory/_stock.html", "stock", inventory.stock_level, lambda event: event.version
)
STOCK_MOVES = Append("stock_moves", "inventory/_movement.html", "each", movements.moves_between, _moved)
STOCK_HISTORY = Replace("stock_history", "inventory/_history.html", "history", movements.stock_history, _last_moved)
CATALOGUE = Refresh("catalogue", _if_rows_moved)
LISTING = Refresh("catalogue", lambda _event: (THE_CATALOGUE,))
STOCK_GRID = Refresh("stock_grid", lambda event: () if event.company_id is None else (event.company_id,))
WAREHOUSES = Refresh("warehouses", lambda event: () if event.company_id is None else (event.company_id,))
STOCK_COVER = Replace("stock_cover", "inventory/_cover.html", "cover", limits.stock_cover, _version_if_low)
LOW_STOCK = Refresh("low_stock", lambda event: (event.data["company"],))
TRANSFERS = Refresh("transfers", lambda event: () if event.company_id is None else (event.company_id,))
COUNTS = Refresh("counts", lambda event: () if event.company_id is None else (event.company_id,))
COUNT_SHEET = Refresh("count_sheet", lambda event: (event.data["sheet"],))
COUNT_LINE = Replace(
    "count_line", "inventory/_counted_line.html", "count", counts.count_line, lambda event: event.version
)
INCOMING = Refresh("incoming", lambda event: () if event.company_id is None else (event.company_id,))
LOTS = Refresh("lots", lambda event: (event.data["company"],))
WAREHOUSES_CHANGED = (WAREHOUSES, STOCK_GRID)
STOCK_CHANGED = (STOCK, STOCK_LEVEL, STOCK_MOVES, STOCK_HISTORY, STOCK_COVER, CATALOGUE)
IMPORT = Replace("import", "transfer/_progress.html", "progress", transfer.import_progress, lambda event: event.version)
IMPORTS = Refresh("imports", lambda event: () if event.company_id is None else (event.company_id,))
ORDER = Replace("order", "orders/_status.html", "status", orders.order_status, lambda event: event.version)
ORDER_LINES = Replace("order_lines", "orders/_lines.html", "order", orders.order_lines, lambda event: event.version)
ORDER_LOG = Append("order_log", "orders/_entry.html", "each", orders.entries_between, _logged)
ORDER_DESK = Refresh("order_desk", lambda event: (event.subject_pk,))
ORDERS = Refresh("orders", lambda event: (event.data["seller"], event.data["buyer"]))
ORDER_CHANGE = Replace(
    "order_change", "orders/_change.html", "change", amendments.open_change, lambda event: event.version
)
CREDIT = Refresh("credit", lambda event: (event.data["seller"],))
TERMS_AGREED = Refresh("orders", lambda event: event.data["buyers"])
ORDER_CHANGED = (ORDER, ORDER_LINES, ORDER_LOG, ORDER_DESK, ORDERS, CREDIT)
ORDER_RETURNS = Replace(
    "order_returns", "orders/_returns.html", "returns", returns.order_returns, lambda event: event.version
)
RETURN_MOVED = (*ORDER_CHANGED, ORDER_RETURNS)
DISPUTES = Refresh("disputes", lambda _event: (THE_DISPUTES,))
DISPUTE_MOVED = (*ORDER_CHANGED, DISPUTES)
CHANGE_ANSWERED = (*ORDER_CHANGED, ORDER_CHANGE)
REQUISITION = Refresh("requisition", lambda event: (event.subject_pk,))
REQUISITIONS = Refresh("requisitions", lambda event: (event.data["buyer"],))
PART_NUMBERS = Refresh("part_numbers", lambda event: (event.subject_pk,))
BUYING_RULES = Refresh("requisitions", lambda event: (event.subject_pk,))
REQUISITION_CHANGED = (REQUISITION, REQUISITIONS)
FLOOR = Append("floor", "floor/_entry.html", "each", floor.floor_entries_between, _moved)
FLOOR_FIGURES = Replace(
    "floor_figures", "floor/_figures.html", "figures", floor.floor_figures, lambda event: event.version
)
FLOOR_LIST = Refresh("floor_list", lambda _event: (THE_FLOOR,))
STANDING = Refresh("standing", lambda event: (event.data["company"],))
ROOM = Replace("room", "negotiation/_status.html", "status", negotiation.room_status, lambda event: event.version)
ROOM_LOG = Append("room_log", "negotiation/_entry.html", "each", negotiation.entries_between, _logged)
ROOM_DESK = Refresh("room_desk", lambda event: (event.subject_pk,))
ROOMS = Refresh("rooms", lambda event: (event.data["seller"], event.data["buyer"]))
ENQUIRY = Refresh("enquiry", lambda event: (event.data["enquiry"],))
NOTICES = Refresh("notices", lambda event: (THE_NOTICES,) if event.data["public"] else ())
NOTICE_PASSED = Refresh("rooms", lambda event: (event.data["seller"],))
ROOM_HIDDEN = Refresh("room_hidden", lambda event: (event.subject_pk,))
WATCH = Refresh("watch", lambda _event: (THE_WATCH,))
ALARMS = Replace("alarms", "watch/_alarms.html", "alarms", watch.alarms, lambda event: event.version)
REPORTS = Refresh("reports", lambda _event: (THE_REPORTS,))
HELD_OFFERS = Refresh("held_offers", lambda event: (event.data["seller"],))
ROOM_HELD = Refresh("room_held", lambda event: (event.data["room"],))
ROOMS_OF_SELLER = Refresh("rooms", lambda event: (event.data["seller"],))
PRICE_FLOORS = Refresh("price_floors", lambda event: (event.subject_pk,))
ANSWER_RULES = Refresh("answer_rules", lambda event: (event.subject_pk,))
ANSWERS = Refresh("answer_rules", lambda event: (event.data["seller"],))
REPLIES = Refresh("replies", lambda event: (event.subject_pk,))
OFFER_HELD = (HELD_OFFERS, ROOM_HELD, ROOMS_OF_SELLER)
ROOM_SAID = (ROOM, ROOM_LOG, ROOMS)
ROOM_RANK = Refresh("room_rank", lambda event: event.data["rooms"])
ROOM_MOVED = (*ROOM_SAID, ROOM_DESK, ENQUIRY, HELD_OFFERS)
ENQUIRY_TURNED = (ENQUIRY, NOTICES)
MEMBERS = Refresh("members", lambda event: (event.subject_pk,))
ADDRESSES = Refresh("addresses", lambda event: (event.subject_pk,))
MEMBERSHIPS_ENDED = Revoke(lambda event: [f"membership:{pk}" for pk in event.data["memberships"]])
PERSON_VOIDED = Revoke(lambda event: (event.subject,))
PRICES = Refresh("prices", _whose_prices)
BASE_PRICES = Refresh("prices", lambda _event: (EVERYBODY,))
ROWS_SEEN = Refresh("catalogue", lambda event: (THE_CATALOGUE,) if event.data["everybody"] else ())
OFFERS_HIDDEN = Revoke(lambda event: (f"offers:{event.data['seller']}",))
PRODUCT = Refresh("product", lambda event: (event.subject_pk,))
CHANGES = Refresh("changes", lambda event: () if event.company_id is None else (event.company_id,))
UNLISTED = Revoke(lambda event: (event.subject,) if event.data.get("unlisted") else ())
MEMBERSHIP_ENDED = Revoke(lambda event: (f"membership:{event.data['membership']}",))

PUSHES: Mapping[Kind, tuple[Replace | Append | Refresh | Revoke, ...]] = {
    Kind.INVENTORY_STOCK_ADJUSTED: STOCK_CHANGED,
    Kind.INVENTORY_STOCK_RECEIVED: STOCK_CHANGED,
    Kind.INVENTORY_STOCK_SOLD: STOCK_CHANGED,
    Kind.INVENTORY_STOCK_RETURNED: STOCK_CHANGED,
    Kind.INVENTORY_STOCK_PROMISED: STOCK_CHANGED,
    Kind.INVENTORY_STOCK_RELEASED: STOCK_CHANGED,
    Kind.INVENTORY_STOCK_PACKED: STOCK_CHANGED,
    Kind.INVENTORY_DISCLOSURE_CHANGED: STOCK_CHANGED,
    Kind.INVENTORY_LIMITS_CHANGED: STOCK_CHANGED,
    Kind.INVENTORY_INCOMING_CHANGED: STOCK_CHANGED,
    Kind.INVENTORY_INCOMING_LISTED: (INCOMING,),
    Kind.INVENTORY_STOCK_TRANSFERRED: STOCK_CHANGED,
    Kind.INVENTORY_TRANSFER_REQUESTED: (TRANSFERS,),
    Kind.INVENTORY_TRANSFER_SENT: (TRANSFERS,),
    Kind.INVENTORY_TRANSFER_RECEIVED: (TRANSFERS,),
    Kind.INVENTORY_TRANSFER_CANCELLED: (TRANSFERS,),
    Kind.INVENTORY_COUNT_BEGUN: (COUNTS,),
    Kind.INVENTORY_COUNT_ENTERED: (COUNT_LINE, COUNT_SHEET),
    Kind.INVENTORY_COUNT_POSTED: (COUNTS, COUNT_SHEET),
    Kind.INVENTORY_COUNT_ABANDONED: (COUNTS, COUNT_SHEET),
    Kind.INVENTORY_STOCK_RAN_LOW: (LOW_STOCK,),
    Kind.INVENTORY_STOCK_RECOVERED: (LOW_STOCK,),
    Kind.INVENTORY_LOW_MARK_CHANGED: (LOW_STOCK,),
    Kind.INVENTORY_LOTS_MOVED: (LOTS,),
    Kind.INVENTORY_LOTS_BEGUN: STOCK_CHANGED,
    Kind.INVENTORY_LOTS_ENDED: STOCK_CHANGED,
    Kind.INVENTORY_LOTS_EXPIRED: STOCK_CHANGED,
    Kind.INVENTORY_WAREHOUSE_OPENED: WAREHOUSES_CHANGED,
    Kind.INVENTORY_WAREHOUSE_EDITED: WAREHOUSES_CHANGED,
    Kind.INVENTORY_WAREHOUSE_CLOSED: WAREHOUSES_CHANGED,
    Kind.ORDERS_ORDER_PLACED: ORDER_CHANGED,
    Kind.ORDERS_ORDER_ACCEPTED: ORDER_CHANGED,
    Kind.ORDERS_ORDER_DECLINED: ORDER_CHANGED,
    Kind.ORDERS_ORDER_EXPIRED: ORDER_CHANGED,
    Kind.ORDERS_ORDER_CANCELLED: ORDER_CHANGED,
    Kind.ORDERS_ORDER_COMPLETED: ORDER_CHANGED,
    Kind.ORDERS_ORDER_CLOSED: ORDER_CHANGED,
    Kind.ORDERS_LINES_CANCELLED: ORDER_CHANGED,
    Kind.ORDERS_CANCELLATION_REQUESTED: CHANGE_ANSWERED,
    Kind.ORDERS_CANCELLATION_AGREED: CHANGE_ANSWERED,
    Kind.ORDERS_CANCELLATION_REFUSED: CHANGE_ANSWERED,
    Kind.ORDERS_CANCELLATION_WITHDRAWN: CHANGE_ANSWERED,
    Kind.ORDERS_CANCELLATION_EXPIRED: CHANGE_ANSWERED,
    Kind.ORDERS_AMENDMENT_PROPOSED: CHANGE_ANSWERED,
    Kind.ORDERS_AMENDMENT_ACCEPTED: CHANGE_ANSWERED,
    Kind.ORDERS_AMENDMENT_DECLINED: CHANGE_ANSWERED,
    Kind.ORDERS_AMENDMENT_WITHDRAWN: CHANGE_ANSWERED,
    Kind.ORDERS_AMENDMENT_EXPIRED: CHANGE_ANSWERED,
    Kind.ORDERS_RETURN_REQUESTED: RETURN_MOVED,
    Kind.ORDERS_RETURN_APPROVED: RETURN_MOVED,
    Kind.ORDERS_RETURN_UNANSWERED: RETURN_MOVED,
    Kind.ORDERS_RETURN_REJECTED: RETURN_MOVED,
    Kind.ORDERS_RETURN_WITHDRAWN: RETURN_MOVED,
    Kind.ORDERS_RETURN_SENT: RETURN_MOVED,
    Kind.ORDERS_RETURN_PARTLY_RECEIVED: RETURN_MOVED,
    Kind.ORDERS_RETURN_RECEIVED: RETURN_MOVED,
    Kind.ORDERS_RETURN_CLOSED_SHORT: RETURN_MOVED,
    Kind.ORDERS_RETURN_INSPECTED: RETURN_MOVED,
    Kind.ORDERS_RETURN_RESOLVED: RETURN_MOVED,
    Kind.ORDERS_RETURN_OVERDUE: RETURN_MOVED,
    Kind.ORDERS_RETURN_LAPSED: RETURN_MOVED,
    Kind.ORDERS_DOCUMENT_ADDED: ORDER_CHANGED,
    Kind.ORDERS_GOODS_PACKED: ORDER_CHANGED,
    Kind.ORDERS_GOODS_UNPACKED: ORDER_CHANGED,
    Kind.ORDERS_GOODS_DISPATCHED: ORDER_CHANGED,
    Kind.ORDERS_GOODS_TRACKED: ORDER_CHANGED,
    Kind.ORDERS_GOODS_DELIVERED: ORDER_CHANGED,
    Kind.ORDERS_RECEIPT_CONFIRMED: ORDER_CHANGED,
    Kind.ORDERS_DISPUTE_OPENED: DISPUTE_MOVED,
    Kind.ORDERS_DISPUTE_SAID: DISPUTE_MOVED,
    Kind.ORDERS_DISPUTE_EVIDENCE: DISPUTE_MOVED,
    Kind.ORDERS_DISPUTE_WITHDRAWN: DISPUTE_MOVED,
    Kind.ORDERS_DISPUTE_ESCALATED: DISPUTE_MOVED,
    Kind.ORDERS_DISPUTE_DECIDED: DISPUTE_MOVED,
    Kind.ORDERS_GOODS_LOST: ORDER_CHANGED,
    Kind.ORDERS_GOODS_CAME_BACK: ORDER_CHANGED,
    Kind.ORDERS_REQUISITION_ASKED: REQUISITION_CHANGED,
    Kind.ORDERS_REQUISITION_APPROVED: REQUISITION_CHANGED,
    Kind.ORDERS_REQUISITION_REJECTED: REQUISITION_CHANGED,
    Kind.ORDERS_REQUISITION_WITHDRAWN: REQUISITION_CHANGED,
    Kind.ORDERS_REQUISITION_EXPIRED: REQUISITION_CHANGED,
    Kind.ORDERS_BUYING_RULES_CHANGED: (BUYING_RULES,),
    Kind.ORDERS_PART_NUMBERS_CHANGED: (PART_NUMBERS,),
    Kind.ORDERS_GOODS_EXPIRED: ORDER_CHANGED,
    Kind.ORDERS_GOODS_PROMISED_ANEW: ORDER_CHANGED,
    Kind.ORDERS_OWED_CHANGED: ORDER_CHANGED,
    Kind.ORDERS_STANDING_SET_UP: (STANDING,),
    Kind.ORDERS_STANDING_CHANGED: (STANDING,),
    Kind.ORDERS_STANDING_RAN: (STANDING,),
    Kind.ORDERS_ORDER_PAID: ORDER_CHANGED,
    Kind.ORDERS_MORE_TO_PAY: ORDER_CHANGED,
    Kind.ORDERS_CREDIT_CHANGED: (CREDIT, TERMS_AGREED),
    Kind.NEGOTIATION_ROOM_OPENED: (*ROOM_SAID, ENQUIRY),
    Kind.NEGOTIATION_ENQUIRY_TAKEN_BACK: ROOM_MOVED,
    Kind.NEGOTIATION_MESSAGE_SENT: ROOM_SAID,
    Kind.NEGOTIATION_OFFER_MADE: ROOM_MOVED,
    Kind.NEGOTIATION_OFFER_WITHDRAWN: ROOM_MOVED,
    Kind.NEGOTIATION_OFFER_EXPIRED: ROOM_MOVED,
    Kind.NEGOTIATION_OFFER_ACCEPTED: ROOM_MOVED,
    Kind.NEGOTIATION_ROOM_DECLINED: ROOM_MOVED,
    Kind.NEGOTIATION_ROOM_SUSPENDED: (*ROOM_MOVED, REPORTS),
    Kind.NEGOTIATION_ROOM_RESUMED: (*ROOM_MOVED, REPORTS),
    Kind.NEGOTIATION_MESSAGE_HIDDEN: (ROOM_HIDDEN,),
    Kind.NEGOTIATION_REPORT_MADE: (REPORTS,),
    Kind.NEGOTIATION_REPORT_DECIDED: (REPORTS,),
    Kind.NEGOTIATION_ROOM_NOT_CHOSEN: ROOM_MOVED,
    Kind.NEGOTIATION_OFFER_UNSEALED: ROOM_MOVED,
    Kind.NEGOTIATION_TIME_PROLONGED: ROOM_MOVED,
    Kind.NEGOTIATION_ENQUIRY_PUBLISHED: ENQUIRY_TURNED,
    Kind.NEGOTIATION_ENQUIRY_PROLONGED: ENQUIRY_TURNED,
    Kind.NEGOTIATION_ENQUIRY_CLOSED: ENQUIRY_TURNED,
    Kind.NEGOTIATION_ENQUIRY_AWARDED: ENQUIRY_TURNED,
    Kind.NEGOTIATION_ENQUIRY_ENDED: ENQUIRY_TURNED,
    Kind.NEGOTIATION_STANDINGS_MOVED: (ROOM_RANK,),
    Kind.NEGOTIATION_ENQUIRY_PASSED: (NOTICE_PASSED,),
    Kind.NEGOTIATION_FLOORS_CHANGED: (PRICE_FLOORS,),
    Kind.NEGOTIATION_REPLIES_CHANGED: (REPLIES,),
    Kind.NEGOTIATION_ANSWER_RULES_CHANGED: (ANSWER_RULES,),
    Kind.NEGOTIATION_ANSWERED_BY_ITSELF: (ANSWERS, ROOM_HELD),
    Kind.NEGOTIATION_OFFER_HELD: OFFER_HELD,
    Kind.NEGOTIATION_HELD_OFFER_APPROVED: OFFER_HELD,
    Kind.NEGOTIATION_HELD_OFFER_RETURNED: OFFER_HELD,
    Kind.NEGOTIATION_HELD_OFFER_WITHDRAWN: OFFER_HELD,
    Kind.CATALOG_COSTS_CHANGED: (PRICE_FLOORS,),
    Kind.CATALOG_PRODUCT_CREATED: (STOCK_GRID,),
    Kind.CATALOG_PRODUCT_EDITED: (CATALOGUE, STOCK_GRID, BASE_PRICES, PRODUCT, CHANGES),
    Kind.CATALOG_PRODUCT_PUBLISHED: (LISTING, STOCK_GRID),
    Kind.CATALOG_PRODUCT_PAUSED: (LISTING, STOCK_GRID, Revoke(lambda event: (event.subject,))),
    Kind.CATALOG_PRODUCTS_IMPORTED: (IMPORT, CATALOGUE, STOCK_GRID, BASE_PRICES),
    Kind.CATALOG_IMPORT_MOVED: (IMPORT,),
    Kind.CATALOG_IMPORT_TURNED: (IMPORT, IMPORTS),
    Kind.ACCOUNTS_MEMBER_ADDED: (MEMBERS,),
    Kind.ACCOUNTS_MEMBER_REMOVED: (MEMBERS, MEMBERSHIP_ENDED),
    Kind.ACCOUNTS_ROLE_CHANGED: (MEMBERS, MEMBERSHIP_ENDED),
    Kind.ACCOUNTS_PERSON_INVITED: (MEMBERS,),
    Kind.ACCOUNTS_INVITATION_SENT_AGAIN: (MEMBERS,),
    Kind.ACCOUNTS_INVITATION_WITHDRAWN: (MEMBERS,),
    Kind.ACCOUNTS_INVITATION_ACCEPTED: (MEMBERS,),
    Kind.ACCOUNTS_CUSTOM_ROLE_MADE: (MEMBERS,),
    Kind.ACCOUNTS_CUSTOM_ROLE_EDITED: (MEMBERS, MEMBERSHIPS_ENDED),
    Kind.ACCOUNTS_CUSTOM_ROLE_RETIRED: (MEMBERS,),
    Kind.ACCOUNTS_SECOND_STEP_REQUIRED: (MEMBERS, MEMBERSHIPS_ENDED),
    Kind.ACCOUNTS_SECOND_STEP_WAIVED: (MEMBERS,),
    Kind.ACCOUNTS_SECOND_STEP_REMOVED: (PERSON_VOIDED,),
    Kind.ACCOUNTS_SECOND_STEP_RESET: (PERSON_VOIDED,),
    Kind.ACCOUNTS_DEVICES_SIGNED_OUT: (PERSON_VOIDED,),
    Kind.ACCOUNTS_ADDRESS_KEPT: (ADDRESSES,),
    Kind.ACCOUNTS_ADDRESS_REMOVED: (ADDRESSES,),
    Kind.CATALOG_PRICES_CHANGED: (BASE_PRICES,),
    Kind.CATALOG_CATEGORY_CHANGED: (LISTING,),
    Kind.CATALOG_CURRENCY_CHANGED: (BASE_PRICES,),
    Kind.CATALOG_PRICE_LIST_CHANGED: (PRICES,),
    Kind.CATALOG_PRICE_LIST_BEGAN: (PRICES,),
    Kind.CATALOG_PRICE_LIST_ENDED: (PRICES,),
    Kind.CATALOG_GROUP_CHANGED: (PRICES, OFFERS_HIDDEN),
    Kind.CATALOG_ASSORTMENT_CHANGED: (PRICES, ROWS_SEEN, OFFERS_HIDDEN),
    Kind.CATALOG_TERRITORY_CHANGED: (PRICES, ROWS_SEEN, OFFERS_HIDDEN),
    Kind.CATALOG_PRICE_LOGIN_CHANGED: (PRICES,),
    Kind.CATALOG_PRODUCT_ARCHIVED: (LISTING, STOCK_GRID, CHANGES, Revoke(lambda event: (event.subject,))),
    Kind.CATALOG_OFFER_CREATED: (LISTING, STOCK_GRID, PRODUCT),
    Kind.CATALOG_OFFER_EDITED: (CATALOGUE, STOCK_GRID, PRODUCT, UNLISTED),
    Kind.CATALOG_CHANGE_PROPOSED: (CHANGES,),
    Kind.CATALOG_CHANGE_APPROVED: (CHANGES,),
    Kind.CATALOG_CHANGE_REJECTED: (CHANGES,),
    Kind.CATALOG_CHANGE_WITHDRAWN: (CHANGES,),
    Kind.CATALOG_CHANGE_CONFLICTED: (CHANGES,),
    Kind.ACCOUNTS_API_TOKEN_REVOKED: (Revoke(lambda event: (f"token:{event.data['api_token']}",)),),
    Kind.ACCOUNTS_GRANTS_VOIDED: (PERSON_VOIDED,),
    Kind.ANALYTICS_FLOOR_MOVED: (FLOOR, FLOOR_FIGURES, FLOOR_LIST),
    Kind.EVENTS_WATCH_MOVED: (WATCH, ALARMS),
    Kind.ACCOUNTS_COMPANY_RENAMED: (MEMBERS, CATALOGUE),
    **dict.fromkeys((Kind.ACCOUNTS_NAME_ASKED, Kind.ACCOUNTS_NAME_REFUSED, Kind.ACCOUNTS_NAME_WITHDRAWN), (MEMBERS,)),
    Kind.MARKET_LOADED: (LISTING,),
}

SILENT = frozenset(
    {
        Kind.CATALOG_SYNONYMS_CHANGED,
        Kind.CATALOG_TERMS_CHANGED,
        Kind.ACCOUNTS_COMPANY_REGISTERED,
        Kind.ACCOUNTS_COMPANY_APPROVED,
        Kind.ACCOUNTS_SECOND_STEP_ADDED,
        Kind.ACCOUNTS_API_TOKEN_CREATED,
        Kind.CATALOG_PRICE_LIST_CREATED,
        Kind.ANALYTICS_EVIDENCE_OPENED,
        Kind.NEGOTIATION_COMPANY_BLOCKED,
        Kind.NEGOTIATION_COMPANY_UNBLOCKED,
    }
)
"""Nobody's page shows what these change, or it shows it at the next visit."""


def due_for(event: Event) -> list[Due]:
    """What an event makes due. Raises whatever an event that makes no sense makes it raise."""
    pushes = PUSHES.get(Kind(event.kind), ())
    return [due for push in pushes if not isinstance(push, Revoke) for due in push.due(event)]
