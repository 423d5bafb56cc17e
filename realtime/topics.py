"""Every topic on one screen: its name, which policy opens it, and the access scopes that close it again.

A topic `<thing>:<pk>` is one subject as one audience may see it: everything in its fragments may be seen by everyone
whom its policy lets in.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.models import ApiToken, Company, Membership
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.analytics.floor.models import THE_ONE as THE_FLOOR
from backend.analytics.floor.policies import can_watch_floor
from backend.catalog.policies import can_edit_prices
from backend.catalog.pricing import offers_seen_by, products_seen_by
from backend.catalog.queries import product_and_seller_of, sellers_of
from backend.catalog.transfer.models import Import
from backend.catalog.transfer.policies import can_import_products, can_run_import
from backend.core.row_security import across_companies, acting_for
from backend.events.watch.models import THE_ONE as THE_WATCH
from backend.inventory.models import CountLine, CountSheet
from backend.negotiation.models import Enquiry, Room
from backend.negotiation.moderation.models import THE_REPORTS
from backend.negotiation.moderation.policies import can_moderate
from backend.negotiation.notices.policies import can_look_through_notices
from backend.orders.disputes.models import THE_DISPUTES
from backend.orders.disputes.policies import can_decide_disputes
from backend.orders.models import Order, Requisition
from backend.orders.policies import can_see_orders
from backend.orders.queries import trading_in
from backend.orders.requisitions.policies import can_see_requisitions
from realtime.pushes import EVERYBODY, THE_CATALOGUE, THE_NOTICES

T = TypeVar("T")
Scopes = tuple[str, ...]
Ask = Callable[[Actor, Collection[int]], T]
OPERATORS = "the market's operators see every order"


@dataclass(frozen=True, slots=True)
class TopicKind:
    """Both functions take all subjects of a page at once, and cost the same for one and for many. Kinds that share a
    function are asked together."""

    scopes: Ask[Mapping[int, Scopes]]
    """What each subject hangs on for this actor; decides nothing."""
    opens: Ask[Collection[int]]
    """The policy: which of the subjects this actor may watch, as they stand now."""
    presence: bool = False
    """Its watchers are told who else is here, who types, and who has seen what."""
    typing: bool = False
    """Its watchers are told who types, but not who is here: a row of a grid that itself has presence."""


def _scopes_of_published(actor: Actor, sku_ids: Collection[int]) -> Mapping[int, Scopes]:
    """What somebody sees because of the company that they act for ends with that."""
    acting = of_member(actor) if actor.company_id else ()
    offers = product_and_seller_of(sku_ids)
    return {
        pk: ("public", f"product:{product}", f"offers:{seller}", *acting) for pk, (product, seller) in offers.items()
    }


def _published(actor: Actor, sku_ids: Collection[int]) -> Collection[int]:
    """What a seller discloses of a published product is everybody's, or theirs whom he lets see the offer."""
    return offers_seen_by(actor, sku_ids)


def _scopes_of_prices(actor: Actor, company_ids: Collection[int]) -> Mapping[int, Scopes]:
    return {pk: ("public",) if pk == EVERYBODY else of_member(actor) for pk in company_ids}


def _own_prices(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """That a company's prices changed is known to its own people alone."""
    return {pk for pk in company_ids if pk in (EVERYBODY, actor.company_id)}


def _scopes_of_products(actor: Actor, pks: Collection[int]) -> Mapping[int, Scopes]:
    """Whoever offers it may hide it, and what a company lets somebody see ends with acting for it."""
    acting = of_member(actor) if actor.company_id else ()
    sellers = sellers_of(pks)
    return {
        pk: ("public", f"product:{pk}", *acting, *(f"offers:{seller}" for seller in sorted(sellers.get(pk, ()))))
        for pk in pks
    }


def _published_products(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """What a published product says is everybody's, or theirs who see an offer of it."""
    return products_seen_by(actor, pks)


def _scopes_of_all(_actor: Actor, pks: Collection[int]) -> Mapping[int, Scopes]:
    return dict.fromkeys(pks, ("public",))


def _the_one(_actor: Actor, pks: Collection[int]) -> Collection[int]:
    """There is one catalogue, and it is everybody's."""
    return {pk for pk in pks if pk == THE_CATALOGUE}


def _scopes_of_member(actor: Actor, pks: Collection[int]) -> Mapping[int, Scopes]:
    return dict.fromkeys(pks, of_member(actor))


def of_member(actor: Actor) -> Scopes:
    if actor.token_id is not None:
        return (f"token:{actor.token_id}",)
    return (f"person:{actor.user_id}", f"membership:{actor.membership_id}")


def _own(actor: Actor, sku_ids: Collection[int]) -> Collection[int]:
    """A seller's counters are for their members alone."""
    if actor.company_id is None or not acts_for(actor, actor.company_id, Permission.INVENTORY_VIEW):
        return ()
    return {pk for pk, (_, seller) in product_and_seller_of(sku_ids).items() if seller == actor.company_id}


def _own_grid(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """Who is at a company's stock grid is for those who may open it."""
    return {pk for pk in company_ids if acts_for(actor, pk, Permission.INVENTORY_VIEW)}


def _own_count_sheets(actor: Actor, pks: Collection[int]) -> Collection[int]:
    sheets = CountSheet.objects.of_company(actor.company_id).filter(pk__in=pks).only("company_id")
    return {each.pk for each in sheets if acts_for(actor, each.company_id, Permission.INVENTORY_VIEW)}


def _own_count_lines(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """What is counted is for those who may see the stock."""
    lines = CountLine.objects.of_company(actor.company_id).filter(pk__in=pks).select_related("sheet")
    return {each.pk for each in lines if acts_for(actor, each.sheet.company_id, Permission.INVENTORY_VIEW)}


def _own_imports(actor: Actor, import_ids: Collection[int]) -> Collection[int]:
    """How an import goes is for those who may import."""
    found = Import.objects.of_company(actor.company_id).filter(pk__in=import_ids).select_related("company")
    with acting_for(actor.company_id):
        return {one.pk for one in found if can_run_import(actor, one.company, one)}


def _own_list_of_imports(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """That one of them turned is for those who may import anything."""
    companies = Company.objects.filter(pk__in=[pk for pk in company_ids if pk == actor.company_id])
    return {one.pk for one in companies if can_import_products(actor, one) or can_edit_prices(actor, one)}


def _own_people(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """Who works for a company, and in which role, is known to its own people."""
    return {pk for pk in company_ids if pk == actor.company_id and actor.membership_id is not None}


def _own_changes(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """What a company's people would change of its products is for those who may edit them."""
    return {pk for pk in company_ids if acts_for(actor, pk, Permission.CATALOG_EDIT)}


def _own_orders(actor: Actor, order_ids: Collection[int]) -> Collection[int]:
    """An order is the business of the two companies that trade."""
    with acting_for(actor.company_id):
        return trading_in(actor.company_id, order_ids) if can_see_orders(actor) else ()


def _seen_orders(actor: Actor, order_ids: Collection[int]) -> Collection[int]:
    """What both sides see of an order is seen by the market's operators, too."""
    if not can_watch_floor(actor):
        return _own_orders(actor, order_ids)
    with across_companies(why=OPERATORS):
        every = Order.objects.across_companies(why=OPERATORS)
        return set(every.filter(pk__in=order_ids).values_list("pk", flat=True))


def _the_floor(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """There is one floor, and it is the market's operators'."""
    return {pk for pk in pks if pk == THE_FLOOR} if can_watch_floor(actor) else ()


def _the_watch(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """What has to run is watched by whoever watches the floor."""
    return {pk for pk in pks if pk == THE_WATCH} if can_watch_floor(actor) else ()


def _own_list_of_orders(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    return {pk for pk in company_ids if acts_for(actor, pk, Permission.ORDERS_VIEW)}


def _own_requisitions(actor: Actor, requisition_ids: Collection[int]) -> Collection[int]:
    """What somebody asks to order is the business of their own company: of those who order, approve or rule."""
    with acting_for(actor.company_id):
        found = Requisition.objects.visible_to(actor).filter(pk__in=requisition_ids)
        return set(found.values_list("pk", flat=True))


def _own_credit(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """What a seller is owed is for those of his people who give credit."""
    present = present_actor(actor)
    return {pk for pk in company_ids if acts_for(present, pk, Permission.CREDIT_GIVE)}


def _own_list_of_requisitions(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    return {pk for pk in company_ids if pk == actor.company_id and can_see_requisitions(actor)}


def _own_rooms(actor: Actor, room_ids: Collection[int]) -> Collection[int]:
    """A negotiation is the business of the two companies in it."""
    present = present_actor(actor)
    with acting_for(present.company_id):
        return set(Room.objects.visible_to(present).filter(pk__in=room_ids).values_list("pk", flat=True))


def _own_bids(actor: Actor, room_ids: Collection[int]) -> Collection[int]:
    """Where a seller stands among others is for that seller."""
    present = present_actor(actor)
    with acting_for(present.company_id):
        rooms = Room.objects.visible_to(present).filter(pk__in=room_ids, seller=present.company_id or 0)
        return set(rooms.values_list("pk", flat=True))


def _own_enquiries(actor: Actor, enquiry_ids: Collection[int]) -> Collection[int]:
    """What all sellers together answer is for the buyer who asked."""
    present = present_actor(actor)
    with acting_for(present.company_id):
        return set(Enquiry.objects.visible_to(present).filter(pk__in=enquiry_ids).values_list("pk", flat=True))


def _the_notices(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """There is one list of open enquiries, and it is every verified seller's."""
    wanted = {pk for pk in pks if pk == THE_NOTICES}
    return wanted if wanted and can_look_through_notices(present_actor(actor)) else ()


def _the_reports(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """There is one list of reports, and it is the market's operators'."""
    return {pk for pk in pks if pk == THE_REPORTS} if can_moderate(actor) else ()


def _the_disputes(actor: Actor, pks: Collection[int]) -> Collection[int]:
    """There is one list of disputes, and it is the market's operators'."""
    return {pk for pk in pks if pk == THE_DISPUTES} if can_decide_disputes(actor) else ()


def _rooms_sold_in(actor: Actor, room_ids: Collection[int]) -> Collection[int]:
    """What waits inside the seller's company is for his own people alone."""
    present = present_actor(actor)
    with acting_for(present.company_id):
        rooms = Room.objects.visible_to(present).filter(pk__in=room_ids, seller=present.company_id or 0)
        return set(rooms.values_list("pk", flat=True))


def _own_replies(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """What is said for a seller again and again is for those of his people who negotiate."""
    present = present_actor(actor)
    return {pk for pk in company_ids if acts_for(present, pk, Permission.NEGOTIATION_TALK)}


def _own_floors(actor: Actor, company_ids: Collection[int]) -> Collection[int]:
    """What a seller takes at the least is for those of his people who say so."""
    present = present_actor(actor)
    return {pk for pk in company_ids if acts_for(present, pk, Permission.NEGOTIATION_FLOOR)}


def present_actor(actor: Actor) -> Actor:
    """The actor as they stand now: a membership, or a token, may have ended since the request began. One query."""
    if actor.company_id is None:
        return actor
    if actor.token_id is not None:
        with acting_for(actor.company_id):
            token = ApiToken.objects.of_company(actor.company_id).live().filter(pk=actor.token_id).first()
        return token.as_actor() if token else ANONYMOUS
    found = Membership.objects.of_actor(actor).acting().first()
    return found.as_actor() if found else ANONYMOUS


TOPICS: Mapping[str, TopicKind] = {
    # What the seller discloses to buyers: inventory.availability.queries.AvailabilityView.
    "stock": TopicKind(_scopes_of_published, _published),
    # Every counter, for the seller: inventory.queries.StockLevelView.
    "stock_level": TopicKind(_scopes_of_member, _own, typing=True),
    # Its movements, a log: inventory.movements.queries.MoveView.
    "stock_moves": TopicKind(_scopes_of_member, _own),
    # The picture above them: inventory.movements.queries.HistoryView.
    "stock_history": TopicKind(_scopes_of_member, _own),
    # Which products and SKUs the public catalogue lists, and in which order.
    "catalogue": TopicKind(_scopes_of_all, _the_one),
    # How far an import has come: catalog.transfer.queries.ImportView.
    "import": TopicKind(_scopes_of_member, _own_imports),
    # Which imports a company has made, and where each stands.
    "imports": TopicKind(_scopes_of_member, _own_list_of_imports),
    # Which prices a company has and which offers it sees; 0: those that everybody has and sees.
    "prices": TopicKind(_scopes_of_prices, _own_prices),
    # What a published product's page says, and who offers it.
    "product": TopicKind(_scopes_of_products, _published_products),
    # The changes that a company's people propose to its published products, and what became of them.
    "changes": TopicKind(_scopes_of_member, _own_changes),
    # Which SKUs a company's stock grid lists, and who looks at it.
    "stock_grid": TopicKind(_scopes_of_member, _own_grid, presence=True),
    # How long a SKU will last, where it runs low: inventory.limits.queries.CoverView.
    "stock_cover": TopicKind(_scopes_of_member, _own),
    # Which SKUs of a company run low.
    "low_stock": TopicKind(_scopes_of_member, _own_grid),
    # Which transfers between its warehouses a company has, and where each stands.
    "transfers": TopicKind(_scopes_of_member, _own_grid),
    # Which goods a company expects, and when.
    "incoming": TopicKind(_scopes_of_member, _own_grid),
    # Which of its lots run out, and when.
    "lots": TopicKind(_scopes_of_member, _own_grid),
    # Which counts a company has begun, and where each stands.
    "counts": TopicKind(_scopes_of_member, _own_grid),
    # How far a count has come.
    "count_sheet": TopicKind(_scopes_of_member, _own_count_sheets),
    # What was counted of one line: inventory.counts.queries.CountLineView.
    "count_line": TopicKind(_scopes_of_member, _own_count_lines),
    # Which warehouses a company has, and what they are called.
    "warehouses": TopicKind(_scopes_of_member, _own_grid),
    # Where an order stands: orders.queries.StatusView.
    "order": TopicKind(_scopes_of_member, _seen_orders),
    # What was ordered and what became of it: orders.queries.LinesView.
    "order_lines": TopicKind(_scopes_of_member, _seen_orders),
    # What one side proposes to change of it: orders.amendments.queries.OpenChange.
    "order_change": TopicKind(_scopes_of_member, _own_orders),
    # What comes back of it: orders.returns.queries.ReturnsView.
    "order_returns": TopicKind(_scopes_of_member, _seen_orders),
    # Its timeline, a log: orders.queries.EntryView.
    "order_log": TopicKind(_scopes_of_member, _seen_orders),
    # What may be done with it: each side sees what its own role may.
    "order_desk": TopicKind(_scopes_of_member, _own_orders),
    # Which orders a company has placed or received.
    "orders": TopicKind(_scopes_of_member, _own_list_of_orders),
    # What somebody asks to order and others have to approve: each sees what they may do with it.
    "requisition": TopicKind(_scopes_of_member, _own_requisitions),
    # What customers owe a seller, and what they may.
    "credit": TopicKind(_scopes_of_member, _own_credit),
    # Which requests wait in a company that buys, for whom, and by which rules.
    "requisitions": TopicKind(_scopes_of_member, _own_list_of_requisitions),
    # Everybody's transactions, a log: analytics.floor.queries.FloorEntryView.
    "floor": TopicKind(_scopes_of_member, _the_floor),
    # And in numbers: analytics.floor.queries.Figures.
    "floor_figures": TopicKind(_scopes_of_member, _the_floor),
    # Which of them a filter shows, and how many a pause holds back.
    "floor_list": TopicKind(_scopes_of_member, _the_floor),
    # Whether what has to run does, and what has drifted.
    "watch": TopicKind(_scopes_of_member, _the_watch),
    # And what of that is wrong, on the floor: analytics.watch.queries.Alarms.
    "alarms": TopicKind(_scopes_of_member, _the_watch),
    # Which standing orders a company has, and what became of their days.
    "standing": TopicKind(_scopes_of_member, _own_list_of_orders),
    # What a company calls its sellers' SKUs.
    "part_numbers": TopicKind(_scopes_of_member, _own_list_of_orders),
    # Where a negotiation stands: negotiation.queries.RoomStatus. Who is in it, and who has read how far.
    "room": TopicKind(_scopes_of_member, _own_rooms, presence=True),
    # What was said and offered in it, a log: negotiation.queries.EntryView.
    "room_log": TopicKind(_scopes_of_member, _own_rooms),
    # What a side may do now.
    "room_desk": TopicKind(_scopes_of_member, _own_rooms),
    # Where a seller stands on an open board: negotiation.bids.queries.Standing.
    "room_rank": TopicKind(_scopes_of_member, _own_bids),
    # Who answers an enquiry, and with which offers, for its buyer.
    "enquiry": TopicKind(_scopes_of_member, _own_enquiries),
    # Which enquiries are open to all verified sellers.
    "notices": TopicKind(_scopes_of_member, _the_notices),
    # Which of what was said in it is hidden.
    "room_hidden": TopicKind(_scopes_of_member, _own_rooms),
    # What was reported in negotiations, and what became of it.
    "reports": TopicKind(_scopes_of_member, _the_reports),
    # Which orders are disputed, and which of them wait for an operator.
    "disputes": TopicKind(_scopes_of_member, _the_disputes),
    # What waits in it for an approval inside the seller's company: his side's alone.
    "room_held": TopicKind(_scopes_of_member, _rooms_sold_in),
    # All that waits so, for those who may approve it.
    "held_offers": TopicKind(_scopes_of_member, _own_floors),
    # What a seller takes at the least, and what his goods cost him.
    "price_floors": TopicKind(_scopes_of_member, _own_floors),
    # What he lets the market answer by itself, and what came of it.
    "answer_rules": TopicKind(_scopes_of_member, _own_floors),
    # What its people say and offer again and again.
    "replies": TopicKind(_scopes_of_member, _own_replies),
    # A company's negotiations, and whose turn it is.
    "rooms": TopicKind(_scopes_of_member, _own_list_of_orders),
    # A company's people, their roles, and who is invited: each sees it as far as their own role goes.
    "members": TopicKind(_scopes_of_member, _own_people),
    # Where a company's goods and bills go.
    "addresses": TopicKind(_scopes_of_member, _own_people),
}


def kind_of(topic: str) -> TopicKind | None:
    """None where this build knows no such topic."""
    return TOPICS.get(topic.partition(":")[0])
