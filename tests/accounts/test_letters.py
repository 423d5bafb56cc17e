from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client
from pytest_django import Settings

from tests.accounts.markup import assert_sound

PAGE = "/development/mail/"


@pytest.fixture
def directory(settings: Settings, tmp_path: Path) -> Path:
    settings.ENTREPOT_ENV = "development"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def send(directory: Path, *subjects: str) -> None:
    link = "http://localhost:8000/accounts/confirm-email/MQ:1/"
    messages = [EmailMessage(s, f"Öffne {link}", "us@x.example", ["you@x.example"]) for s in subjects]
    EmailBackend(file_path=str(directory)).send_messages(messages)


def test_on_a_development_machine_mail_is_read_in_the_browser(db: None, client: Client, directory: Path) -> None:
    send(directory, "First")
    response = client.get(PAGE)
    page = assert_sound(response)
    assert "First" in response.content.decode()
    assert "http://localhost:8000/accounts/confirm-email/MQ:1/" in page.links


def test_the_newest_stands_first(db: None, client: Client, directory: Path) -> None:
    send(directory, "First", "Second")
    send(directory, "Third")
    text = client.get(PAGE).content.decode()
    assert text.index("Third") < text.index("Second") < text.index("First")


def test_before_the_first_mail_it_says_how_to_get_one(db: None, client: Client, directory: Path) -> None:
    assert "Nothing was sent yet" in client.get(PAGE).content.decode()


def test_a_mail_cannot_bring_markup_along(db: None, client: Client, directory: Path) -> None:
    send(directory, "<script>alert(1)</script>")
    assert "<script>alert" not in client.get(PAGE).content.decode()


@pytest.mark.parametrize("environment", ["test", "production"])
def test_anywhere_else_there_is_no_such_page(
    db: None, client: Client, directory: Path, settings: Settings, environment: str
) -> None:
    settings.ENTREPOT_ENV = environment
    assert client.get(PAGE).status_code == 404
