"""Two weeks of the stream, as orders and returns, at full speed: nothing is lost, and pages that watched end up right.

The fortnight from 2010-12-21 is the thinnest: a wholesaler's Christmas. `./dev bench replay` replays the whole stream.
"""

from contextlib import ExitStack
from datetime import date

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.analytics.floor.models import FloorEntry
from backend.market.actions import open_market
from backend.market.files import read_cast, read_catalogue
from tests.live import assert_live
from tests.market.full_speed import FullSpeed, check, listen_to_the_end, stocked_for, within
from tests.market.second_reader import SecondReader

FIRST, LAST = "2010-12-21", "2011-01-03"
WATCHERS = {
    "ines@entrepot.example": "/c/entrepot/floor/",
    "helena@northfield.example": "/c/northfield/sales/",
    "amara@moorland.example": "/c/moorland-provisions/catalogue/?q=heart",
}


@pytest.mark.django_db(transaction=True)
def test_a_fortnight_of_the_stream_comes_to_what_it_says_and_whoever_watches_sees_it() -> None:
    reader = SecondReader()
    said = reader.read(FIRST, LAST)
    catalogue = stocked_for(read_catalogue(), said)
    open_market(catalogue, read_cast())
    replay = FullSpeed(catalogue)
    listen_to_the_end()
    with ExitStack() as watched:
        for email, path in WATCHERS.items():
            watched.enter_context(assert_live(logged_in(email), path))
        for invoice in within(date.fromisoformat(FIRST), date.fromisoformat(LAST)):
            replay.play(invoice)
        listen_to_the_end()
    check(catalogue, said)
    seqs = FloorEntry.objects.order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == list(range(1, len(seqs) + 1))
    # Nobody can bring back within two weeks what they bought before them; in the whole stream nothing is left out.
    assert (said.orders, said.brought_back.total(), reader.left_out.total()) == (295, 1, 160)


def test_in_the_whole_stream_nothing_comes_back_that_was_not_ordered_before() -> None:
    reader = SecondReader()
    said = reader.read("2010-12-01", "2011-05-31")
    assert (said.orders, said.lines) == (40_948, 141_628)
    assert (said.brought_back.total(), reader.left_out.total()) == (25_048, 0)


def logged_in(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client
