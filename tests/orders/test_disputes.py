"""A buyer disputes an order: both sides speak, the clock or either side asks the operators, and one of them decides."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from backend.core.errors import Conflict, NotAllowed, Refused
from backend.logistics.models import Shipment
from backend.logistics.states import CONFIRM_AFTER
from backend.logistics.tasks import confirm_receipts
from backend.orders.disputes.actions import (
    decide_dispute,
    escalate_dispute,
    open_dispute,
    speak_in_dispute,
    withdraw_dispute,
)
from backend.orders.disputes.states import ESCALATES_FROM, DisputeReason, Side
from backend.orders.models import Order, OrderDispute
from backend.orders.tasks import close_orders, escalate_disputes
from tests.at_once import AtOnce
from tests.cast import Cast, actor_of, make_cast
from tests.frontend.test_orders import HTMX, MAKER, SHOP, words
from tests.live import assert_live
from tests.logistics.test_dispatch import accepted
from tests.logistics.test_failing import send, steps
from tests.logistics.test_receipts import arrived

DAMAGED, FOR_BUYER, FOR_SELLER = DisputeReason.DAMAGED, Side.BUYER, Side.SELLER


def opened(cast: Cast, order: Order, *, key: str = "dispute") -> OrderDispute:
    return open_dispute(order, DAMAGED, words="Half of it is broken", key=key, actor=actor_of(cast.bea))


def ripe(dispute: OrderDispute) -> OrderDispute:
    """Some days later either side may ask the operators."""
    OrderDispute.objects.filter(pk=dispute.pk).update(opened_at=Now() - ESCALATES_FROM)
    return OrderDispute.objects.select_related("order").get(pk=dispute.pk)


def escalated(cast: Cast, order: Order) -> OrderDispute:
    return escalate_dispute(ripe(opened(cast, order)), actor=actor_of(cast.bea))


def stands(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.dispute, order.disputes.latest("nth").status


def test_what_was_sent_is_disputed_answered_and_withdrawn(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    with pytest.raises(Refused, match="has left yet"):
        opened(cast, order)
    send(cast, order, 40)
    dispute = opened(cast, order)
    assert opened(cast, order) == dispute, "sent twice it is one"
    with pytest.raises(Conflict, match="disputed already"):
        opened(cast, order, key="other")
    assert stands(order) == ("open", "open")
    for _ in range(2):
        speak_in_dispute(dispute, words="Send us a picture", key="word", actor=actor_of(cast.sally))
    assert stands(order) == ("negotiating", "negotiating")
    for _ in range(2):
        withdraw_dispute(dispute, actor=actor_of(cast.bea))
    assert stands(order) == ("withdrawn", "withdrawn")
    assert steps(order)[-3:] == ["dispute_opened", "dispute_said", "dispute_withdrawn"]
    assert opened(cast, order, key="again").nth == 2, "after one that was withdrawn there may be another"
    with pytest.raises(Conflict, match="is over"):
        speak_in_dispute(dispute, words="Late", key="late", actor=actor_of(cast.sally))


def test_either_side_asks_the_operators_after_three_days_and_the_clock_after_seven(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    send(cast, order, 40)
    dispute = opened(cast, order)
    with pytest.raises(Refused, match="three days"):
        escalate_dispute(dispute, actor=actor_of(cast.sally))
    for _ in range(2):
        escalate_dispute(ripe(dispute), actor=actor_of(cast.sally))
    assert stands(order) == ("escalated", "escalated")
    withdraw_dispute(dispute, actor=actor_of(cast.bea))
    second = opened(cast, order, key="second")
    assert escalate_disputes(0) == 0
    OrderDispute.objects.filter(pk=second.pk).update(escalates_at=Now() - timedelta(seconds=1))
    assert (escalate_disputes(0), escalate_disputes(0)) == (1, 0)
    assert stands(order) == ("escalated", "escalated")


def test_an_operator_decides_once_they_are_asked(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    arrived(cast, order, 40)
    dispute, olga = opened(cast, order), actor_of(cast.olga)
    with pytest.raises(Refused, match="nobody has asked"):
        decide_dispute(dispute, FOR_BUYER, words="Clear", actor=olga)
    dispute = escalate_dispute(ripe(dispute), actor=actor_of(cast.bea))
    with pytest.raises(NotAllowed):
        decide_dispute(dispute, FOR_SELLER, words="Mine", actor=actor_of(cast.sally))
    with pytest.raises(Refused, match="Say what"):
        decide_dispute(dispute, FOR_BUYER, words=" ", actor=olga)
    Order.objects.update(closes_at=Now())
    for _ in range(2):
        decide_dispute(dispute, FOR_BUYER, words="The pictures show it", actor=olga)
    assert stands(order) == ("decided", "decided")
    assert steps(order)[-1] == "dispute_for_buyer"
    assert close_orders(0) == 0, "the buyer has days in which to ask for a return"
    with pytest.raises(Conflict, match="is over"):
        decide_dispute(dispute, FOR_SELLER, words="No", actor=olga)
    with pytest.raises(Refused, match="have decided"):
        opened(cast, order, key="once more")


def test_as_long_as_it_is_disputed_nothing_happens_by_itself(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    arrived(cast, order, 40)
    dispute = opened(cast, order)
    Shipment.objects.update(delivered_at=Now() - CONFIRM_AFTER)
    Order.objects.update(closes_at=Now())
    assert (confirm_receipts(0), close_orders(0)) == (0, 0)
    withdraw_dispute(dispute, actor=actor_of(cast.bea))
    assert (confirm_receipts(0), close_orders(0)) == (1, 1)


def test_nobody_else_speaks_withdraws_or_disputes(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    send(cast, order, 40)
    with pytest.raises(NotAllowed):
        open_dispute(order, DAMAGED, words="Mine", key="s", actor=actor_of(cast.sally))
    dispute = opened(cast, order)
    for person in (cast.wes, cast.olga, cast.otto):
        with pytest.raises(NotAllowed):
            speak_in_dispute(dispute, words="Me, too", key="k", actor=actor_of(person))
    with pytest.raises(NotAllowed):
        withdraw_dispute(dispute, actor=actor_of(cast.sally))


@pytest.mark.parametrize("against", ["escalate", "decide"])
def test_of_a_withdrawal_and_its_rival_one_order_of_events_is_written(
    transactional_db: None, at_once: AtOnce, against: str
) -> None:
    cast = make_cast()
    order = accepted(cast, mug=40)
    send(cast, order, 40)
    dispute = ripe(opened(cast, order)) if against == "escalate" else escalated(cast, order)
    rivals = {
        "escalate": lambda: escalate_dispute(dispute, actor=actor_of(cast.sally)),
        "decide": lambda: decide_dispute(dispute, FOR_SELLER, words="So be it", actor=actor_of(cast.olga)),
    }
    at_once([lambda: withdraw_dispute(dispute, actor=actor_of(cast.bea)), rivals[against]] * 2)
    axis, status = stands(order)
    told = [step for step in steps(order) if step in ("dispute_withdrawn", "dispute_for_seller")]
    assert (axis, len(told)) == (status, 1), "one of them ended it"
    assert status == ("withdrawn" if told == ["dispute_withdrawn"] else "decided")


def test_both_sides_and_the_operators_follow_it_live(cast: Cast) -> None:
    order = accepted(cast, mug=40)
    send(cast, order, 40)
    bea, sally, olga = Client(), Client(), Client()
    for client, person in ((bea, cast.bea), (sally, cast.sally), (olga, cast.olga)):
        client.force_login(person)
    page, sale, floor = f"{SHOP}orders/{order.pk}/", f"{MAKER}orders/{order.pk}/", "/c/platform/disputes/"
    no = bea.post(f"{page}disputes/", {"reason": "damaged", "words": " ", "key": "d"}, headers=HTMX)
    assert no.status_code == 422
    typed = {"reason": "damaged", "words": "Half of it", "key": "d"}
    with assert_live(sally, sale), assert_live(sally, f"{MAKER}sales/"), assert_live(olga, floor):
        assert bea.post(f"{page}disputes/", typed, headers=HTMX).status_code == 200
    dispute = ripe(order.disputes.get())
    assert "It arrived damaged" in words(sally.get(sale))
    with assert_live(bea, page), assert_live(olga, floor):
        said = {"words": "We look into it", "key": "w"}
        sally.post(f"{sale}disputes/{dispute.pk}/words/", said, headers=HTMX)
        sally.post(f"{sale}disputes/{dispute.pk}/escalation/", headers=HTMX)
    decision = f"{floor}{dispute.pk}/decision/"
    no = olga.post(decision, {"side": "", "words": "Both are right"})
    assert no.status_code == 422
    assert "Both are right" in words(no)
    evidence = f"/c/platform/floor/orders/{order.pk}/"
    with assert_live(bea, page), assert_live(sally, sale), assert_live(olga, evidence):
        assert olga.post(decision, {"side": "seller", "words": "No picture came"}).status_code == 303
    late = olga.post(decision, {"side": "buyer", "words": "It was cracked"})
    assert (late.status_code, "This dispute is over" in words(late)) == (409, True), "another was faster"
    assert "Dispute decided for the seller No picture came" in words(bea.get(page))
    assert "For the seller" in words(olga.get(floor))
    assert sally.get(floor).status_code == 404
