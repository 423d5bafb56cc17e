"""Which page of a list a URL asks for."""

from django.http import HttpRequest

MAX_DIGITS = 8


def page_number(request: HttpRequest) -> int:
    """1-based; nonsense asks for the first, and a query answers the nearest page that exists."""
    return number_of(request.GET.get("page", ""))


def number_of(asked: str) -> int:
    """The number that a text says, or 1."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= MAX_DIGITS else 1


def search_text(request: HttpRequest, most: int = 80) -> str:
    """What the reader looks for in a list of their own."""
    return request.GET.get("q", "").replace("\x00", "")[:most].strip()
