"""Files in a room and with an enquiry: looked at, kept with what they came with, opened by both sides alone."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from backend.core.errors import Conflict, Refused
from backend.core.row_security import acting_for
from backend.files.reading import read_attachment
from backend.negotiation.actions import send_message
from backend.negotiation.attachments.steps import NewFile
from backend.negotiation.models import Attachment, EnquiryFile, Entry, Room
from backend.negotiation.queries import stream
from tests.cast import Cast, actor_of
from tests.catalog.test_media import PDF, picture
from tests.live import assert_live
from tests.negotiation.haggling import ADDRESS, new_key, open_room, say


@pytest.fixture(autouse=True)
def _own_storage(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def plan(name: str = "plan.png") -> NewFile:
    return NewFile(name, read_attachment(picture("PNG", (640, 320)), name))


def sheet(name: str = "sheet.pdf") -> NewFile:
    return NewFile(name, read_attachment(PDF, name))


def logged_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_files_are_sent_with_words_or_without_and_once(cast: Cast) -> None:
    room, bea = open_room(cast), actor_of(cast.bea)
    for _ in range(2):
        entry = send_message(room, "Like this?", files=[plan(), sheet()], key="k", actor=bea)
        assert entry.files == 2
    with pytest.raises(Conflict):
        send_message(room, "Like this?", files=[sheet()], key="k", actor=bea)
    assert send_message(room, "", files=[plan()], key="l", actor=bea).text == ""
    assert Attachment.objects.count() == 3
    with pytest.raises(Refused, match="At most 5 files go with one message"):
        send_message(room, "All of them", files=[plan(f"{n}.png") for n in range(6)], key="m", actor=bea)
    with pytest.raises(Refused, match="Write something"):
        send_message(room, " ", key="n", actor=bea)


def test_files_cost_one_query_for_a_stretch_and_none_where_there_are_none(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    room, bea = open_room(cast), actor_of(cast.bea)
    say(cast, room, "Hello")
    with acting_for(cast.cornershop.pk), django_assert_num_queries(1):
        stream(room.pk)
    for _ in range(3):
        send_message(room, "", files=[plan(), sheet()], key=new_key(), actor=bea)
    with acting_for(cast.cornershop.pk), django_assert_num_queries(2):
        entries = stream(room.pk)
    assert [len(entry.files) for entry in entries] == [0, 0, 2, 2, 2]
    assert {(each.shown_width, each.shown_height) for each in entries[-1].files if each.is_picture} == {(160, 80)}


def test_both_sides_see_what_was_sent_live_and_open_it(cast: Cast) -> None:
    room = open_room(cast)
    bea, sally, otto = logged_in(cast.bea), logged_in(cast.sally), logged_in(cast.otto)
    where = f"/c/northfield/negotiations/{room.pk}/"
    with assert_live(sally, where):
        sent = {"text": "See", "key": "k", "attachments": SimpleUploadedFile("plan.png", picture("PNG", (640, 320)))}
        assert bea.post(f"/c/cornershop/negotiations/{room.pk}/messages/", sent).status_code == 303
    file = Attachment.objects.get()
    shared = f"/negotiations/{room.pk}/files/{file.pk}/s/"
    assert f'src="{shared}"' in sally.get(where).content.decode()
    for client, company in ((bea, "cornershop"), (sally, "northfield")):
        sent_on = client.get(shared)
        assert (sent_on.status_code, sent_on["Location"]) == (307, f"/c/{company}{shared}")
        small = client.get(f"/c/{company}{shared}")
        assert (small["Content-Type"], small["Content-Security-Policy"][:18]) == ("image/webp", "default-src 'none'")
        assert client.get(f"/c/{company}/negotiations/{room.pk}/files/{file.pk}/full/")["Content-Type"] == "image/png"
    assert otto.get(shared).status_code == 404
    assert otto.get(f"/c/eastwick{shared}").status_code == 404
    other = open_room(cast)
    assert bea.get(f"/c/cornershop/negotiations/{other.pk}/files/{file.pk}/s/").status_code == 404


@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_a_file_that_lies_about_its_kind_is_refused_and_the_message_is_kept(
    cast: Cast, headers: dict[str, str]
) -> None:
    room, bea = open_room(cast), logged_in(cast.bea)
    for name, content in (("plan.pdf", picture("PNG")), ("plan.png", b"MZ\x90"), ("plan.exe", PDF)):
        lie = {"text": "Our drawing", "key": "k", "attachments": [SimpleUploadedFile("sheet.pdf", PDF),
               SimpleUploadedFile(name, content)]}  # fmt: skip
        refused = bea.post(f"/c/cornershop/negotiations/{room.pk}/messages/", lie, headers=headers)
        shown = refused.content.decode()
        assert refused.status_code == 422
        assert f"{name} was not taken." in shown
        assert "Our drawing</textarea>" in shown
    assert not Entry.objects.filter(word="message").exists()


def test_files_go_with_an_enquiry_to_everybody_who_is_asked(cast: Cast) -> None:
    bea, mug = logged_in(cast.bea), cast.mug.pk
    wanted = {"sku": str(mug), f"quantity-{mug}": "200", "title": "Mugs", "open_for_days": "7", **ADDRESS}
    where = "/c/cornershop/negotiations/enquiries/new/"
    lie = bea.post(where, {**wanted, "key": "k", "attachments": SimpleUploadedFile("drawing.pdf", b"GIF89a")})
    assert lie.status_code == 422
    assert "drawing.pdf was not taken." in lie.content.decode()
    asked = bea.post(where, {**wanted, "key": "k", "attachments": SimpleUploadedFile("drawing.pdf", PDF)})
    assert asked.status_code == 303
    room, file = Room.objects.get(), EnquiryFile.objects.get()
    pages = {
        "northfield": (logged_in(cast.sally), f"/c/northfield/negotiations/{room.pk}/"),
        "cornershop": (bea, f"/c/cornershop/negotiations/enquiries/{room.enquiry_id}/"),
    }
    for company, (client, page) in pages.items():
        address = f"/c/{company}/negotiations/enquiry-files/{file.pk}/full/"
        assert f'href="{address}"' in client.get(page).content.decode()
        assert client.get(address)["Content-Disposition"] == 'attachment; filename="drawing.pdf"'
    assert logged_in(cast.otto).get(f"/c/eastwick/negotiations/enquiry-files/{file.pk}/full/").status_code == 404
