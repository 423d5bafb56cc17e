"""A live region that asks for itself gets a tag for what it shows, and 304 while that is so."""

from django.test import Client

from backend.inventory.actions import adjust_stock
from frontend_htmx.http import region_tag
from tests.cast import Cast, actor_of

GRID = "/c/northfield/inventory/"
ASKING = {"HX-Request": "true", "Live-Refresh": "1"}


def test_two_renderings_of_the_same_state_have_the_same_tag(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    one, other = (client.get(GRID, headers=ASKING) for _ in range(2))
    assert one.content != other.content, "each has tokens and keys of its own"
    assert one["ETag"] == other["ETag"]
    assert one["ETag"].startswith('W/"')


def test_whoever_shows_that_already_is_told_so_without_a_body(cast: Cast, client: Client) -> None:
    tag = client.get("/catalogue/", headers=ASKING)["ETag"]
    again = client.get("/catalogue/", headers={**ASKING, "If-None-Match": f'"another", {tag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "HX-Request" in again["Vary"]


def test_a_change_brings_the_region_and_another_tag(cast: Cast, client: Client) -> None:
    tag = client.get("/catalogue/", headers=ASKING)["ETag"]
    adjust_stock(cast.mug, cast.shelf, by=-290, reason="flood", key="k1", actor=actor_of(cast.max))
    changed = client.get("/catalogue/", headers={**ASKING, "If-None-Match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] != tag
    assert "Low stock" in changed.content.decode()


def test_no_cache_keeps_a_region_whose_forms_may_be_sent_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.nora)
    assert client.get(GRID, headers=ASKING)["Cache-Control"] == "no-store"


def test_a_part_that_a_person_asked_for_has_no_tag(cast: Cast, client: Client) -> None:
    assert not client.get("/catalogue/", headers={"HX-Request": "true"}).has_header("ETag")


def test_a_tag_ignores_a_list_s_place_in_the_event_log_and_nothing_that_is_shown() -> None:
    region = (
        b'<section data-live data-grant="%s" data-url="/x" data-topic="catalogue:1" data-v="%d"><b data-v="%d">%s</b>'
    )
    assert region_tag(region % (b"a", 1, 3, b"mug")) == region_tag(region % (b"b", 9, 3, b"mug"))
    assert region_tag(region % (b"a", 1, 3, b"mug")) != region_tag(region % (b"a", 1, 4, b"mug"))
    assert region_tag(region % (b"a", 1, 3, b"mug")) != region_tag(region % (b"a", 1, 3, b"jug"))
