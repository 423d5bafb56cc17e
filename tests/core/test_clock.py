"""Two servers' clocks disagree by minutes, and nobody is turned away for it."""

from collections.abc import Iterator

import pytest

from backend.core import clock
from realtime.access import TICKET_TTL_S, BadTicket, read_ticket, sign_ticket


@pytest.fixture(autouse=True)
def right_clock() -> Iterator[None]:
    yield
    clock.skew(0)


@pytest.mark.parametrize("offset_s", [-300, 300])
def test_a_ticket_is_taken_by_a_server_whose_clock_is_minutes_off(offset_s: int) -> None:
    ticket = sign_ticket(7)
    clock.skew(offset_s)
    assert read_ticket(ticket).person == 7


def test_a_ticket_is_too_old_for_a_server_whose_clock_is_further_ahead_than_it_lives() -> None:
    ticket = sign_ticket(7)
    clock.skew(TICKET_TTL_S + 5)
    with pytest.raises(BadTicket):
        read_ticket(ticket)
