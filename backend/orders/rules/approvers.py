"""Who may approve for a company at this moment, and who stands in for them."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass

from backend.accounts.models import Membership
from backend.accounts.roles import Permission
from backend.orders.rules.models import Deputy


@dataclass(frozen=True, slots=True)
class Approvers:
    """A company's people, those of them who may approve, and today's deputies."""

    names: Mapping[int, str]
    may_approve: Set[int]
    deputies: Mapping[int, Set[int]]
    """By the approver for whom they stand in."""

    def asked(self, approver_id: int | None, *, besides: int, done: Set[int] = frozenset()) -> Set[int]:
        """Who may give an approval: the approver that a rule names, or (None, or gone) anybody who may; and deputies.

        Nobody gives it for what they ask for themselves (`besides`), nor through their own deputy. Who has approved
        before (`done`) is not asked again as long as there is somebody else. Empty: there is nobody.
        """
        named = self.may_approve & {approver_id} - {besides}
        asked = named or self.may_approve - {besides}
        asked |= {deputy for each in asked for deputy in self.deputies.get(each, ())} - {besides}
        return asked - done or asked

    def for_whom(self, user_id: int, approver_id: int | None) -> int | None:
        """For whom somebody approves who may not do so themselves: whose deputy they are; None: in their own right."""
        if user_id in self.may_approve and approver_id in (None, user_id):
            return None
        absent = [each for each, deputies in self.deputies.items() if user_id in deputies]
        return next((each for each in absent if approver_id in (None, each)), None)


def approvers_of(company_id: int) -> Approvers:
    """Two queries."""
    people = Membership.objects.of_company(company_id).acting().select_related("user").order_by("user__name", "pk")
    members = {each.user_id: each for each in people}
    deputies: dict[int, set[int]] = defaultdict(set)
    for approver, deputy in Deputy.objects.of_company(company_id).today().values_list("approver_id", "deputy_id"):
        deputies[approver] |= {deputy} & members.keys()
    return Approvers(
        names={pk: str(each.user) for pk, each in members.items()},
        may_approve={pk for pk, each in members.items() if Permission.ORDERS_APPROVE in each.permissions},
        deputies=deputies,
    )
