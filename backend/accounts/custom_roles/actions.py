"""A company's own roles. All are safe to send twice. Whoever has a role hears of its change at once: what their pages
watch ends in the same transaction, and is asked for anew."""

from collections.abc import Collection

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from backend.accounts import giving, policies, steps
from backend.accounts.access import raise_epochs
from backend.accounts.actor import Actor
from backend.accounts.models import Company, CustomRole
from backend.accounts.roles import ROLES_OF, Permission, permissions_for
from backend.core.errors import Conflict, Refused
from backend.core.guards import require
from backend.core.row_security import for_actor
from backend.events.kinds import Kind

MAX_ROLES = 30
MAX_NAME = 40


@atomic(durable=True)
def make_role(company: Company, *, name: str, permissions: Collection[str], actor: Actor) -> CustomRole:
    """A role of the company's own; the one that is there already, if it is called so and may the same.

    Raises NotAllowed without members.manage, and for a permission that the actor does not hold; Refused for a name
    that is taken or not 1 to 40 characters long, for no or unknown permissions, and for more than MAX_ROLES.
    """
    require(policies.can_manage_members(actor, company))
    company = steps.lock_company(company)
    name, wanted = _name(name), _permissions(company, permissions)
    giving.require_may_give(actor, wanted)
    own = CustomRole.objects.of_company(company.pk)
    same = own.filter(name=name).first()
    if same is not None and same.holds == wanted:
        return same
    _require_free(company, name)
    if own.count() >= MAX_ROLES:
        raise Refused(_("A company has at most %(most)d roles of its own.") % {"most": MAX_ROLES})
    role = CustomRole.objects.create(company=company, name=name, permissions=sorted(wanted))
    steps.record_of_company(Kind.ACCOUNTS_CUSTOM_ROLE_MADE, company, actor, custom_role=role.pk)
    return role


@atomic(durable=True)
def edit_role(role: CustomRole, *, name: str, permissions: Collection[str], actor: Actor) -> CustomRole:
    """Gives a role another name or other permissions: they count at once for everybody who has it.

    Raises as make_role does, NotAllowed also where the role may what the actor may not, and Conflict if it is gone.
    """
    require(policies.can_manage_members(actor, role.company))
    company = steps.lock_company(role.company)
    found = CustomRole.objects.this(role).first()
    if found is None:
        raise Conflict(_("This role has been removed meanwhile."))
    name, wanted = _name(name), _permissions(company, permissions)
    giving.require_may_give(actor, wanted | found.holds)
    if (found.name, found.holds) == (name, wanted):
        return found
    _require_free(company, name, besides=found)
    holders = list(found.memberships.order_by("pk").values_list("pk", flat=True)) if found.holds != wanted else []
    found.name, found.permissions = name, sorted(wanted)
    found.save(update_fields=["name", "permissions"])
    raise_epochs([f"membership:{pk}" for pk in holders])
    steps.record_of_company(Kind.ACCOUNTS_CUSTOM_ROLE_EDITED, company, actor, custom_role=found.pk, memberships=holders)
    return found


@atomic(durable=True)
@for_actor
def retire_role(role: CustomRole, *, actor: Actor) -> None:
    """Removes a role that nobody has any more. Raises NotAllowed as edit_role does, Refused while somebody has it or
    is invited to it."""
    require(policies.can_manage_members(actor, role.company))
    company = steps.lock_company(role.company)
    found = CustomRole.objects.this(role).first()
    if found is None:
        return
    giving.require_may_give(actor, found.holds)
    _require_unused(found)
    found.invitations.all().delete()  # of the past: their events stay
    found.delete()
    steps.record_of_company(Kind.ACCOUNTS_CUSTOM_ROLE_RETIRED, company, actor, custom_role=role.pk)


def _require_unused(role: CustomRole) -> None:
    holders = role.memberships.count()
    invited = role.invitations.open().count()
    if holders or invited:
        raise Refused(
            _("%(role)s is in use: %(people)d people have it, %(invited)d are invited to it. Give them another.")
            % {"role": role, "people": holders, "invited": invited}
        )


def _require_free(company: Company, name: str, besides: CustomRole | None = None) -> None:
    others = CustomRole.objects.of_company(company.pk).filter(name__iexact=name)
    market = {str(role.label).casefold() for role in ROLES_OF[company.kind]}
    if name.casefold() in market or others.exclude(pk=besides.pk if besides else 0).exists():
        raise Refused(_("There is a role “%(name)s” already.") % {"name": name}, field="name")


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise Refused(
            _("A role's name has 1 to %(most)d characters, all of them visible; this one has %(n)d.")
            % {"most": MAX_NAME, "n": len(name)},
            field="name",
        )
    return name


def _permissions(company: Company, permissions: Collection[str]) -> frozenset[Permission]:
    known = permissions_for(company.kind)
    if not permissions or not set(permissions) <= set(known):
        raise Refused(
            _("Choose what the role may do, out of: %(permissions)s.") % {"permissions": ", ".join(known)},
            field="permissions",
        )
    return frozenset(Permission(each) for each in permissions)
