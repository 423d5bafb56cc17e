"""Which approvals a cart needs, what a person may still spend, and the page on which a company lays it down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.accounts.models import Company, Membership
from backend.accounts.roles import ROLES_OF, Permission, Role
from backend.catalog.models import Category
from backend.core.along import Asked, ask
from backend.core.written import Written
from backend.orders.carts.priced import PricedLine
from backend.orders.models import Order
from backend.orders.requisitions.models import SEEN_BY
from backend.orders.rules.approvers import Approvers, approvers_of
from backend.orders.rules.deciding import Bought, Condition, Needed, Wish, approvals_needed, sums
from backend.orders.rules.models import ApprovalRule, Deputy, SpendingLimit
from backend.orders.rules.spending import Budget, budget_of, overruns
from backend.orders.rules.wording import Kept, kept


@dataclass(frozen=True, slots=True)
class Need:
    """One approval that a cart needs: of one of `who`, because of these reasons."""

    turn: int
    approver_id: int | None
    who: Sequence[str]
    reasons: Sequence[Kept]


@dataclass(frozen=True, slots=True)
class Plan:
    """The approvals that a cart needs. Those that nobody but its buyer could give are left out: `is_alone`."""

    needs: Sequence[Need] = field(default_factory=tuple)
    is_alone: bool = False
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as its page shows it; `who` are those who would be asked today."""

    rule: ApprovalRule
    who: Sequence[str]


@dataclass(frozen=True, slots=True)
class LimitRow:
    limit: SpendingLimit
    of: str
    """The person, or the role, by name."""


@dataclass(frozen=True, slots=True)
class RulesPage:
    """Everything that a company has laid down about its buying."""

    rules: Sequence[RuleRow]
    limits: Sequence[LimitRow]
    people: Sequence[tuple[int, str]]
    """Who may be limited: everybody who orders."""
    roles: Sequence[tuple[str, str]]
    deputies: Sequence[tuple[int, str]]
    """Who may stand in for an approver."""
    approvers: Sequence[tuple[int, str]]


def plan_for(
    lines: Sequence[PricedLine],
    company_id: int,
    user_id: int,
    *,
    locked: bool = False,
    instead_of: Order | None = None,
    member: Membership | None = None,
    laid_down: Asked | None = None,
) -> Plan:
    """What this person's order of these lines needs. Ten queries at most, one where nothing is laid down.

    `locked`: they order now, and nobody else spends their budget until the caller's transaction ends. `instead_of`: the
    order that would become this one; of their month only what it rises by is spent now. `member`: theirs, if it is in
    hand. `laid_down`: what `ask_laid_down` asked already.
    """
    ((is_anything,),) = (laid_down or ask_laid_down(company_id)).rows
    if not is_anything:
        return Plan()
    rules = _rules_of(company_id)
    budget = budget_of(company_id, user_id, locked=locked, member=member)
    bought = [Bought(line.seller.pk, line.goods.category_id, net) for line in lines if (net := line.net)]
    was = instead_of.payable_net - instead_of.freight if instead_of else None
    over = overruns(budget, sums(each.net for each in bought), was)
    known = _known_sellers(company_id, instead_of) if any(rule.new_seller for rule in rules) else frozenset()
    needed = approvals_needed([_condition(rule) for rule in rules], Wish(bought, known, over))
    needs = _with_names(needed, rules, lines, approvers_of(company_id), user_id) if needed else []
    return Plan(needs, is_alone=len(needs) < len(needed), budget=budget)


def _rules_of(company_id: int) -> Sequence[ApprovalRule]:
    """Each with its category. One query."""
    rules = []
    for rule, category in _RULES.fetch({"company": company_id}):
        rule.category = category
        rules.append(rule)
    return rules


_RULES = Written(
    """
SELECT {rule}, {category} FROM orders_approvalrule rule
LEFT JOIN catalog_category category ON category.id = rule.category_id
WHERE rule.company_id = %(company)s ORDER BY rule.turn, rule.id
""",
    rule=ApprovalRule,
    category=Category,
)


def ask_laid_down(company_id: int) -> Asked:
    """Most companies have laid down nothing. One query, which goes along."""
    return ask(_LAID_DOWN, {"company": company_id})


_LAID_DOWN = """
SELECT EXISTS (SELECT FROM orders_approvalrule WHERE company_id = %(company)s)
    OR EXISTS (SELECT FROM orders_spendinglimit WHERE company_id = %(company)s)
"""


def _known_sellers(company_id: int, but: Order | None) -> frozenset[int]:
    others = Order.objects.bought_by(company_id).exclude(pk=but.pk if but else 0)
    return frozenset(others.values_list("seller_id", flat=True).distinct())


def _condition(rule: ApprovalRule) -> Condition:
    return Condition(rule.turn, rule.approver_id, rule.least, rule.category_id, rule.new_seller, rule.over_limit)


def _with_names(
    needed: Sequence[Needed],
    rules: Sequence[ApprovalRule],
    lines: Sequence[PricedLine],
    approvers: Approvers,
    user_id: int,
) -> Sequence[Need]:
    """Without those that nobody but the buyer could give."""
    categories = {rule.category.pk: str(rule.category) for rule in rules if rule.category}
    sellers = {line.seller.pk: line.seller.name for line in lines}
    return [
        Need(each.turn, each.approver_id, who, [kept(reason, categories, sellers) for reason in each.reasons])
        for each in needed
        if (who := names_of(approvers, each.approver_id, besides=user_id))
    ]


def names_of(approvers: Approvers, approver_id: int | None, *, besides: int = 0) -> Sequence[str]:
    """Who may give an approval today, by their names."""
    asked = approvers.asked(approver_id, besides=besides)
    return [name for pk, name in approvers.names.items() if pk in asked]


def rules_page(company: Company) -> RulesPage:
    """Six queries."""
    approvers = approvers_of(company.pk)
    rules = ApprovalRule.objects.of_company(company.pk).select_related("category", "approver")
    members = Membership.objects.of_company(company.pk).acting().select_related("user").order_by("user__name", "pk")
    roles = _roles(company)
    return RulesPage(
        rules=[RuleRow(rule, names_of(approvers, rule.approver_id)) for rule in rules],
        limits=_limits(company, dict(roles)),
        people=[(each.user_id, str(each.user)) for each in members if Permission.ORDERS_PLACE in each.permissions],
        roles=roles,
        deputies=[(each.user_id, str(each.user)) for each in members if SEEN_BY & each.permissions],
        approvers=[(pk, name) for pk, name in approvers.names.items() if pk in approvers.may_approve],
    )


def _limits(company: Company, roles: dict[str, str]) -> Sequence[LimitRow]:
    limits = SpendingLimit.objects.of_company(company.pk).select_related("user").order_by("role", "user__name", "pk")
    return [LimitRow(each, str(each.user) if each.user else roles.get(each.role, each.role)) for each in limits]


def _roles(company: Company) -> Sequence[tuple[str, str]]:
    market = [(str(role), str(Role(role).label)) for role in ROLES_OF[company.kind]]
    return [*market, *((role.key, role.name) for role in company.custom_roles.order_by("name"))]


def deputies_of(company_id: int) -> Sequence[Deputy]:
    """Who stands in for whom, now and later, the next first. One query."""
    return list(Deputy.objects.of_company(company_id).not_over().select_related("approver", "deputy"))
