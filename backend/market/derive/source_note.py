"""SOURCE.md: where the demo data comes from, by which rules, with every number that the rules saw."""

from collections.abc import Mapping
from pathlib import Path

from backend.market.derive.tally import Numbers

_NOTE = """# Where the demo market comes from

`catalogue.json.xz` and `stream.csv.xz` are derived from **Online Retail** by Daqing Chen, published by the UCI Machine
Learning Repository (doi:10.24432/C5BW33; Creative Commons Attribution 4.0): the till of a British wholesaler of gifts,
of which 2010-12-01 to 2011-05-31 is used here. It was changed: cleaned, summed up and renamed by the rules that
docs/features/demo-market.md tells. `manage.py derive_market SOURCE` makes both files again, byte for byte.

Countries, products, prices, quantities and times are the till's. Names of companies, shops and people are made up, and
the till's customer numbers are replaced; nothing here leads back to anybody.

| file | what it holds | bytes |
|---|---|---|
{files}

| what the rules saw | |
|---|---|
{numbers}
"""


def write_source_note(folder: Path, sizes: Mapping[str, tuple[str, int]], numbers: Numbers) -> None:
    """Writes SOURCE.md; `sizes` says for each file what it holds and how many bytes it has."""
    _note(folder).write_text(
        _NOTE.format(
            files="\n".join(f"| `{name}` | {what} | {size:,} |" for name, (what, size) in sizes.items()),
            numbers="\n".join(f"| {what} | {_shown(number)} |" for what, number in numbers.items()),
        ),
        encoding="utf-8",
    )


def _note(folder: Path) -> Path:
    return folder / "SOURCE.md"


def _shown(number: int | str) -> str:
    return f"{number:,}" if isinstance(number, int) else number
