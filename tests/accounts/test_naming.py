"""A company is called otherwise: at once, or once an operator has confirmed it; what is frozen keeps the old name."""

import pytest
from django.test import Client

from backend.accounts.models import Company, Naming
from backend.accounts.naming.actions import confirm_name, refuse_name, rename_company, withdraw_name
from backend.accounts.naming.queries import names_of, names_on_the_floor
from backend.accounts.naming.states import NamingStatus
from backend.catalog.search.models import SearchEntry
from backend.core.errors import Conflict, NotAllowed, Refused
from backend.events import log
from backend.events.listeners import listen_once, listeners
from backend.events.models import Event
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.live import assert_live
from tests.orders.ordering import ordered

NAME, COMPANIES = "/c/northfield/name/", "/c/platform/companies/"
PART = {"HX-Request": "true"}


def ask(cast: Cast, name: str = "Northfield & Sons") -> Naming:
    made = rename_company(cast.northfield, name, actor=actor_of(cast.nora))
    assert made is not None
    return made


def now(company: Company) -> str:
    company.refresh_from_db()
    return company.name


def renamed_events() -> int:
    return Event.objects.filter(kind="accounts.company_renamed").count()


def test_a_buyer_is_renamed_at_once_and_its_address_stays(cast: Cast) -> None:
    slug, before = cast.cornershop.slug, cast.cornershop.name
    made = rename_company(cast.cornershop, "  Corner   Store ", actor=actor_of(cast.carl))
    assert made is not None
    assert (now(cast.cornershop), cast.cornershop.slug, made.status) == ("Corner Store", slug, NamingStatus.TAKEN)
    assert (made.before, made.asked_by) == (before, cast.carl)


def test_an_approved_seller_waits_for_an_operator(cast: Cast) -> None:
    naming = ask(cast)
    assert (now(cast.northfield), renamed_events()) == ("Northfield", 0)
    assert [each.name for each in names_on_the_floor().waiting] == ["Northfield & Sons"]
    for _ in range(2):
        confirm_name(naming, actor=actor_of(cast.olga))
    assert (now(cast.northfield), renamed_events()) == ("Northfield & Sons", 1)
    assert [(each.before, each.name) for each in names_on_the_floor().former] == [("Northfield", "Northfield & Sons")]


def test_the_same_again_changes_nothing(cast: Cast) -> None:
    assert rename_company(cast.northfield, "Northfield", actor=actor_of(cast.nora)) is None
    assert ask(cast).pk == ask(cast).pk
    assert Event.objects.filter(kind="accounts.name_asked").count() == 1


def test_another_name_takes_the_place_of_the_one_that_waits_and_the_old_one_ends_it(cast: Cast) -> None:
    first, second = ask(cast), ask(cast, "Northfield Ltd")
    assert rename_company(cast.northfield, "Northfield", actor=actor_of(cast.nora)) is None
    assert {each.pk: each.status for each in names_of(cast.northfield.pk)} == dict.fromkeys(
        (first.pk, second.pk), NamingStatus.WITHDRAWN
    )


def test_a_refused_name_says_why(cast: Cast) -> None:
    naming = ask(cast)
    with pytest.raises(Refused, match="3 to 200"):
        refuse_name(naming, " ", actor=actor_of(cast.olga))
    for _ in range(2):
        refuse_name(naming, "There is one of that name", actor=actor_of(cast.olga))
    (seen,) = names_of(cast.northfield.pk)
    assert (seen.status, seen.reason, now(cast.northfield)) == ("refused", "There is one of that name", "Northfield")
    with pytest.raises(Conflict):
        confirm_name(naming, actor=actor_of(cast.olga))


def test_a_withdrawn_name_is_confirmed_by_nobody(cast: Cast) -> None:
    naming = ask(cast)
    for _ in range(2):
        withdraw_name(naming, actor=actor_of(cast.nora))
    with pytest.raises(Conflict):
        confirm_name(naming, actor=actor_of(cast.olga))
    assert now(cast.northfield) == "Northfield"


@pytest.mark.parametrize("name", ["", "N", "N" * 121])
def test_a_name_that_does_not_do_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        ask(cast, name)


@pytest.mark.parametrize("who", ["max", "sally", "bea", "olga"])
def test_only_owners_rename_their_company(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        rename_company(cast.northfield, "Mine", actor=actor_of(getattr(cast, who)))


def test_only_operators_decide_and_the_market_itself_keeps_its_name(cast: Cast) -> None:
    naming = ask(cast)
    with pytest.raises(NotAllowed):
        confirm_name(naming, actor=actor_of(cast.nora))
    with pytest.raises(NotAllowed):
        refuse_name(naming, "No such", actor=actor_of(cast.nora))
    with pytest.raises(NotAllowed):
        rename_company(cast.platform, "Mine", actor=actor_of(cast.olga))


def test_it_is_found_by_its_new_name_and_no_longer_by_the_old_one(cast: Cast, client: Client) -> None:
    confirm_name(ask(cast, "Southgate"), actor=actor_of(cast.olga))
    log.number_events()
    listen_once("backend.catalog.search", listeners()["backend.catalog.search"])
    document = SearchEntry.objects.values_list("document", flat=True).get(pk=cast.mug.pk)
    assert "southgat" in document
    assert "northfield" not in document


def test_every_page_says_the_new_name_at_the_next_read(cast: Cast, client: Client) -> None:
    order = ordered(cast, {cast.mug: 4})
    pages = {
        "bea": ["/catalogue/", f"/c/cornershop/orders/{order.pk}/", "/c/cornershop/orders/", "/c/cornershop/cart/"],
        "nora": ["/c/northfield/members/", "/c/northfield/inventory/", f"/c/northfield/orders/{order.pk}/"],
        "olga": ["/c/platform/floor/", f"/c/platform/floor/orders/{order.pk}/"],
    }
    seen = [(who, page) for who, each in pages.items() for page in each]
    before = {(who, page): says(client, cast, who, page, "Northfield") for who, page in seen}
    assert sum(before.values()) >= 5, "else nothing is tried"
    confirm_name(ask(cast, "Southgate"), actor=actor_of(cast.olga))
    for (who, page), did in before.items():
        assert not did or says(client, cast, who, page, "Southgate"), page


def says(client: Client, cast: Cast, who: str, page: str, word: str) -> bool:
    client.force_login(getattr(cast, who))
    return word in client.get(page, follow=True).content.decode()


def test_the_owners_page_is_live_and_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    refused = client.post(NAME, {"name": "N"})
    assert refused.status_code == 422
    assert 'value="N"' in refused.content.decode()
    assert client.post(NAME, {"name": "Southgate"}).status_code == 303
    assert "waits for an operator" in client.get(NAME).content.decode()
    naming = Naming.objects.get(name="Southgate")
    with assert_live(client, NAME):
        refuse_name(naming, "There is one of that name", actor=actor_of(cast.olga))


def test_operators_decide_on_their_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.olga)
    naming = ask(cast)
    where = f"{COMPANIES}names/{naming.pk}/"
    short = client.post(f"{where}refusal/", {"reason": "x"}, headers=PART)
    assert short.status_code == 422
    assert 'value="x"' in short.content.decode()
    shown = client.post(f"{where}confirmation/", headers=PART).content.decode()
    assert "Former names" in shown
    assert "New names to confirm" not in shown
    assert client.post(f"/c/platform/companies/names/{naming.pk + 1}/confirmation/").status_code == 404


# --- At the same moment ----------------------------------------------------------------------------------------------
def test_operators_who_confirm_a_name_at_the_same_moment_rename_once(transactional_db: None, at_once: AtOnce) -> None:
    market = make_cast()
    naming, olga = ask(market), actor_of(market.olga)
    results = at_once([lambda: confirm_name(naming, actor=olga)] * 4)
    assert not [each for each in results if isinstance(each, Exception)]
    assert (now(market.northfield), renamed_events()) == ("Northfield & Sons", 1)


def test_of_a_yes_a_no_and_another_name_at_the_same_moment_one_decides(transactional_db: None, at_once: AtOnce) -> None:
    market = make_cast()
    naming, olga = ask(market), actor_of(market.olga)
    yes, no, _other = at_once(
        [
            lambda: confirm_name(naming, actor=olga),
            lambda: refuse_name(naming, "Somebody else is called so", actor=olga),
            lambda: ask(market, "Northfield Ltd"),
        ]
    )
    naming.refresh_from_db()
    won = [each for each in (yes, no) if not isinstance(each, Exception)]
    assert all(isinstance(each, Conflict) for each in (yes, no) if each not in won)
    assert len(won) == (0 if naming.status == NamingStatus.WITHDRAWN else 1)
    assert now(market.northfield) == ("Northfield & Sons" if naming.status == NamingStatus.TAKEN else "Northfield")
    assert [each.name for each in names_on_the_floor().waiting] == ["Northfield Ltd"]
