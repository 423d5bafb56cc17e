"""Arabic is the proof that every string can be translated, and is."""

import ast
from collections.abc import Iterator

from babel.messages.catalog import Catalog
from babel.messages.checkers import python_format
from django.conf import settings
from django.template import engines
from django.utils.translation import override

from frontend_htmx import translating


def ids(catalogue: Catalog) -> set[object]:
    return {(message.context, message.id) for message in catalogue if message.id}


def test_the_arabic_catalogue_holds_every_string_and_no_other() -> None:
    """`./dev manage extract_messages` brings it up to date; then translate what is new."""
    assert ids(translating.read_catalogue("ar")) == ids(translating.extracted())


def test_no_string_waits_for_its_translation() -> None:
    assert translating.untranslated(translating.read_catalogue("ar")) == []


def test_a_translation_names_what_the_original_names() -> None:
    catalogue = translating.read_catalogue("ar")
    for message in catalogue:
        if message.id and message.python_format and not isinstance(message.string, tuple):
            python_format(catalogue, message)


def test_no_translation_says_itself_twice() -> None:
    told = (str(message.string) for message in translating.read_catalogue("ar") if message.id)
    assert [words for words in told if len(words) > 60 and words.count(words[:40]) > 1] == []


def test_strings_are_found_in_python_and_in_templates() -> None:
    found = {message.id for message in translating.extracted()}
    assert "Out of stock" in found
    assert "%(company)s is approved" in found


def test_no_string_is_read_before_there_is_a_reader() -> None:
    """`lazy % values` is read where it stands, once, in English; `format_lazy` waits."""
    ours = (path for room in ("backend", "frontend_htmx", "realtime") for path in (settings.ROOT / room).rglob("*.py"))
    assert [f"{path}:{line}" for path in ours for line in read_at_once(ast.parse(path.read_text()))] == []


def read_at_once(module: ast.AST) -> Iterator[int]:
    """The lines at which a module reads a lazy string while it is being imported."""
    for node in ast.iter_child_nodes(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.BinOp) and is_read_by_filling_in(node):
            yield node.lineno
        yield from read_at_once(node)


def is_read_by_filling_in(node: ast.BinOp) -> bool:
    is_called = isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Call)
    return is_called and ast.unparse(node.left).startswith(("_(", "gettext_lazy("))


def test_a_page_speaks_arabic() -> None:
    template = engines["django"].from_string("{% load i18n %}{% translate 'Out of stock' %}")
    with override("ar"):
        assert template.render() != "Out of stock"
