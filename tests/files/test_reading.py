"""What is sent as an attachment: of the kind that its name says, under a name that misleads nobody."""

import pytest

from backend.core.errors import Refused
from backend.files.reading import read_attachment, shown_name
from tests.catalog.test_media import PDF, SVG, picture


@pytest.mark.parametrize("name", ["PO 4711.pdf", "PO.4711.PDF"])
def test_an_attachment_is_taken_under_a_name_of_its_kind(name: str) -> None:
    assert read_attachment(PDF, name).content_type == "application/pdf"
    assert read_attachment(picture(), "plan.jpeg").content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (PDF, "plan.png", "“plan.png” is in truth a file of the kind .pdf"),
        (picture("PNG"), "order.pdf", "“order.pdf” is in truth a file of the kind .png"),
        (picture(), "plan.jpg.exe", "is in truth a file of the kind .jpg"),
        (PDF, "order", "give it that ending"),
        (b"MZ\x90", "order.pdf", "neither a JPEG, PNG or WebP picture nor a PDF"),
        (SVG, "plan.png", "SVG can carry scripts"),
        (b"", "order.pdf", "The file is empty"),
    ],
)
def test_a_file_that_lies_about_its_kind_is_refused_with_what_it_is(content: bytes, name: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        read_attachment(content, name)
    assert refused.value.field == "file"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  PO\n4711 .pdf ", "PO 4711 .pdf"),
        ("order\u202efdp.exe", "order fdp.exe"),
        ("x" * 200 + ".pdf", "x" * 110 + "…xxxxx.pdf"),
        ("طلب.pdf", "طلب.pdf"),
    ],
)
def test_a_name_is_one_line_that_turns_nothing_around(name: str, shown: str) -> None:
    assert shown_name(name) == shown
