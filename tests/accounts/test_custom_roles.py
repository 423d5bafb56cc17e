import pytest
from django.test import Client

from backend.accounts.actions import change_role, remove_member
from backend.accounts.actor import Actor
from backend.accounts.custom_roles.actions import edit_role, make_role, retire_role
from backend.accounts.models import AccessEpoch, CustomRole, Membership, User
from backend.accounts.roles import Permission, Role
from backend.core.errors import NotAllowed, Refused
from backend.events.kinds import Kind
from backend.events.models import Event
from realtime.asking import grant_for
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of, employ

PAGE = "/c/northfield/roles/"
HTMX = {"HX-Request": "true"}
PACKING = ["inventory.view", "inventory.receive"]


def membership_of(user: User) -> Membership:
    return Membership.objects.select_related("user").with_role().get(user=user)


@pytest.fixture
def nora(cast: Cast) -> Actor:
    return actor_of(cast.nora)


@pytest.fixture
def packer(cast: Cast, nora: Actor) -> CustomRole:
    """Rita's role."""
    role = make_role(cast.northfield, name="Packer", permissions=PACKING, actor=nora)
    change_role(membership_of(cast.rita), role.key, actor=nora)
    return role


@pytest.fixture
def deputy(cast: Cast, nora: Actor) -> Actor:
    """Max, who looks after people and stock, and after nothing else."""
    role = make_role(
        cast.northfield, name="Deputy", permissions=["members.manage", "inventory.view", "orders.view"], actor=nora
    )
    change_role(membership_of(cast.max), role.key, actor=nora)
    return actor_of(cast.max)


def test_who_has_it_may_what_it_says_and_nothing_else(cast: Cast, packer: CustomRole) -> None:
    assert actor_of(cast.rita).permissions == {Permission.INVENTORY_VIEW, Permission.INVENTORY_RECEIVE}
    assert membership_of(cast.rita).role_label == "Packer"
    made = Event.objects.get(kind=Kind.ACCOUNTS_CUSTOM_ROLE_MADE)
    assert made.data == {"custom_role": packer.pk}


def test_made_twice_it_is_made_once(cast: Cast, nora: Actor, packer: CustomRole) -> None:
    assert make_role(cast.northfield, name=" Packer ", permissions=PACKING, actor=nora) == packer
    assert CustomRole.objects.count() == 1


def test_a_permission_that_is_withdrawn_counts_at_once_and_voids_what_was_watched(
    cast: Cast, nora: Actor, packer: CustomRole
) -> None:
    topic = f"stock_level:{cast.mug.pk}"
    grant = grant_for(actor_of(cast.rita), [topic])
    assert topic in grant.topics
    edit_role(packer, name="Packer", permissions=["catalog.edit"], actor=nora)
    assert not actor_of(cast.rita).may(Permission.INVENTORY_VIEW)
    scope = f"membership:{membership_of(cast.rita).pk}"
    assert AccessEpoch.objects.get(scope=scope).n > grant.numbers[scope]
    assert grant_for(actor_of(cast.rita), [topic]).topics == {}


def test_an_actor_from_before_the_change_is_granted_nothing_either(cast: Cast, nora: Actor, packer: CustomRole) -> None:
    before = actor_of(cast.rita)
    edit_role(packer, name="Packer", permissions=["catalog.edit"], actor=nora)
    assert grant_for(before, [f"stock_level:{cast.mug.pk}"]).topics == {}


def test_the_pages_of_who_has_it_close_with_the_permission(
    cast: Cast, client: Client, nora: Actor, packer: CustomRole
) -> None:
    client.force_login(cast.rita)
    assert client.get("/c/northfield/inventory/").status_code == 200
    edit_role(packer, name="Packer", permissions=["catalog.edit"], actor=nora)
    assert client.get("/c/northfield/inventory/").status_code == 403


def test_another_name_alone_ends_nothing(cast: Cast, nora: Actor, packer: CustomRole) -> None:
    epochs = list(AccessEpoch.objects.values_list("scope", "n"))
    assert edit_role(packer, name="Packers", permissions=PACKING, actor=nora).name == "Packers"
    assert list(AccessEpoch.objects.values_list("scope", "n")) == epochs


@pytest.mark.parametrize("permissions", [["inventory.adjust"], ["inventory.view", "prices.edit"]])
def test_nobody_makes_a_role_that_may_what_they_may_not(cast: Cast, deputy: Actor, permissions: list[str]) -> None:
    with pytest.raises(NotAllowed, match="Only somebody who may do these things"):
        make_role(cast.northfield, name="More", permissions=permissions, actor=deputy)


def test_nobody_widens_a_role_beyond_themselves_not_even_their_own(cast: Cast, deputy: Actor) -> None:
    own = CustomRole.objects.get(name="Deputy")
    with pytest.raises(NotAllowed):
        edit_role(own, name="Deputy", permissions=[*own.permissions, "catalog.edit"], actor=deputy)
    assert actor_of(cast.max).permissions == deputy.permissions


def test_nobody_narrows_or_removes_a_role_that_may_what_they_may_not(
    cast: Cast, nora: Actor, packer: CustomRole, deputy: Actor
) -> None:
    with pytest.raises(NotAllowed):
        edit_role(packer, name="Packer", permissions=["inventory.view"], actor=deputy)
    change_role(membership_of(cast.rita), Role.READ_ONLY, actor=nora)
    with pytest.raises(NotAllowed):
        retire_role(packer, actor=deputy)


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER, Role.WAREHOUSE])
def test_nobody_gives_a_role_that_may_what_they_may_not(cast: Cast, deputy: Actor, role: str) -> None:
    with pytest.raises(NotAllowed):
        change_role(membership_of(cast.rita), role, actor=deputy)


@pytest.mark.parametrize("who", ["nora", "wes"])
def test_nobody_lets_go_or_demotes_who_may_more_than_they(cast: Cast, nora: Actor, deputy: Actor, who: str) -> None:
    employ(cast.bea, cast.northfield, Role.OWNER)
    membership = membership_of(getattr(cast, who))
    with pytest.raises(NotAllowed):
        remove_member(membership, actor=deputy)
    with pytest.raises(NotAllowed):
        change_role(membership, Role.READ_ONLY, actor=deputy)


def test_a_deputy_gives_what_they_hold(cast: Cast, nora: Actor, deputy: Actor) -> None:
    viewer = make_role(cast.northfield, name="Viewer", permissions=["inventory.view"], actor=deputy)
    assert change_role(membership_of(cast.rita), viewer.key, actor=deputy).role_key == viewer.key


def test_an_actor_whose_own_role_was_narrowed_meanwhile_gives_nothing(cast: Cast, nora: Actor, deputy: Actor) -> None:
    edit_role(CustomRole.objects.get(name="Deputy"), name="Deputy", permissions=["inventory.view"], actor=nora)
    with pytest.raises(NotAllowed):
        make_role(cast.northfield, name="Second", permissions=["members.manage"], actor=deputy)


def test_the_last_owner_takes_no_role_of_their_own_making(cast: Cast, nora: Actor, packer: CustomRole) -> None:
    with pytest.raises(Refused, match="last owner"):
        change_role(membership_of(cast.nora), packer.key, actor=nora)


def test_a_role_in_use_stays(cast: Cast, nora: Actor, packer: CustomRole) -> None:
    with pytest.raises(Refused, match="1 people have it"):
        retire_role(packer, actor=nora)
    change_role(membership_of(cast.rita), Role.READ_ONLY, actor=nora)
    retire_role(packer, actor=nora)
    retire_role(packer, actor=nora)
    assert not CustomRole.objects.exists()


@pytest.mark.parametrize(
    ("name", "permissions", "field", "says"),
    [
        ("", PACKING, "name", "1 to 40 characters"),
        ("x" * 41, PACKING, "name", "this one has 41"),
        ("a\x00b", PACKING, "name", "visible"),
        ("sales", PACKING, "name", "already"),
        ("PACKER", PACKING, "name", "already"),
        ("Other", [], "permissions", "Choose what"),
        ("Other", ["companies.approve"], "permissions", "Choose what"),
        ("Other", ["emperor"], "permissions", "Choose what"),
    ],
)
def test_what_is_refused_says_what_would_be_accepted(
    cast: Cast, nora: Actor, packer: CustomRole, name: str, permissions: list[str], field: str, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refused:
        make_role(cast.northfield, name=name, permissions=permissions, actor=nora)
    assert refused.value.field == field


@pytest.mark.parametrize("who", ["max", "wes", "rita", "otto", "olga"])
def test_only_who_manages_people_makes_roles(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        make_role(cast.northfield, name="Packer", permissions=PACKING, actor=actor_of(getattr(cast, who)))


def test_another_companys_role_is_no_role_here(cast: Cast, nora: Actor) -> None:
    other = make_role(cast.eastwick, name="Packer", permissions=PACKING, actor=actor_of(cast.otto))
    with pytest.raises(Refused, match="has no role"):
        change_role(membership_of(cast.rita), other.key, actor=nora)


def test_the_page_shows_what_each_role_may_and_is_edited_in_place(
    cast: Cast, client: Client, packer: CustomRole
) -> None:
    client.force_login(cast.nora)
    response = client.get(PAGE)
    assert_sound(response)
    assert "Approve changes to published products" in response.content.decode()
    data = {"name": "Packer", "permissions": ["inventory.view"]}
    assert client.post(f"{PAGE}{packer.pk}/", data, headers=HTMX).status_code == 200
    packer.refresh_from_db()
    assert packer.permissions == ["inventory.view"]
    assert client.post(PAGE, {"name": "Caller", "permissions": ["prices.edit"]})["Location"] == PAGE
    assert client.post(PAGE, {"name": "Packer", "permissions": ["prices.edit"]}).status_code == 422
    assert client.post(f"{PAGE}{packer.pk}/removal/", headers=HTMX).status_code == 422


def test_others_read_the_roles_and_change_nothing(cast: Cast, client: Client, packer: CustomRole) -> None:
    client.force_login(cast.wes)
    assert "<form class" not in client.get(PAGE, headers=HTMX).content.decode()
    assert client.post(f"{PAGE}{packer.pk}/", {"name": "Mine", "permissions": PACKING}).status_code == 403
    assert client.post(PAGE, {"name": "Mine", "permissions": PACKING}).status_code == 403
