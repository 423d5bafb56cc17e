"""Every URL of the site, with arguments out of the cast: one without known arguments is an error, never skipped."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from backend.accounts.models import Address, ApiToken, Company, CustomRole, Invitation, Naming
from backend.accounts.roles import Role
from backend.catalog.models import Assortment, ChangeSet, CustomerGroup, Import, Media, PriceList, Product, Sku
from backend.inventory.models import CountLine, CountSheet, Incoming, Lot, StockLevel, Transfer, TransferLine, Warehouse
from backend.logistics.models import Parcel, Shipment
from backend.negotiation.keeping import kept
from backend.negotiation.models import (
    AnswerRule,
    Block,
    CannedReply,
    Enquiry,
    EnquiryLine,
    Entry,
    Floor,
    HeldOffer,
    Notice,
    OfferTemplate,
    Room,
)
from backend.orders.models import (
    ApprovalRule,
    Cart,
    CheckoutDocument,
    Deputy,
    Order,
    OrderDispute,
    OrderDocument,
    OrderEntry,
    OrderGroup,
    OrderTemplate,
    PartNumber,
    Requisition,
    StandingOrder,
)
from tests.cast import Cast
from tests.negotiation.haggling import terms

OPERATORS_FILES = ("floor", "companies", "categories", "synonyms", "disputes", "reports")
OF_THE_PLATFORM = frozenset(
    {
        "companies",
        "company_approval",
        "name_confirmation",
        "name_refusal",
        "evidence",
        "floor",
        *(f"{name}_{form}" for name in OPERATORS_FILES for form in ("csv", "xlsx")),
        "watch",
        "live_road",
        "live_letter_seen",
        "categories",
        "edit_category",
        "create_definition",
        "synonyms",
        "synonym_removal",
        "recovery",
        "disputes",
        "create_dispute_decision",
        "reports",
        "report_decision",
        "lift_suspension",
        "second_step_reset",
    }
)
"""What only exists under the platform's own company."""


@dataclass(frozen=True)
class Route:
    """One URL pattern: its name and the arguments that it takes."""

    name: str
    takes: frozenset[str]
    pattern: str

    def path(self, arguments: Mapping[str, object]) -> str:
        missing = self.takes - set(arguments)
        assert not missing, f"{self.pattern}: give {', '.join(sorted(missing))} a value in tests/routes.py"
        return reverse(self.name, kwargs={name: arguments[name] for name in self.takes})

    def __str__(self) -> str:
        return self.name or self.pattern


def every_route() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", frozenset()))


Of = Callable[[Cast], object]


def arguments(cast: Cast, route: Route) -> Mapping[str, object]:
    """What its URL pattern takes, of Northfield's things; some names mean another thing on another route."""
    known = {**COMMON, **OF_PLATFORM} if route.name in OF_THE_PLATFORM else COMMON
    return {name: known[name](cast) for name in route.takes if name in known}


def list_of(company: Company) -> PriceList:
    """A price list of the company's, the same one each time."""
    return PriceList.objects.get_or_create(company=company, name="Trade")[0]


def naming_of(company: Company) -> Naming:
    """A name that the company wants to bear, the same one each time."""
    known = Naming.objects.of_company(company.pk).waiting().first()
    return known or Naming.objects.create(company=company, before=company.name, name="Northfield & Sons")


def group_of(company: Company) -> CustomerGroup:
    return CustomerGroup.objects.get_or_create(company=company, name="Gift shops")[0]


def assortment_of(company: Company) -> Assortment:
    return Assortment.objects.get_or_create(company=company, name="Gifts")[0]


def change_of(product: Product) -> ChangeSet:
    """A change that somebody proposed to a product, the same one each time."""
    fresh = {"company_id": product.company_id, "patch": {"brand": [None, "Northfield"]}, "base_version": 1}
    return ChangeSet.objects.get_or_create(product=product, defaults=fresh)[0]


def media_of(product: Product) -> Media:
    """A document of a product, the same one each time; its file was never there."""
    fresh = {"kind": "document", "content_type": "application/pdf", "size_bytes": 1, "file": "none.pdf"}
    return Media.objects.get_or_create(product=product, sha256="0" * 64, defaults=fresh)[0]


def token_of(company: Company) -> ApiToken:
    """An API token of the company's, the same one each time."""
    fresh = {"name": "ERP", "expires_at": timezone.now() + timedelta(days=30)}
    return ApiToken.objects.get_or_create(company=company, secret_hash=company.slug, defaults=fresh)[0]


def import_of(company: Company) -> Import:
    """A file that the company has sent, the same one each time."""
    fresh = {"actor_id": 0, "filename": "goods.csv", "size_bytes": 1, "format": "csv", "header": ["SKU"]}
    return Import.objects.get_or_create(company=company, stored_as=company.slug, defaults=fresh)[0]


def count_of(warehouse: Warehouse, sku: Sku) -> CountLine:
    """A line of a count of the warehouse, the same one each time, counted once."""
    sheet = CountSheet.objects.get_or_create(company=warehouse.company, warehouse=warehouse, name="Spring")[0]
    fresh = {"counted": 290, "expected": 300, "version": 1, "counted_at": timezone.now()}
    return CountLine.objects.get_or_create(sheet=sheet, sku=sku, defaults=fresh)[0]


def transfer_of(source: Warehouse, sku: Sku) -> Transfer:
    """A transfer out of the warehouse, the same one each time."""
    company, fresh = source.company, {"name": "Annexe", "country": "GB"}
    target = Warehouse.objects.get_or_create(company=company, code="annexe", defaults=fresh)[0]
    found = Transfer.objects.get_or_create(company=company, source=source, target=target)[0]
    TransferLine.objects.get_or_create(transfer=found, sku=sku, defaults={"requested": 12})
    return found


def lot_of(sku: Sku) -> Lot:
    """A lot of the SKU, the same one each time, of which nothing lies anywhere."""
    return Lot.objects.get_or_create(item_id=sku.pk, number="L-2030")[0]


def incoming_of(warehouse: Warehouse, sku: Sku) -> Incoming:
    """A delivery that the warehouse expects, the same one each time."""
    level = StockLevel.objects.get(warehouse=warehouse, item=sku.pk)
    due_on = timezone.now().date() + timedelta(days=14)
    made, is_new = Incoming.objects.get_or_create(level=level, quantity=500, defaults={"due_on": due_on})
    if is_new:
        StockLevel.objects.filter(pk=level.pk).update(incoming=500)
    return made


def order_of(seller: Company, buyer: Company) -> Order:
    """An order between the two, the same one each time, with its first entry."""
    found = Order.objects.filter(seller=seller, buyer=buyer).first()
    if found is None:
        group = OrderGroup.objects.create(company=buyer)
        fresh = {"currency": "GBP", "rounding": "ROUND_HALF_EVEN", "net_minor": 100, "tax_minor": 20, "last_seq": 1}
        due = timezone.now() + timedelta(days=2)
        found = Order.objects.create(group=group, seller=seller, buyer=buyer, accept_by=due, **fresh)
        OrderEntry.objects.create(order=found, seq=1, axis="commercial", step="placed", company=buyer)
    return found


def shipment_of(order: Order) -> Shipment:
    """What was sent of the order, the same each time, in one parcel."""
    house = order.seller.warehouses.order_by("pk")[0]
    shipment, is_new = Shipment.objects.get_or_create(order=order, nth=1, defaults={"warehouse": house})
    if is_new:
        Parcel.objects.create(shipment=shipment, nth=1)
    return shipment


def dispute_of(order: Order) -> OrderDispute:
    """What is held against the order, the same each time."""
    fresh = {"nth": 1, "reason": "damaged", "escalates_at": timezone.now() + timedelta(days=7)}
    return OrderDispute.objects.get_or_create(order=order, defaults=fresh)[0]


def document_of(order: Order) -> OrderDocument:
    """A document of the order, the same one each time; its file was never there."""
    fresh = {"company": order.seller, "kind": "document", "content_type": "application/pdf", "size_bytes": 1}
    return OrderDocument.objects.get_or_create(order=order, sha256="0" * 64, paper="proforma", defaults=fresh)[0]


def waiting_document_of(company: Company) -> CheckoutDocument:
    """What lies in the cart of somebody of the company, the same one each time."""
    person = company.memberships.order_by("pk")[0].user
    cart = Cart.objects.get_or_create(company=company, user=person, standing=None)[0]
    fresh = {"company": company, "kind": "document", "content_type": "application/pdf", "size_bytes": 1}
    return CheckoutDocument.objects.get_or_create(cart=cart, sha256="0" * 64, paper="drawing", defaults=fresh)[0]


def template_of(company: Company) -> OrderTemplate:
    """An order template that the company's people share, the same one each time."""
    maker = company.memberships.order_by("pk")[0].user
    return OrderTemplate.objects.get_or_create(company=company, made_by=maker, name="Weekly", is_shared=True)[0]


def requisition_of(company: Company) -> Requisition:
    """What somebody of the company asks to order, the same one each time."""
    buyer = company.memberships.select_related("user").order_by("pk")[0].user
    fresh = {"buyer": buyer, "expires_at": timezone.now() + timedelta(days=7)}
    return Requisition.objects.filter(company=company).first() or Requisition.objects.create(company=company, **fresh)


def rule_of(company: Company) -> ApprovalRule:
    return ApprovalRule.objects.get_or_create(company=company, from_minor=500_00)[0]


def deputy_of(company: Company) -> Deputy:
    """Somebody who stands in, the same one each time."""
    one, other = (each.user for each in company.memberships.select_related("user").order_by("pk")[:2])
    days = {"starts_on": "2030-01-01", "ends_on": "2030-01-31"}
    return Deputy.objects.get_or_create(company=company, approver=one, deputy=other, defaults=days)[0]


def standing_of(company: Company) -> StandingOrder:
    """A standing order of the company's, the same one each time."""
    template = template_of(company)
    fresh = {"set_up_by": template.made_by, "name": "Weekly", "first_on": "2030-01-01", "next_on": "2030-01-01"}
    return StandingOrder.objects.get_or_create(company=company, template=template, defaults=fresh)[0]


def room_of(buyer: Company, sku: Sku) -> Room:
    """A negotiation of the two about a SKU of the seller's, the same one each time, with its first entry."""
    found = Room.objects.filter(buyer=buyer, seller=sku.company_id).first()
    if found is None:
        until = timezone.now() + timedelta(days=7)
        fresh = {"number": f"E{buyer.pk}"[:12], "title": "Mugs", "currency": "GBP", "closes_at": until}
        enquiry = Enquiry.objects.create(company=buyer, **fresh)
        EnquiryLine.objects.create(enquiry=enquiry, position=1, variant_id=sku.variant_id, quantity=100)
        found = Room.objects.create(enquiry=enquiry, buyer=buyer, seller_id=sku.company_id, currency="GBP", last_seq=1)
        Entry.objects.create(room=found, seq=1, word="asked", side="buyer")
    return found


def notice_of(buyer: Company, sku: Sku) -> Notice:
    """An enquiry that was open to all sellers, the same one each time; by now it is closed."""
    enquiry = room_of(buyer, sku).enquiry
    fresh = {"title": "Mugs", "board": "private", "closes_at": timezone.now() - timedelta(days=1)}
    return Notice.objects.get_or_create(enquiry=enquiry, defaults=fresh)[0]


def block_of(company: Company, other: Company) -> Block:
    """That the one has blocked the other, the same row each time."""
    owner = company.memberships.order_by("pk")[0].user
    return Block.objects.get_or_create(company=company, blocked=other, defaults={"made_by": owner})[0]


def floor_of(company: Company) -> Floor:
    """The least that the company takes of anything, the same one each time."""
    return Floor.objects.get_or_create(company=company, sku=None, category=None, defaults={"min_margin": 1})[0]


def answer_rule_of(company: Company) -> AnswerRule:
    """What the company lets be answered by itself, the same one each time; it rests."""
    fresh = {"max_quantity": 10, "is_on": False}
    return AnswerRule.objects.get_or_create(company=company, name="Small", defaults=fresh)[0]


def reply_of(company: Company) -> CannedReply:
    """What the company's people say again and again, the same one each time."""
    return CannedReply.objects.get_or_create(company=company, title="Hello", defaults={"text": "Dear {buyer}"})[0]


def offer_template_of(company: Company) -> OfferTemplate:
    """Terms that the company's offers begin with, the same ones each time."""
    return OfferTemplate.objects.get_or_create(company=company, title="Trade")[0]


def held_of(buyer: Company, sku: Sku) -> HeldOffer:
    """A yes of the seller's that waits in the room of the two, the same one each time."""
    room = room_of(buyer, sku)
    fresh = {"terms": kept(terms(sku)), "answers": 0}
    known = HeldOffer.objects.filter(room=room).first()
    return known or HeldOffer.objects.create(company_id=room.seller_id, room=room, **fresh)


def invitation_of(company: Company) -> Invitation:
    """An open invitation of the company's, the same one each time."""
    fresh = {"role": Role.READ_ONLY, "expires_at": timezone.now() + timedelta(days=7)}
    return Invitation.objects.get_or_create(company=company, email="pia@people.example", defaults=fresh)[0]


def role_of(company: Company) -> CustomRole:
    """A role of the company's own, the same one each time."""
    return CustomRole.objects.get_or_create(company=company, name="Packer")[0]


def address_of(company: Company) -> Address:
    """An address of the company's book, the same one each time."""
    where = {"recipient": company.name, "street": "1 High Street", "city": "Leeds", "postcode": "LS1", "country": "GB"}
    return Address.objects.get_or_create(company=company, use="delivery", name="Shop in Leeds", defaults=where)[0]


def part_number_of(company: Company, sku: Sku) -> PartNumber:
    """What the company calls a SKU, the same each time."""
    return PartNumber.objects.get_or_create(company=company, sku=sku, defaults={"number": "A-17"})[0]


COMMON: Mapping[str, Of] = {
    "company": lambda cast: cast.northfield.slug,
    "company_id": lambda cast: cast.newcomer.pk,
    "membership_id": lambda cast: cast.rita.memberships.get().pk,
    "product_id": lambda cast: cast.mug.product_id,
    "slug": lambda cast: cast.mug.product.slug,
    "sku_id": lambda cast: cast.mug.pk,
    "warehouse_id": lambda cast: cast.shelf.pk,
    "incoming_id": lambda cast: incoming_of(cast.shelf, cast.mug).pk,
    "lot_id": lambda cast: lot_of(cast.mug).pk,
    "transfer_id": lambda cast: transfer_of(cast.shelf, cast.mug).pk,
    "sheet_id": lambda cast: count_of(cast.shelf, cast.mug).sheet_id,
    "line_id": lambda cast: count_of(cast.shelf, cast.mug).pk,
    "category_id": lambda cast: cast.crockery.pk,
    "list_id": lambda cast: list_of(cast.northfield).pk,
    "group_id": lambda cast: group_of(cast.northfield).pk,
    "assortment_id": lambda cast: assortment_of(cast.northfield).pk,
    "naming_id": lambda cast: naming_of(cast.northfield).pk,
    "media_id": lambda cast: media_of(cast.mug.product).pk,
    "size": lambda _cast: "s",
    "sha256": lambda cast: media_of(cast.mug.product).sha256,
    "change_id": lambda cast: change_of(cast.mug.product).pk,
    "token_id": lambda cast: token_of(cast.northfield).pk,
    "import_id": lambda cast: import_of(cast.northfield).pk,
    "search_id": lambda _cast: 1,
    "order_id": lambda cast: order_of(cast.northfield, cast.cornershop).pk,
    "dispute_id": lambda cast: dispute_of(order_of(cast.northfield, cast.cornershop)).pk,
    "document_id": lambda cast: document_of(order_of(cast.northfield, cast.cornershop)).pk,
    "waiting_id": lambda cast: waiting_document_of(cast.northfield).pk,
    "template_id": lambda cast: template_of(cast.northfield).pk,
    "standing_id": lambda cast: standing_of(cast.northfield).pk,
    "shipment_id": lambda cast: shipment_of(order_of(cast.northfield, cast.cornershop)).pk,
    "parcel_id": lambda cast: shipment_of(order_of(cast.northfield, cast.cornershop)).parcels.get().pk,
    "amendment_id": lambda _cast: 1,
    "return_id": lambda _cast: 1,
    "requisition_id": lambda cast: requisition_of(cast.northfield).pk,
    "rule_id": lambda cast: rule_of(cast.northfield).pk,
    "deputy_id": lambda cast: deputy_of(cast.northfield).pk,
    "room_id": lambda cast: room_of(cast.cornershop, cast.mug).pk,
    "enquiry_id": lambda cast: room_of(cast.cornershop, cast.mug).enquiry_id,
    "notice_id": lambda cast: notice_of(cast.cornershop, cast.mug).pk,
    "floor_id": lambda cast: floor_of(cast.northfield).pk,
    "answer_rule_id": lambda cast: answer_rule_of(cast.northfield).pk,
    "reply_id": lambda cast: reply_of(cast.northfield).pk,
    "offer_template_id": lambda cast: offer_template_of(cast.northfield).pk,
    "held_id": lambda cast: held_of(cast.cornershop, cast.mug).pk,
    "before": lambda _cast: 2,
    "attachment_id": lambda _cast: 1,
    "file_id": lambda _cast: 1,
    "block_id": lambda cast: block_of(cast.northfield, cast.cornershop).pk,
    "report_id": lambda _cast: 1,
    "seq": lambda _cast: 1,
    "invitation_id": lambda cast: invitation_of(cast.northfield).pk,
    "number_id": lambda cast: part_number_of(cast.northfield, cast.kettle).pk,
    "address_id": lambda cast: address_of(cast.northfield).pk,
    "role_id": lambda cast: role_of(cast.northfield).pk,
    "device_id": lambda _cast: 1,
    "user_id": lambda cast: cast.rita.pk,
    "token": lambda _cast: "no-such-token",
    "key": lambda _cast: "no-such-key",
    "uidb36": lambda _cast: "1",
    "pk": lambda _cast: 1,
}
OF_PLATFORM: Mapping[str, Of] = {
    "company": lambda cast: cast.platform.slug,
    "letter_id": lambda _cast: 1,
    "synonym_id": lambda _cast: 1,
}


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, taken: frozenset[str]) -> Iterator[Route]:
    for pattern in patterns:
        takes = taken | frozenset(pattern.pattern.converters) | _groups(pattern)
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, text, takes)
        else:
            yield Route(pattern.name or "", takes, text)


def _groups(pattern: URLPattern | URLResolver) -> frozenset[str]:
    return frozenset(pattern.pattern.regex.groupindex)
