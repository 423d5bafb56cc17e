"""A short description out of name, category and pack; the sentences stand in `rules/describing.toml`."""

import re
import zlib

from backend.market.derive.packs import Pack
from backend.market.derive.ranges import Category
from backend.market.derive.rulebook import rules


def description_of(code: str, name: str, category: Category, pack: Pack) -> str:
    """Two to four short sentences: what it is for, its range, what it is made of, how it is packed."""
    sentences = rules("describing")["category"][category.name]
    purpose = sentences[zlib.crc32(code.encode()) % len(sentences)]
    parts = [purpose, _first_said("range", name), _first_said("material", name), _packing(pack)]
    return " ".join(part for part in parts if part)


def _first_said(table: str, name: str) -> str:
    text = name.casefold()
    said = rules("describing")[table]
    return next((str(said[word]) for word in said if re.search(rf"\b{word}\b", text)), "")


def _packing(pack: Pack) -> str:
    if pack.unit == "case":
        return f"Sold by the case of {pack.case_pack}."
    return f"Packed {pack.case_pack} to the case." if pack.case_pack > 1 else ""
