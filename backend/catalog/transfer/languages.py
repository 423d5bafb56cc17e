"""What a row says of its product and its variant in further languages: a column for each text and language."""

from collections.abc import Iterator, Mapping, Sequence

from django.conf import settings
from django.utils.translation import get_language_info
from psycopg import sql

from backend.catalog.transfer.fields import BY_NAME, TEXTS, Field
from backend.catalog.transfer.models import Import

SQL = sql.SQL | sql.Composed
OF_PRODUCT: Mapping[str, str] = {"name": "name", "description": "description"}
OF_VARIANT: Mapping[str, str] = {"variant": "name"}
"""The text that a column holds -> the field that it is of."""
WORDS: Mapping[str, str] = {
    word.lower(): code
    for code, _name in settings.LANGUAGES
    for word in (code, get_language_info(code)["name"], get_language_info(code)["name_local"])
}
"""What a file may call the languages, in small letters."""


def mapped(import_: Import) -> Sequence[str]:
    """The columns of the file that hold such texts."""
    return [name for name in import_.mapping if name in TEXTS]


def said(import_: Import, fields: Mapping[str, str], row: str = "") -> SQL | None:
    """One object of all that a row says in further languages, by the keys of `translations`; None where the file has
    no column for it. With `row` of the table of that name."""
    given = [(name, *TEXTS[name]) for name in mapped(import_)]
    pairs = [
        sql.SQL("{}, {}").format(f"{fields[text]}.{language}", sql.Identifier(*filter(None, (row, f"v_{name}"))))
        for name, text, language in given
        if text in fields
    ]
    return sql.SQL("jsonb_strip_nulls(jsonb_build_object({}))").format(sql.SQL(", ").join(pairs)) if pairs else None


def differs(import_: Import, table: str, fields: Mapping[str, str]) -> Iterator[SQL]:
    """Whether the row `one` says something that the thing of this table does not say like that."""
    if (more := said(import_, fields, "one")) is not None:
        yield sql.SQL("NOT {}.translations @> {}").format(sql.Identifier(table), more)


def written(import_: Import, fields: Mapping[str, str]) -> Iterator[SQL]:
    """What an UPDATE sets; what the row leaves empty stays."""
    if (more := said(import_, fields)) is not None:
        yield sql.SQL("translations = it.translations || {}").format(more)


def wrongs(import_: Import) -> Iterator[tuple[Field, str, SQL]]:
    """A product keeps its own language, and says nothing in that a second time."""
    if "language" in import_.mapping:
        yield BY_NAME["language"], "other_language", sql.SQL("coalesce(v_language <> known_language, false)")
    for name in mapped(import_):
        is_own = sql.SQL("{} = {}").format(_own(import_), TEXTS[name][1])
        yield BY_NAME[name], "own_language", sql.SQL("({} IS NOT NULL AND {})").format(_t(name), is_own)


def own(import_: Import) -> SQL:
    """The language of what a new product says of itself."""
    if "language" in import_.mapping:
        return sql.SQL("coalesce(v_language, {})").format(import_.language)
    return sql.SQL("{}").format(import_.language)


def _own(import_: Import) -> SQL:
    return sql.SQL("coalesce(known_language, {})").format(own(import_))


def _t(name: str) -> sql.Identifier:
    return sql.Identifier(f"t_{name}")
