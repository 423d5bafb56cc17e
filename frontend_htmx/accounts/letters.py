"""On a development machine mail is kept in files; these pages are where one reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

SHOWN = 50
SEPARATOR = b"\n" + b"-" * 79 + b"\n"  # what Django's file backend writes after each message


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, as it was sent."""

    number: str
    subject: str
    to: str
    date: str
    body: str


@require_safe
def list_letters(request: HttpRequest) -> HttpResponse:
    """The newest mails, each unfolding to what it says."""
    if settings.ENTREPOT_ENV != "development":
        raise Http404
    return render(request, "accounts/letters.html", {"letters": newest_letters(Path(settings.EMAIL_FILE_PATH))})


def newest_letters(directory: Path) -> Sequence[Letter]:
    """The last SHOWN of them, the newest first."""
    newest_first = sorted(directory.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)[:SHOWN]
    return [letter for file in newest_first for letter in reversed(list(_letters_in(file)))][:SHOWN]


def _letters_in(file: Path) -> Iterator[Letter]:
    for index, raw in enumerate(file.read_bytes().split(SEPARATOR)):
        if raw.strip():
            yield _letter(f"{file.stem}-{index}", BytesParser(policy=policy.default).parsebytes(raw))


def _letter(number: str, message: EmailMessage) -> Letter:
    body = message.get_body(("plain",))
    return Letter(
        number=number,
        subject=str(message["Subject"]),
        to=str(message["To"]),
        date=str(message["Date"]),
        body=str(body.get_content()) if body else "",
    )
