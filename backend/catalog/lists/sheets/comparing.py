"""What a table would change in its price list: line by line, and by the list's own rules."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from backend.catalog.lists.models import PriceList, PriceListEntry
from backend.catalog.lists.sheets.models import ListSheet
from backend.catalog.lists.sheets.reading import Line, Problem, problem_at, read_lines, told
from backend.catalog.models import Sku
from backend.catalog.pricing.contradictions import Contradiction, check_steps
from backend.catalog.pricing.queries import base_steps, step_of, terms_of
from backend.catalog.pricing.terms import ListTerms, Step

Place = tuple[str, int]
"""Where a line stands: the code of its SKU, and from which quantity on."""


class Known(NamedTuple):
    """One of the seller's SKUs."""

    pk: int
    unit: str


class Standing(NamedTuple):
    """A line as the list has it."""

    pk: int
    sku_id: int
    step: Step


@dataclass(frozen=True, slots=True)
class Change:
    """A line before and after; None: it is not there."""

    code: str
    quantity: int
    before: Step | None
    after: Step | None
    sku_id: int
    entry_id: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What would change, how many lines are as the table says already, and what is wrong in which row.

    A SKU with anything wrong in its rows stays as it is, all of its lines.
    """

    changes: Sequence[Change]
    same: int
    problems: Sequence[Problem]
    replaces: bool

    @property
    def new(self) -> int:
        return sum(change.before is None for change in self.changes)

    @property
    def gone(self) -> int:
        return sum(change.after is None for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.new - self.gone

    @property
    def is_blocked(self) -> bool:
        """A row that can't be read may be of a line that the list should keep: then nothing is replaced."""
        return self.replaces and bool(self.problems)


def compare(sheet: ListSheet, price_list: PriceList) -> Comparison:
    """What writing the table would do to the list as it is now. Three queries, however many lines."""
    terms, standing = terms_of(price_list), _standing(price_list)
    lines, problems = read_lines(sheet, terms)
    skus = _skus(price_list, {line.code for line in lines})
    said, more = _placed(sheet, lines, skus)
    problems = sorted([*problems, *more], key=lambda problem: problem.row)
    wrong = {problem.code for problem in problems}
    said = {place: line for place, line in said.items() if line.code not in wrong}
    kept = {place: each for place, each in standing.items() if not sheet.replaces or place[0] in wrong}
    after = _after(said, standing, kept)
    against = list(_contradictions(sheet, said, after, terms, _ladders(price_list, skus)))
    changes = _changes(standing, after, skus, but={problem.code for problem in against})
    same = sum(place in standing and standing[place].step == after.get(place) for place in said)
    return Comparison(changes, same, [*problems, *against], sheet.replaces)


# --- What is read ----------------------------------------------------------------------------------------------------
def _standing(price_list: PriceList) -> Mapping[Place, Standing]:
    rows = PriceListEntry.objects.of_lists([price_list]).select_related("sku").only(*_READ)
    return {
        (row.sku.code.upper(), row.min_quantity): Standing(row.pk, row.sku_id, step_of(row, price_list.currency))
        for row in rows
    }


_READ = ("min_quantity", "unit_price_minor", "percent", "may_be_dearer", "price_list_id", "sku__code")


def _skus(price_list: PriceList, codes: Collection[str]) -> Mapping[str, Known]:
    own = Sku.objects.of_company(price_list.company_id).filter(code__in=codes)
    return {code.upper(): Known(pk, unit) for code, pk, unit in own.values_list("code", "pk", "unit_of_sale")}


def _ladders(price_list: PriceList, skus: Mapping[str, Known]) -> Mapping[str, Sequence[Step]]:
    """The base prices by code, in the list's currency."""
    found = base_steps([sku.pk for sku in skus.values()], [price_list.currency])
    return {code: found.get((sku.pk, price_list.currency), ()) for code, sku in skus.items()}


# --- What is wrong ---------------------------------------------------------------------------------------------------
def _placed(
    sheet: ListSheet, lines: Sequence[Line], skus: Mapping[str, Known]
) -> tuple[Mapping[Place, Line], Sequence[Problem]]:
    """Each line in its place, the first of those that share one; and why the others are in none."""
    said: dict[Place, Line] = {}
    problems: list[Problem] = []
    for line in lines:
        earlier = said.setdefault((line.code, line.quantity), line)
        if why := _why_not(line, earlier, skus.get(line.code)):
            problems.append(problem_at(sheet, line.row, *why))
    return said, problems


def _why_not(line: Line, earlier: Line, sku: Known | None) -> tuple[str, str] | None:
    if sku is None:
        return "code", told("code", _("You have no SKU %(codes)s.") % {"codes": line.code})
    if line.unit and line.unit != sku.unit:
        units = {"code": line.code, "unit": sku.unit, "other": line.unit}
        return "unit", _(
            "%(code)s is sold by the %(unit)s, and its prices are for that, not for the %(other)s."
        ) % units
    if earlier is not line:
        rows = {"code": line.code, "quantity": str(line.quantity), "row": str(earlier.row)}
        return "code", _("%(code)s from %(quantity)s on stands in row %(row)s already. Keep one.") % rows
    return None


def _contradictions(
    sheet: ListSheet,
    said: Mapping[Place, Line],
    after: Mapping[Place, Step],
    terms: ListTerms,
    ladders: Mapping[str, Sequence[Step]],
) -> Iterator[Problem]:
    """Where a SKU's lines, as they would be, don't go together: at the row that says so, else at the SKU's first."""
    steps: dict[str, list[Step]] = defaultdict(list)
    for (code, _quantity), step in after.items():
        steps[code].append(step)
    first: dict[str, Line] = {}
    for line in said.values():
        first.setdefault(line.code, line)
    for code, line in first.items():
        try:
            check_steps(terms, code, steps[code], ladders[code])
        except Contradiction as no:
            row = said.get((code, no.quantity), line).row
            yield problem_at(sheet, row, "price" if no.field == "price" else "quantity", no.message)


# --- What becomes of it ----------------------------------------------------------------------------------------------
def _after(
    said: Mapping[Place, Line], standing: Mapping[Place, Standing], kept: Mapping[Place, Standing]
) -> Mapping[Place, Step]:
    """The list as it would be: what is kept, and above it what the table says."""
    after = {place: each.step for place, each in kept.items()}
    for place, line in said.items():
        after.pop(place, None)
        if line.step:
            after[place] = _as_before(line, line.step, standing.get(place))
    return after


def _as_before(line: Line, step: Step, standing: Standing | None) -> Step:
    """Whether it may be dearer stays as it is where the row doesn't say."""
    if line.may_be_dearer is None and standing is not None:
        return replace(step, may_be_dearer=standing.step.may_be_dearer)
    return step


def _changes(
    standing: Mapping[Place, Standing], after: Mapping[Place, Step], skus: Mapping[str, Known], but: Collection[str]
) -> Sequence[Change]:
    changes = []
    for place in sorted({*standing, *after}):
        (code, quantity), now, then = place, standing.get(place), after.get(place)
        if code not in but and (now.step if now else None) != then:
            sku_id = now.sku_id if now else skus[code].pk
            changes.append(Change(code, quantity, now.step if now else None, then, sku_id, now.pk if now else None))
    return changes
