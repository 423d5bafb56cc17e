"""Who may give which role: the rules that invitations, roles and members share. The company is locked."""

from collections.abc import Set
from dataclasses import dataclass

from django.utils.translation import gettext as _

from backend.accounts import policies
from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.custom_roles.models import KEY
from backend.accounts.models import Company, CustomRole, Membership
from backend.accounts.roles import LABELS, ROLES_OF, Permission, Role, permissions_of_role
from backend.core.errors import NotAllowed, Refused


@dataclass(frozen=True, slots=True)
class Given:
    """A role of a company: one of the market's, or one of its own making."""

    role: Role
    custom_role: CustomRole | None
    permissions: frozenset[Permission]

    @property
    def key(self) -> str:
        return self.custom_role.key if self.custom_role else self.role.value

    @property
    def label(self) -> str:
        return self.custom_role.name if self.custom_role else str(self.role.label)


def role_named(company: Company, key: str) -> Given:
    """The role that a form names. Raises Refused for one that this company does not give, naming those that it does."""
    if key in ROLES_OF[company.kind]:
        return Given(Role(key), None, permissions_of_role(key, company.kind))
    own = list(CustomRole.objects.of_company(company.pk).order_by("name"))
    for role in own:
        if role.key == key:
            return Given(Role.CUSTOM, role, role.holds)
    names = [str(known.label) for known in ROLES_OF[company.kind]] + [role.name for role in own]
    raise Refused(
        _("This company has no role “%(role)s”. It has: %(roles)s.")
        % {"role": key.removeprefix(KEY)[:40], "roles": ", ".join(names)},
        field="role",
    )


def require_may_give(actor: Actor, permissions: Set[Permission]) -> None:
    """Raises NotAllowed where the actor, as they stand now under the company's lock, does not hold all of these."""
    require_holds(present(actor), permissions)


def require_holds(actor: Actor, permissions: Set[Permission]) -> None:
    """Raises NotAllowed, naming what the actor does not hold."""
    if not policies.can_give(actor, permissions):
        lacking = [str(LABELS[each]) for each in Permission if each in permissions - actor.permissions]
        raise NotAllowed(
            _("Only somebody who may do these things can give or take them: %(things)s.")
            % {"things": "; ".join(lacking)}
        )


def present(actor: Actor) -> Actor:
    """The actor as they stand now: since the request began their own role may have changed."""
    found = Membership.objects.of_actor(actor).acting().first()
    return found.as_actor() if found else ANONYMOUS
