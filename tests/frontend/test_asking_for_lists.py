"""A buyer asks for offers for a whole list: an order template, or what was typed, pasted or sent onto the pad."""

from django.test import Client

from backend.negotiation.models import EnquiryLine, Room
from backend.orders.quick.actions import paste_table
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of
from tests.negotiation.haggling import ADDRESS
from tests.orders.test_reordering import keep

NEW = "/c/cornershop/negotiations/enquiries/new/"


def test_a_pasted_list_becomes_an_enquiry_and_what_names_nothing_stays_beside(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    rows = [["SKU", "Qty"], ["22114", "6000"], ["22114", "12"], ["NO-SUCH", "5"], ["22114", "many"]]
    paste_table(rows, key="p", actor=actor_of(cast.bea))
    assert f"{NEW}?from=pad" in client.get("/c/cornershop/quick-order/").content.decode()
    page = client.get(f"{NEW}?from=pad")
    assert_sound(page)
    shown = page.content.decode()
    assert "“NO-SUCH” is no SKU" in shown
    assert "many" in shown
    plate = cast.plate.pk
    assert f'name="quantity-{plate}" value="6012"' in shown, "more than there is, added up"
    typed = {"sku": str(plate), f"quantity-{plate}": "6012", f"breaks-{plate}": "10000; 20000", "title": "Plates"}
    rest = {"open_for_days": "7", "audience": "verified", "board": "sealed", **ADDRESS, "key": "k"}
    refused = client.post(NEW, typed | rest | {f"breaks-{plate}": "a lot"})
    assert refused.status_code == 422
    assert "a lot" in refused.content.decode()
    assert client.post(NEW, typed | rest).status_code == 303
    line = EnquiryLine.objects.select_related("enquiry").get()
    assert (line.quantity, line.breaks) == (6_012, [10_000, 20_000])
    assert (line.enquiry.audience, line.enquiry.board) == ("verified", "sealed")


def test_a_template_becomes_an_enquiry_of_those_who_sell_what_stands_in_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    template = keep(cast, {cast.plate: 24, cast.kettle: 3})
    where = f"{NEW}?template={template.pk}"
    assert where in client.get(f"/c/cornershop/order-templates/{template.pk}/").content.decode()
    shown = client.get(where).content.decode()
    for sku, n in ((cast.plate, 24), (cast.kettle, 3)):
        assert f'name="quantity-{sku.pk}" value="{n}"' in shown
    skus = [str(cast.plate.pk), str(cast.kettle.pk)]
    numbers = {f"quantity-{pk}": "24" for pk in skus}
    typed = {"sku": skus, **numbers, "title": "All", "open_for_days": "7", **ADDRESS, "key": "k"}
    assert client.post(NEW, typed).status_code == 303
    assert Room.objects.count() == 2
    client.force_login(cast.otto)
    assert client.get(f"/c/eastwick/negotiations/enquiries/new/?template={template.pk}").status_code == 404


def test_one_thing_that_two_sellers_sell_is_one_line_of_the_form(cast: Cast, client: Client) -> None:
    client.force_login(cast.bea)
    twin = cast.kettle
    twin.product, twin.variant = cast.mug.product, cast.mug.variant
    twin.save()
    template = keep(cast, {cast.mug: 60, twin: 40})
    shown = client.get(f"{NEW}?template={template.pk}").content.decode()
    assert shown.count('name="quantity-') == 1
    assert 'value="100"' in shown
    assert "Northfield, Eastwick" in shown
