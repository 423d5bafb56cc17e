"""How much of a seller's credit a buyer has used. It is never counted, only summed: what their open orders come to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from backend.accounts.models import Company
from backend.catalog.queries import Page, page_of
from backend.core.along import Asked, ask
from backend.core.money import Money
from backend.core.written import Written, as_array
from backend.orders.credit.models import CreditAccount, CreditPolicy, PaymentMethod
from backend.orders.models import Order
from backend.orders.states import Commercial, Payment

LIST_SIZE = 50
CAME_TO_NOTHING = (Commercial.DECLINED, Commercial.EXPIRED, Commercial.CANCELLED)
Key = tuple[int, int, str]
"""(seller, buyer, currency)."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What a buyer may owe a seller, and owes. `limit` None: as much as they like."""

    may: bool
    """Order on account at all; otherwise they pay in advance."""
    net_days: int
    limit: Money | None
    used: Money
    is_stopped: bool = False

    @property
    def left(self) -> Money | None:
        """Below 0 where the limit was lowered since."""
        return None if self.limit is None else self.limit - self.used

    def allows(self, amount: Money) -> bool:
        return self.may and (self.left is None or amount <= self.left)

    @property
    def methods(self) -> Sequence[PaymentMethod]:
        """Those that the buyer may choose from, the usual one first."""
        return (PaymentMethod.ON_ACCOUNT, PaymentMethod.PREPAID) if self.may else (PaymentMethod.PREPAID,)


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as the seller's finance sees them, in one currency."""

    buyer: Company
    currency: str
    credit: Credit
    is_agreed: bool


@dataclass(frozen=True, slots=True)
class CustomersPage:
    page: Page
    rows: Sequence[CustomerRow]


def ask_agreed(sellers: Collection[int], buyers: Collection[int]) -> Asked:
    """What was agreed between them, for `credits`, along with whatever is asked next."""
    return ask(_AGREED.text, {"sellers": as_array(sellers), "buyers": as_array(buyers)})


def credits(wanted: Collection[Key], agreed: Asked | None = None) -> Mapping[Key, Credit]:
    """Two queries, one where nobody is limited; of nothing, none. `agreed`: what `ask_agreed` asked already."""
    policies, accounts = _agreed(wanted, agreed) if wanted else ({}, {})
    limits = {key: _limit(policies[key[0]], accounts.get(key), key[2]) for key in wanted}
    owed = used([key for key, limit in limits.items() if limit is not None])
    return {key: _credit(policies[key[0]], accounts.get(key), limits[key], owed.get(key), key[2]) for key in wanted}


def used(wanted: Collection[Key]) -> Mapping[Key, Money]:
    """What is ordered on account and neither paid nor taken off. One query; none for nobody."""
    if not wanted:
        return {}
    sums = _open_orders(Order.objects.scoped(_these(wanted)))
    return {(seller, buyer, currency): Money(owed, currency) for seller, buyer, currency, owed in sums}


def customers_page(seller: Company, *, text: str = "", number: int = 1) -> CustomersPage:
    """A page of them. Four queries."""
    found = customers(seller, text)
    page = page_of(number, LIST_SIZE, len(found))
    return CustomersPage(page, found[page.first - 1 : page.last] if found else ())


def customers(seller: Company, text: str = "") -> Sequence[CustomerRow]:
    """Everybody who owes the seller something or with whom something is agreed, by name; with a text those whose name
    it is in. Four queries."""
    policy = _policies({seller.pk})[seller.pk]
    accounts = {_key(each): each for each in CreditAccount.objects.of_company(seller.pk)}
    owed = {(s, b, c): Money(sum_, c) for s, b, c, sum_ in _open_orders(Order.objects.sold_by(seller.pk))}
    names = Company.objects.in_bulk({buyer for _s, buyer, _c in accounts.keys() | owed.keys()})
    rows = [
        CustomerRow(
            names[key[1]],
            key[2],
            _credit(policy, account := accounts.get(key), _limit(policy, account, key[2]), owed.get(key), key[2]),
            is_agreed=account is not None and (account.limit_minor is not None or account.net_days is not None),
        )
        for key in accounts.keys() | owed.keys()
    ]
    named = [row for row in rows if text.lower() in row.buyer.name.lower()]
    return sorted(named, key=lambda row: (row.buyer.name, row.buyer.pk, row.currency))


def policy_of(company_id: int) -> CreditPolicy:
    """One query."""
    return _policies({company_id})[company_id]


def _open_orders(orders: object) -> Sequence[tuple[int, int, str, int]]:
    owing = orders.filter(method=PaymentMethod.ON_ACCOUNT)  # type: ignore[attr-defined]
    still = owing.exclude(payment=Payment.PAID).exclude(commercial__in=CAME_TO_NOTHING)
    payable = F("net_minor") + F("tax_minor") - F("reduced_net_minor") - F("reduced_tax_minor")
    sums = still.values_list("seller", "buyer", "currency").annotate(owed=Sum(payable - F("paid_minor"))).order_by()
    return [row for row in sums if row[3]]


_POLICIES = Written(
    "SELECT {policy} FROM orders_creditpolicy policy WHERE company_id = ANY(%(sellers)s::bigint[])", policy=CreditPolicy
)
_AGREED = Written(
    """
SELECT {policy}, {account}, asked.seller_id FROM unnest(%(sellers)s::bigint[]) AS asked (seller_id)
LEFT JOIN orders_creditpolicy policy ON policy.company_id = asked.seller_id
LEFT JOIN orders_creditaccount account
    ON account.seller_id = asked.seller_id AND account.buyer_id = ANY(%(buyers)s::bigint[])
""",
    policy=CreditPolicy,
    account=CreditAccount,
)


def _policies(seller_ids: Collection[int]) -> Mapping[int, CreditPolicy]:
    """A seller's terms are for every buyer to read."""
    found = {each.company_id: each for (each,) in _POLICIES.fetch({"sellers": as_array(seller_ids)})}
    return {pk: found.get(pk) or CreditPolicy(company_id=pk) for pk in seller_ids}


def _agreed(
    wanted: Collection[Key], agreed: Asked | None
) -> tuple[Mapping[int, CreditPolicy], Mapping[Key, CreditAccount]]:
    """The sellers' terms, and the accounts of those who have one. One query, if it was not asked already."""
    asked = agreed or ask_agreed({seller for seller, _, _ in wanted}, {buyer for _, buyer, _ in wanted})
    rows = _AGREED.read(asked.rows)
    policies = {pk: policy or CreditPolicy(company_id=pk) for policy, _account, pk in rows}
    return policies, {key: account for _policy, account, _pk in rows if account and (key := _key(account)) in wanted}


def _these(wanted: Collection[Key]) -> Q:
    found = Q(pk__in=())
    for seller, buyer, currency in wanted:
        found |= Q(seller=seller, buyer=buyer, currency=currency)
    return found


def _key(account: CreditAccount) -> Key:
    return account.seller_id, account.buyer_id, account.currency


def _limit(policy: CreditPolicy, account: CreditAccount | None, currency: str) -> Money | None:
    """What is agreed, else what the policy says; a policy's limit in another currency can't be compared: nothing."""
    if account and account.limit_minor is not None:
        return Money(account.limit_minor, currency)
    if policy.limit_minor is None:
        return None
    return Money(policy.limit_minor if policy.currency == currency else 0, currency)


def _credit(
    policy: CreditPolicy, account: CreditAccount | None, limit: Money | None, owed: Money | None, currency: str
) -> Credit:
    is_agreed = account is not None and account.limit_minor is not None
    is_stopped = account is not None and account.is_stopped
    return Credit(
        may=(policy.on_account or is_agreed) and not is_stopped,
        net_days=(account and account.net_days) or policy.net_days,
        limit=limit,
        used=owed or Money(0, currency),
        is_stopped=is_stopped,
    )
