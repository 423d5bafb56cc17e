"""What runs low, on its page and above the stock."""

from django.test import Client

from backend.events import log
from backend.inventory.actions import sell_stock
from backend.inventory.limits.actions import set_default_low_mark, set_low_mark
from backend.inventory.models import StockItem
from realtime.lanes import coalesce
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.live import assert_live

GRID = "/c/northfield/inventory/"
PAGE = f"{GRID}low/"


def entered(client: Client, user: object) -> Client:
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_what_begins_to_run_low_appears_at_once_on_both_pages(cast: Cast, client: Client) -> None:
    set_default_low_mark(cast.northfield, 100, actor=actor_of(cast.nora))
    for n, page in enumerate((PAGE, GRID)):
        entered(client, cast.rita)
        assert_sound(client.get(page))
        with assert_live(client, page):
            sell_stock(cast.mug, 200 - n * 190, reference=f"sale {n}", actor=actor_of(cast.sally))
        assert "Blue enamel mug" in client.get(PAGE).content.decode()


def test_how_many_run_low_stands_in_the_desks_navigation_and_asks_again(cast: Cast, client: Client) -> None:
    set_low_mark(cast.mug, 100, actor=actor_of(cast.nora))
    count, topic = f"{PAGE}count/", f"low_stock:{cast.northfield.pk}"
    assert f'hx-get="{count}"' in entered(client, cast.rita).get(GRID).content.decode()
    assert f'data-topic="{topic}"' in client.get(count).content.decode()
    assert "<b>" not in client.get(count).content.decode()
    sell_stock(cast.mug, 250, reference="sale", actor=actor_of(cast.sally))
    assert topic in coalesce(log.number_events())
    assert "<b>1</b>" in client.get(count).content.decode()


def test_how_long_it_lasts_moves_with_each_sale(cast: Cast, client: Client) -> None:
    set_low_mark(cast.mug, 300, actor=actor_of(cast.nora))
    with assert_live(entered(client, cast.rita), PAGE):
        sell_stock(cast.mug, 100, reference="sale", actor=actor_of(cast.sally))
    assert "56 days" in " ".join(client.get(PAGE).content.decode().split())


def test_the_part_above_the_grid_is_asked_for_by_itself(cast: Cast, client: Client) -> None:
    shown = entered(client, cast.rita).get(f"{PAGE}?few=1", headers={"HX-Request": "true"}).content.decode()
    assert 'id="low"' in shown
    assert "Nothing runs low" in shown
    assert 'data-url="/c/northfield/inventory/low/?few=1"' in shown


def test_marks_are_set_for_one_and_for_all(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    assert client.post(PAGE, {"low_at": "50"}).status_code == 303
    url = f"{GRID}skus/{cast.mug.pk}/low-mark/"
    shown = client.post(url, {"low_at": "400"}, headers={"HX-Request": "true"}).content.decode()
    assert 'value="400"' in shown
    assert "Empty: at 50" in shown
    assert set(StockItem.objects.filter(is_low=True)) == {
        StockItem.objects.get(pk=p.pk) for p in (cast.mug, cast.plate)
    }


def test_a_mark_that_can_not_be_is_kept_as_typed(cast: Cast, client: Client) -> None:
    entered(client, cast.nora)
    for url in (PAGE, f"{GRID}skus/{cast.mug.pk}/low-mark/"):
        response = client.post(url, {"low_at": "-3"})
        assert response.status_code == 422
        assert 'value="-3"' in response.content.decode()


def test_who_packs_goods_sees_what_runs_low_and_sets_no_mark(cast: Cast, client: Client) -> None:
    entered(client, cast.wes)
    assert "Save</button>" not in client.get(PAGE).content.decode().split("<main", 1)[1]
    assert client.post(PAGE, {"low_at": "5"}).status_code == 403
