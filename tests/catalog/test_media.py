"""Pictures and documents: looked at by their content, kept once, shown to whom the product is."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from struct import pack
from typing import Any
from zlib import crc32

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from backend.catalog.changes.actions import approve_change, reject_change, withdraw_change
from backend.catalog.changes.queries import compared
from backend.catalog.media.actions import Words, add_media, edit_media, remove_media
from backend.catalog.models import ChangeSet, Media, Product
from backend.core.clock import skew
from backend.core.errors import NotAllowed, Refused
from backend.files.keeping import delete_orphans, store
from backend.files.reading import MAX_BYTES, read_upload
from backend.inventory.availability.queries import catalogue_rows
from tests.accounts.markup import assert_sound
from tests.cast import Cast, actor_of, add_sku

PDF = b"%PDF-1.7\nsheet\n%%EOF\n"
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def picture(form: str = "JPEG", size: tuple[int, int] = (64, 36), mode: str = "RGB", **options: Any) -> bytes:
    written = BytesIO()
    Image.new(mode, size, "navy").save(written, form, **options)
    return written.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A few bytes that say they are a very large picture."""
    sent, head = picture("PNG", (1, 1)), b"IHDR" + pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return sent[:12] + head + pack(">I", crc32(head)) + sent[33:]


def of_a_camera() -> bytes:
    """Held upright, and it knows where."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Maker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 26.0)
    return picture(size=(1600, 900), exif=exif.tobytes(), comment=b"Secret words")


@pytest.fixture
def kept(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_a_picture_is_turned_and_nothing_but_its_pixels_is_kept() -> None:
    upload = read_upload(of_a_camera())
    assert (upload.width, upload.height, upload.content_type) == (900, 1600, "image/jpeg")
    assert Image.open(BytesIO(of_a_camera())).getexif().get_ifd(0x8825), "the place is in what was sent"
    assert b"Secret" in of_a_camera()
    assert not any(b"Secret" in content for content in (upload.content, *dict(upload.thumbnails).values()))
    assert not Image.open(BytesIO(upload.content)).getexif()
    sizes = [Image.open(BytesIO(content)).size for _size, content in upload.thumbnails]
    assert sizes == [(90, 160), (270, 480), (675, 1200)]


def test_a_picture_larger_than_any_screen_is_kept_smaller() -> None:
    upload = read_upload(picture(size=(6_400, 100)))
    assert (upload.width, upload.height) == (3_000, 47)


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("JPEG", "CMYK"), ("JPEG", "L")]
)
def test_pictures_of_every_kind_of_pixel_are_taken(form: str, mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (20, 10)).save(written, form)
    assert read_upload(written.getvalue()).width == 20


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (SVG, "SVG can carry scripts"),
        (b"\xef\xbb\xbf  " + SVG, "SVG can carry scripts"),
        (b"MZ not a picture.jpg", "neither a JPEG"),
        (b"GIF89a", "neither a JPEG"),
        (picture(size=(1600, 900))[:2000], "damaged"),
        (picture("PNG")[:60], "damaged"),
        (b"%PDF-1.7 and then nothing", "not complete"),
        (b"%PDF-" + b"0" * MAX_BYTES, "at most 10 MB"),
        (bomb(5_001, 5_000), "too many pixels: at most 25 million are taken of a PNG"),
        (bomb(100_000, 100_000), "too many pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_is_refused_with_what_would_be_taken(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        read_upload(content)
    assert refused.value.field == "file"


def change(cast: Cast, content: bytes, by: str = "nora", key: str = "k", **words: str) -> ChangeSet | None:
    """What waits for an approval after Northfield's mug was given a picture or a document."""
    product = Product.objects.select_related("company", "category").get(pk=cast.mug.product_id)
    actor = actor_of(getattr(cast, by))
    return add_media(product, read_upload(content), words=Words(**words), key=key, actor=actor).waiting


def add(cast: Cast, content: bytes, by: str = "nora", key: str = "k", **words: str) -> Media:
    assert change(cast, content, by, key, **words) is None
    return the_mugs(cast).get(sha256=read_upload(content).sha256)


def the_mugs(cast: Cast) -> QuerySet[Media]:
    return Media.objects.filter(product=cast.mug.product_id)


def files(kept: Path) -> int:
    return len([path for path in kept.rglob("*") if path.is_file()])


def test_the_same_file_is_kept_once(cast: Cast, kept: Path) -> None:
    first = add(cast, picture())
    assert add(cast, picture()) == first
    assert add(cast, picture(), key="k2") == first
    assert files(kept) == 4, "the picture and three thumbnails"


def test_a_file_of_which_only_a_part_was_written_is_written_again(cast: Cast, kept: Path) -> None:
    media = add(cast, picture())
    Path(media.file.path).write_bytes(b"half")
    store(read_upload(picture()))
    assert Path(media.file.path).read_bytes() == read_upload(picture()).content


def test_pictures_have_an_order_and_words(cast: Cast, kept: Path) -> None:
    first, second = add(cast, picture()), add(cast, picture(size=(30, 30)), key="k2")
    for _ in range(2):
        edit_media(second, alt=" From above ", position=0, actor=actor_of(cast.max))
    assert [media.alt for media in the_mugs(cast)] == ["From above", ""]
    for _ in range(2):
        remove_media(first, actor=actor_of(cast.max))
    assert list(the_mugs(cast)) == [second]


def test_a_product_has_so_many_and_no_more(cast: Cast, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.catalog.media.actions.MAX_MEDIA", 1)
    add(cast, picture())
    with pytest.raises(Refused, match="at most 1 pictures and documents"):
        add(cast, picture(size=(30, 30)), key="k2")


def test_who_may_not_edit_adds_nothing(cast: Cast, kept: Path) -> None:
    for who in ("rita", "wes", "otto", "carl"):
        with pytest.raises(NotAllowed):
            change(cast, picture(), by=who)
    assert not files(kept)


def test_a_picture_of_what_is_published_waits_for_an_approval(cast: Cast, client: Client, kept: Path) -> None:
    waits = change(cast, picture(), by="sally", alt="In blue")
    assert waits
    assert change(cast, picture(), by="sally", alt="In blue") == waits, "sent twice it waits once"
    media = the_mugs(cast).get()
    assert media.proposed
    assert client.get(f"/media/{media.sha256}/s/").status_code == 404
    assert [(line.label, line.old, line.new, line.media) for line in compared(waits)] == [
        ("Picture", None, "In blue", media)
    ]
    client.force_login(cast.max)
    assert_sound(client.get(f"/c/northfield/changes/{waits.pk}/"))
    assert client.get(f"/c/northfield/media/{media.pk}/s/").status_code == 200
    approve_change(waits, actor=actor_of(cast.max))
    client.logout()
    assert client.get(f"/media/{media.sha256}/s/").status_code == 200


def test_of_what_was_proposed_and_not_wanted_nothing_is_left(
    cast: Cast, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    for key, act in (("r", reject_change), ("w", withdraw_change)):
        waits = change(cast, picture(), by="sally", key=key)
        assert waits
        with django_capture_on_commit_callbacks(execute=True):
            act(waits, actor=actor_of(cast.max if act is reject_change else cast.sally))
        assert not the_mugs(cast).exists()
        assert not files(kept)


def test_a_removal_and_other_words_wait_too_and_a_second_removal_is_overtaken(cast: Cast, kept: Path) -> None:
    media = add(cast, picture(), name="front.jpg")
    sally, nora = actor_of(cast.sally), actor_of(cast.nora)
    other = edit_media(media, alt="Front", position=0, actor=sally).waiting
    first, second = (remove_media(media, actor=sally).waiting for _ in range(2))
    assert other
    assert first
    assert second
    approve_change(other, actor=nora)
    assert the_mugs(cast).get().alt == "Front"
    assert approve_change(first, actor=nora).state == "conflicted", "it is called otherwise now"
    third, fourth = (remove_media(media, actor=sally).waiting for _ in range(2))
    assert third
    assert fourth
    assert approve_change(third, actor=nora).state == "approved"
    assert not the_mugs(cast).exists()
    assert approve_change(fourth, actor=nora).state == "conflicted"


def test_a_file_goes_with_the_last_product_that_shows_it(
    cast: Cast, kept: Path, django_capture_on_commit_callbacks: Any
) -> None:
    ours = add(cast, picture())
    kettle = Product.objects.select_related("company", "category").get(pk=cast.kettle.product_id)
    add_media(kettle, read_upload(picture()), key="k", actor=actor_of(cast.otto))
    theirs = Media.objects.get(product=kettle)
    for media, by, left in ((ours, cast.nora, 4), (theirs, cast.otto, 0)):
        with django_capture_on_commit_callbacks(execute=True):
            remove_media(media, actor=actor_of(by))
        assert files(kept) == left


def test_what_no_product_names_is_swept_away_after_a_day(cast: Cast, kept: Path) -> None:
    media = add(cast, picture())
    store(read_upload(picture(size=(30, 30))))
    (kept / "imports").mkdir()
    (kept / "imports" / "goods.csv").write_text("of somebody else")
    assert (delete_orphans(), files(kept)) == (0, 9)
    skew(2 * 86_400)
    try:
        assert (delete_orphans(), files(kept)) == (1, 5)
    finally:
        skew(0)
    assert Path(media.file.path).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_upload_the_same_picture_at_once_have_it_once(cast: Cast, kept: Path) -> None:
    def upload(number: int) -> None:
        try:
            change(cast, picture(size=(40, 40)), key=str(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as people:
        list(people.map(upload, range(4)))
    assert the_mugs(cast).count() == 1
    assert files(kept) == 4


def test_a_picture_is_shown_for_ever_to_whom_its_product_is(cast: Cast, client: Client, kept: Path) -> None:
    media = add(cast, picture(size=(1600, 900)), alt="A blue mug")
    product = f"/products/{cast.mug.product_id}-blue-enamel-mug/"
    response = client.get(product)
    assert_sound(response)
    assert 'alt="A blue mug"' in response.content.decode()
    response = client.get(f"/media/{media.sha256}/l/")
    assert Image.open(BytesIO(response.content)).size == (1200, 675)
    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(f"/media/{media.sha256}/l/", headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.get(f"/media/{media.sha256}/xl/").status_code == 404
    assert client.get(f"/media/{media.pk}/l/").status_code == 404, "by its content alone"
    Product.objects.filter(pk=cast.mug.product_id).update(status="draft")
    assert client.get(f"/media/{media.sha256}/l/").status_code == 404
    client.force_login(cast.rita)
    own = client.get(f"/c/northfield/media/{media.pk}/s/")
    assert own["Cache-Control"].startswith("private")
    client.force_login(cast.otto)
    assert client.get(f"/c/eastwick/media/{media.pk}/s/").status_code == 404


def test_a_document_is_a_download_and_never_a_page(cast: Cast, client: Client, kept: Path) -> None:
    media = add(cast, PDF, name="Sheet.pdf", alt="Data sheet")
    assert "Data sheet" in client.get(f"/products/{cast.mug.product_id}-blue-enamel-mug/").content.decode()
    response = client.get(f"/media/{media.sha256}/full/")
    assert response["Content-Disposition"] == 'attachment; filename="Sheet.pdf"'
    assert (response["Content-Type"], response.content) == ("application/pdf", PDF)
    assert client.get(f"/media/{media.sha256}/s/").status_code == 404


def test_a_seller_uploads_orders_and_removes_on_his_page(cast: Cast, client: Client, kept: Path) -> None:
    client.force_login(cast.nora)
    url = f"/c/northfield/products/{cast.mug.product_id}/media/"
    refused = client.post(url, {"key": "a", "file": SimpleUploadedFile("mug.png", SVG, "image/png"), "alt": "Typed"})
    assert refused.status_code == 422
    assert "SVG can carry scripts" in refused.content.decode()
    assert 'value="Typed"' in refused.content.decode()
    for key, size in (("b", (40, 40)), ("c", (50, 50))):
        file = SimpleUploadedFile("mug.exe", picture(size=size), "application/octet-stream")
        assert client.post(url, {"key": key, "file": file, "alt": key}).status_code == 303
    assert_sound(client.get(url))
    last = Media.objects.get(alt="c")
    client.post(f"/c/northfield/media/{last.pk}/changes/new/", {"alt": "First", "position": "1"})
    assert [media.alt for media in Media.objects.all()] == ["First", "b"]
    client.post(f"/c/northfield/media/{last.pk}/removals/new/")
    assert Media.objects.get().alt == "b"


def test_a_picture_of_one_variant_stands_for_that_one_alone(cast: Cast, client: Client, kept: Path) -> None:
    green = add_sku(cast.mug.product, "85123B")
    client.force_login(cast.nora)
    url = f"/c/northfield/products/{cast.mug.product_id}/media/"
    for key, variant in (("a", ""), ("b", green.variant_id)):
        file = SimpleUploadedFile("mug.png", picture("PNG", (40, 40 + len(key) + ord(key))), "image/png")
        assert client.post(url, {"key": key, "file": file, "variant": variant}).status_code == 303
    assert "Only 85123B" in client.get(url).content.decode()
    of_all, of_green = the_mugs(cast)
    assert [row.picture for row in catalogue_rows([cast.mug.pk, green.pk])] == [of_all.sha256, of_green.sha256]
    client.logout()
    offer = client.get(f"/products/{cast.mug.product_id}-blue-enamel-mug/").content.decode()
    assert offer.count(f'src="/media/{of_green.sha256}/s/"') == 2, "in the gallery, and beside its offer"


def test_another_products_variant_is_none_to_choose(cast: Cast, client: Client, kept: Path) -> None:
    add_sku(cast.mug.product, "85123B")
    client.force_login(cast.nora)
    url = f"/c/northfield/products/{cast.mug.product_id}/media/"
    file = SimpleUploadedFile("mug.png", picture(), "image/png")
    assert client.post(url, {"key": "a", "file": file, "variant": cast.plate.variant_id}).status_code == 422
    assert not the_mugs(cast).exists()
