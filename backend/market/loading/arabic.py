"""What the demo's categories, their attributes and their best-known goods are called in Arabic: data/arabic.json."""

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from backend.catalog.translations import Translations, choice_key
from backend.market.files import DATA

LANGUAGE = "ar"


def category_called(name: str) -> Translations:
    return _name(_read()["categories"].get(name))


def product_called(code: str) -> Translations:
    return _name(_read()["products"].get(code))


def attribute_called(code: str, choices: Collection[str]) -> Translations:
    said: Mapping[str, Any] = _read()["attributes"].get(code, {})
    called = said.get("choices", {})
    return {f"{what}.{LANGUAGE}": said[what] for what in ("name", "unit") if what in said} | {
        choice_key(choice, LANGUAGE): called[choice] for choice in choices if choice in called
    }


def _name(text: str | None) -> Translations:
    return {f"name.{LANGUAGE}": text} if text else {}


@cache
def _read() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = json.loads((DATA / "arabic.json").read_text(encoding="utf-8"))
    return found
