"""One shop that keeps an eye on what its people spend, and one that has agreed on credit with a supplier."""

from backend.accounts.models import User
from backend.core.row_security import acting_for
from backend.market.loading.companies import Companies
from backend.orders.models import ApprovalRule, SpendingLimit

WATCHED, BUYER, APPROVER = "moorland-provisions", "tom@moorland.example", "leon@moorland.example"
TRUSTED, SUPPLIER = "kleine-freude-geschenke", "northfield"
AN_ORDER_MINOR, A_MONTH_MINOR = 250_00, 1_000_00
CREDIT_MINOR, NET_DAYS = 2_000_00, 45


def create_buying(companies: Companies) -> None:
    """Tom orders up to 250 pounds at a time and 1,000 a month by himself; beyond that Leon has to approve it."""
    shop, people = companies[WATCHED], {user.email: user for user in User.objects.filter(email__in=(BUYER, APPROVER))}
    with acting_for(shop.pk):
        limits = {"per_order_minor": AN_ORDER_MINOR, "per_month_minor": A_MONTH_MINOR}
        SpendingLimit.objects.create(company=shop, user=people[BUYER], **limits)
        ApprovalRule.objects.create(company=shop, approver=people[APPROVER], over_limit=True)
    _give_credit(companies)


def _give_credit(companies: Companies) -> None:
    supplier, buyer = companies[SUPPLIER], companies[TRUSTED]
    with acting_for(supplier.pk):
        supplier.credit_given.create(buyer=buyer, currency="GBP", limit_minor=CREDIT_MINOR, net_days=NET_DAYS)
