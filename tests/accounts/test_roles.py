import pytest

from backend.accounts.roles import LABELS, PERMISSIONS, ROLES_OF, Permission, Role


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.CATALOG_APPROVE, {Role.OWNER, Role.MANAGER}),
        (Permission.PRICES_EDIT, {Role.OWNER, Role.MANAGER, Role.SALES}),
        (Permission.INVENTORY_PLAN, {Role.OWNER, Role.MANAGER, Role.SALES}),
        (Permission.MEMBERS_MANAGE, {Role.OWNER}),
        (Permission.COMPANIES_APPROVE, {Role.OPERATOR}),
    ],
)
def test_who_may_what(permission: Permission, roles: set[Role]) -> None:
    assert {role for role, permissions in PERMISSIONS.items() if permission in permissions} == roles


def test_every_role_says_what_it_may_do() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_every_permission_is_told_in_words() -> None:
    assert set(LABELS) == set(Permission)


@pytest.mark.parametrize("kind", ["manufacturer", "distributor", "retailer"])
def test_an_owner_may_all_that_their_people_may(kind: str) -> None:
    assert all(PERMISSIONS[role] <= PERMISSIONS[Role.OWNER] for role in ROLES_OF[kind])


def test_who_buys_has_somebody_who_approves_it() -> None:
    assert {kind for kind, roles in ROLES_OF.items() if Role.APPROVER in roles} == {"retailer", "distributor"}
