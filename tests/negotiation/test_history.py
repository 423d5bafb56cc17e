"""Looking something up in a room, from either side, and taking all of it along."""

import csv
import hashlib
import json
from io import StringIO
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from backend.core.row_security import acting_for
from backend.negotiation.actions import send_message, withdraw_offer
from backend.negotiation.history.queries import MOST_HITS, found_in, whole_room
from backend.negotiation.models import Entry, Revision, Room
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import new_key, offer, open_room, say
from tests.negotiation.test_attachments import logged_in, sheet


@pytest.fixture(autouse=True)
def _own_storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def room(cast: Cast) -> Room:
    """Asked, two messages, two offers and a file: six entries."""
    room = open_room(cast)
    say(cast, room, "Could you deliver in March? 100% sure?")
    offer(cast, room, "240", note="Delivered in the second week of March")
    say(cast, room, "=SUM(A1)", by=cast.sally)
    send_message(room, "", files=[sheet("specification.pdf")], key=new_key(), actor=actor_of(cast.bea))
    offer(cast, room, "225", by=cast.bea)
    room.refresh_from_db()
    return room


@pytest.mark.parametrize(
    ("text", "seqs"),
    [
        ("march", [3, 2]),
        ("MARCH second", [3]),
        ("85123A", [6, 3]),
        ("enamel", [6, 3]),
        ("specification", [5]),
        ("100%", [2]),
        ("%", [2]),
        ("_", []),
        ("nothing of it", []),
        ("  ", []),
    ],
)
def test_what_stands_in_a_message_an_offer_or_a_files_name_is_found(
    cast: Cast, room: Room, text: str, seqs: list[int]
) -> None:
    for company in (cast.cornershop, cast.northfield):
        with acting_for(company.pk):
            assert [hit.seq for hit in found_in(room, text)] == seqs


def test_other_rooms_words_are_not_found(cast: Cast, room: Room) -> None:
    other = open_room(cast)
    say(cast, other, "Only there")
    with acting_for(cast.cornershop.pk):
        assert not found_in(room, "Only there")
        assert len(found_in(other, "Only there")) == 1


def test_a_hit_among_ten_thousand_is_shown_in_its_place(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room, sally = open_room(cast), logged_in(cast.sally)
    Entry.objects.bulk_create(
        Entry(room=room, seq=seq, word="message", text=f"No. {seq}", side="buyer") for seq in range(2, 10_001)
    )
    Room.objects.update(last_seq=10_000)
    with acting_for(cast.northfield.pk), django_assert_num_queries(1):
        assert len(found_in(room, "No.")) == MOST_HITS
    where = f"/c/northfield/negotiations/{room.pk}/"
    found = sally.get(f"{where}search/", {"q": "4711"})
    assert_sound(found)
    assert f'href="{where}at/4711/#said-{room.pk}-4711"' in found.content.decode()
    shown = sally.get(f"{where}at/4711/")
    assert_sound(shown)
    text = shown.content.decode()
    assert [f"No. {seq}<" in text for seq in (4685, 4686, 4711, 4736, 4737)] == [False, True, True, True, False]
    assert f"{where}before/4686/" in text
    assert "No. 4737<" in sally.get(f"{where}at/4762/").content.decode()
    assert f"{where}at/4762/" in text
    assert sally.get(f"{where}at/99999/").status_code == 404
    assert_sound(sally.get(f"{where}search/", {"q": "not there"}))


def test_the_whole_room_is_seven_queries_however_long(
    cast: Cast, room: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for pence in ("224", "223", "222"):
        offer(cast, room, pence)
    with acting_for(cast.cornershop.pk), django_assert_num_queries(7):
        whole = whole_room(room)
    assert list(whole.offers) == [1, 2, 3, 4, 5]


def test_each_side_takes_all_of_it_along_and_the_digests_are_those_of_the_texts(cast: Cast, room: Room) -> None:
    withdraw_offer(room, answers=2, actor=actor_of(cast.bea))
    files = []
    for user, company in ((cast.bea, "cornershop"), (cast.sally, "northfield")):
        where, client = f"/c/{company}/negotiations/{room.pk}/whole", logged_in(user)
        assert_sound(client.get(f"{where}/"))
        files.append(client.get(f"{where}.json").content)
    assert files[0] == files[1], "both have the same in hand"
    said = json.loads(files[0])
    assert [entry["what"] for entry in said["entries"]] == [
        "asked", "message", "offered", "message", "message", "offered", "withdrawn",
    ]  # fmt: skip
    assert said["entries"][4]["files"] == ["specification.pdf"]
    assert len(said["offers"]) == Revision.objects.count() == 2
    for each in said["offers"]:
        assert hashlib.sha256(each["canonical"].encode()).hexdigest() == each["sha256"]
    assert said["offers"][1]["terms"]["lines"][0]["unit_price_minor"] == "225"


def test_the_list_has_a_row_for_each_line_and_no_formula(cast: Cast, room: Room) -> None:
    response = logged_in(cast.bea).get(f"/c/cornershop/negotiations/{room.pk}/whole.csv")
    rows = list(csv.DictReader(StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [row["No."] for row in rows] == ["1", "2", "3", "3", "4", "5", "6", "6"]
    assert rows[4]["Message"] == "'=SUM(A1)"
    assert (rows[3]["SKU"], rows[3]["Quantity"], rows[3]["Each"], rows[3]["Net"]) == ("85123A", "100", "2.4", "240.00")
    assert rows[2]["Net"] == "255.00"
    assert rows[2]["SHA-256 of the offer"] == Revision.objects.get(number=1).digest


@pytest.mark.parametrize("page", ["search/?q=March", "at/2/", "whole/", "whole.json", "whole.csv"])
def test_nobody_else_looks_into_it(cast: Cast, room: Room, page: str) -> None:
    assert logged_in(cast.otto).get(f"/c/eastwick/negotiations/{room.pk}/{page}").status_code == 404
