"""Loading the demo market: the committed data becomes a market in which every rule of stock holds."""

from decimal import Decimal
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q, Sum
from pytest_django.fixtures import Settings

from backend.accounts.models import Address, Company, CompanyKind, Membership, User
from backend.accounts.roles import Permission, Role
from backend.accounts.states import CompanyStatus
from backend.catalog.models import Product, Sku
from backend.catalog.states import ProductStatus
from backend.events.kinds import Kind
from backend.events.models import Event
from backend.inventory.disclosure import Disclosure, StockState, disclose
from backend.inventory.models import Availability, MoveKind, StockItem, StockMove
from backend.inventory.reconcile import drift
from backend.market.actions import open_market
from backend.market.derive.building import Market
from backend.market.files import read_cast, read_catalogue
from backend.orders.models import ApprovalRule, CreditAccount, SpendingLimit

pytestmark = pytest.mark.django_db


def load() -> str:
    said = StringIO()
    call_command("load_market", stdout=said)
    return said.getvalue()


@pytest.fixture
def opened(market: Market, db: None) -> Market:
    """The market of the small till roll, with the whole cast."""
    assert open_market(market.catalogue, read_cast())
    return market


def test_the_whole_market_is_loaded_and_every_rule_of_stock_holds(db: None) -> None:
    catalogue = read_catalogue()
    assert "3,283 products of 15 companies, 2,715 retailers" in load()
    assert Sku.objects.count() == len(catalogue.products)
    assert Product.objects.published().count() == sum(product.is_priced for product in catalogue.products)
    assert Company.objects.filter(kind=CompanyKind.RETAILER).count() == len(catalogue.retailers)
    assert drift() == []
    assert_disclosed()
    assert set(Availability.objects.values_list("state", flat=True)) == set(StockState.values)
    assert load() == ""


def assert_disclosed() -> None:
    """Buyers see of every SKU exactly what its seller discloses."""
    left = dict(StockItem.objects.values_list("pk").annotate(left=Sum("levels__on_hand")))
    for shown in Availability.objects.select_related("sku__stock"):
        assert shown.disclosed == disclose(left[shown.pk], Disclosure(shown.sku.stock.disclosure))


def test_every_product_is_there_with_its_terms(opened: Market) -> None:
    for row in opened.catalogue.products:
        sku = Sku.objects.get(code=row.code)
        assert (sku.unit_of_sale, sku.case_pack, sku.moq, sku.increment) == (
            row.unit, row.case_pack, row.moq, row.increment,
        )  # fmt: skip
        assert [(t.min_quantity, t.unit_price_minor) for t in sku.tiers.all()] == [
            (n, Decimal(p)) for n, p in row.tiers
        ]
        assert sku.product.name == row.name
        assert sku.product.popularity == row.popularity


def test_goods_say_what_their_names_say(opened: Market) -> None:
    said = {product.name: (product.attributes, product.variants.get().attributes) for product in Product.objects.all()}
    for name, (shared, own) in said.items():
        for value in (*shared.values(), *own.values()):
            assert value in name.title()
    assert any(shared for shared, _own in said.values())
    assert any(own for _shared, own in said.values())


def test_what_has_no_price_is_a_draft_of_its_maker(opened: Market) -> None:
    drafts = Product.objects.filter(status=ProductStatus.DRAFT)
    assert set(drafts.values_list("skus__code", flat=True)) == {"21733", "23166", "DCGS0003"}
    assert not drafts.filter(skus__tiers__isnull=False).exists()


def test_every_counter_is_the_sum_of_its_moves(opened: Market) -> None:
    assert drift() == []
    assert set(StockMove.objects.values_list("kind", flat=True)) == {MoveKind.OPENING}
    assert not StockItem.objects.annotate(n=Count("moves")).exclude(last_seq=F("n")).exists()


def test_buyers_see_what_each_seller_discloses(opened: Market) -> None:
    assert_disclosed()


def test_northfield_keeps_its_stock_in_two_warehouses_in_full_cases(opened: Market) -> None:
    heart = Sku.objects.get(code="85123A")
    on_hand = dict(heart.stock.levels.values_list("warehouse__code", "on_hand"))
    assert sum(on_hand.values()) == next(row.opening for row in opened.catalogue.products if row.code == "85123A")
    assert on_hand["leeds"] > on_hand["bristol"] > 0
    assert on_hand["bristol"] % heart.case_pack == 0


def test_the_cast_can_log_in_and_nobody_else(opened: Market) -> None:
    cast = read_cast()
    for email in ("amara@moorland.example", "helena@northfield.example", "ines@entrepot.example"):
        (password,) = {person.password for person in cast if person.email == email}
        assert authenticate(None, username=email, password=password) == User.objects.get(email=email)
    assert {user.email for user in User.objects.all() if user.has_usable_password()} == {p.email for p in cast}


def test_the_casts_addresses_are_confirmed(opened: Market) -> None:
    confirmed = EmailAddress.objects.filter(verified=True, primary=True)
    assert set(confirmed.values_list("email", flat=True)) == {person.email for person in read_cast()}


def test_one_person_belongs_to_two_companies_and_reads_arabic(opened: Market) -> None:
    noor = User.objects.get(email="noor@haddad.example")
    assert noor.language == "ar"
    assert set(noor.memberships.values_list("company__slug", "role")) == {
        ("harbourline", Role.SALES),
        ("moorland-provisions", Role.BUYER),
    }


def test_one_manufacturer_waits_for_an_operators_approval(opened: Market) -> None:
    assert [company.slug for company in Company.objects.waiting_for_approval()] == ["copperleaf"]
    assert not Company.objects.exclude(slug="copperleaf").exclude(status=CompanyStatus.APPROVED).exists()


def test_each_seller_has_a_system_member_who_may_sell_and_take_goods_in(opened: Market) -> None:
    sellers = Company.objects.filter(warehouses__isnull=False).distinct()
    members = Membership.objects.filter(role=Role.SYSTEM)
    assert {member.company_id for member in members} == {company.pk for company in sellers}
    assert all(member.as_actor().may(Permission.INVENTORY_SELL) for member in members)


def test_customers_are_retailers_in_real_countries(opened: Market) -> None:
    names = [retailer.name for retailer in opened.catalogue.retailers]
    retailers = Company.objects.filter(kind=CompanyKind.RETAILER, name__in=names)
    assert sorted(retailers.values_list("country", flat=True)) == ["BE", "BE", "GB", "GB", "GB", "IE", "JE"]


def test_one_shop_watches_what_is_spent_and_another_has_credit(opened: Market) -> None:
    limit, rule, account = SpendingLimit.objects.get(), ApprovalRule.objects.get(), CreditAccount.objects.get()
    assert (limit.user.email, limit.per_order_minor) == ("tom@moorland.example", 250_00)  # type: ignore[union-attr]
    assert (rule.approver.email, rule.over_limit) == ("leon@moorland.example", True)  # type: ignore[union-attr]
    assert (account.seller.slug, account.buyer.slug) == ("northfield", "kleine-freude-geschenke")


def test_shops_that_somebody_logs_in_for_have_branches_and_an_address_for_bills(opened: Market) -> None:
    books = Address.objects.values("company", "use").annotate(n=Count("pk"), chosen=Count("pk", Q(is_default=True)))
    assert {(each["use"], each["n"], each["chosen"]) for each in books} == {
        ("delivery", 3, 1),
        ("delivery", 4, 1),
        ("billing", 1, 1),
    }


def test_one_event_tells_of_all_of_it(opened: Market) -> None:
    others = Event.objects.exclude(kind=Kind.ACCOUNTS_MEMBER_ADDED)
    assert [event.kind for event in others] == [Kind.MARKET_LOADED]


def test_opening_it_again_changes_nothing(opened: Market) -> None:
    before = (Sku.objects.count(), StockMove.objects.count(), User.objects.count(), Event.objects.count())
    assert not open_market(opened.catalogue, read_cast())
    assert (Sku.objects.count(), StockMove.objects.count(), User.objects.count(), Event.objects.count()) == before


def test_a_company_of_the_same_name_stops_it_before_anything_is_loaded(db: None) -> None:
    Company.objects.create(slug="northfield", name="Another", kind=CompanyKind.RETAILER, country="GB")
    with pytest.raises(CommandError, match="northfield"):
        load()


@pytest.mark.parametrize("command", ["load_market", "simulate"])
def test_production_has_no_demo_market(settings: Settings, command: str) -> None:
    settings.ENTREPOT_ENV = "production"
    with pytest.raises(CommandError, match="off in production"):
        call_command(command)
    assert not Company.objects.exists()
