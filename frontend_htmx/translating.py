"""Finds every translatable string of the project, and keeps the languages' catalogues complete.

Babel reads Python; for templates Django's own reader turns `translate` and `blocktranslate` into calls, line by line,
which Babel then reads too. No msgfmt and no xgettext is needed.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOMS = ("backend", "frontend_htmx", "realtime")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
HEADER = "# What Entrepot says, in another language. `manage.py extract_messages` keeps it complete."
Found = tuple[str, str | tuple[str, ...], str | None]
"""Where, the message (singular and plural, if it counts), and its context."""


def locale_file(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    """A language's catalogue as it is committed."""
    with locale_file(language).open("rb") as file:
        return read_po(file, locale=language)


def extracted() -> Catalog:
    """Every string that the project marks as translatable, with the files it stands in."""
    catalogue = Catalog(project="Entrepot", charset="utf-8")
    for place, message, context in _messages(Path(settings.ROOT)):
        catalogue.add(message, locations=[(place, 0)], context=context)
    return catalogue


def bring_up_to_date(language: str) -> Catalog:
    """Adds what is new to a language's catalogue and drops what is gone; translations are kept, none is guessed."""
    path = locale_file(language)
    known = read_catalogue(language) if path.exists() else Catalog(locale=language, charset="utf-8")
    known.project, known.version, known.header_comment, known.fuzzy = "Entrepot", "1", HEADER, False
    known.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, known, width=120, sort_output=True, include_lineno=False, omit_header=False)
    return known


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages of a catalogue that have no translation, or in a form too few."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string)
    ]


def _messages(root: Path) -> Iterator[Found]:
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _in_python(path.read_bytes(), _place(path, root))
    for path in sorted((root / "templates").rglob("*.*")):
        yield from _in_template(path, _place(path, root))


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _in_template(path: Path, place: str) -> Iterator[Found]:
    for line in templatize(path.read_text(), origin=str(path)).splitlines():
        if "gettext(" in line or "_(" in line:
            yield from _in_python(line.strip().encode(), place)


def _in_python(source: bytes, place: str) -> Iterator[Found]:
    for _line, function, arguments, _comments in extract_python(BytesIO(source), KEYWORDS, [], {}):
        texts = [text for text in (arguments if isinstance(arguments, (list, tuple)) else [arguments]) if text]
        if not texts:
            continue
        context = texts.pop(0) if "pgettext" in str(function) else None
        yield place, (tuple(texts[:2]) if "ngettext" in str(function) else texts[0]), context
