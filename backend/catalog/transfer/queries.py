"""Screenfuls of imports. Each says how many queries it costs, and its test says that number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from backend.accounts.models import User
from backend.catalog.queries import Page, page_of
from backend.catalog.transfer.models import Import, ImportProblem
from backend.catalog.transfer.problems import Told
from backend.catalog.transfer.rules import rules_of
from backend.catalog.transfer.states import ENDED, STEPS, WORKING, ImportState
from backend.core.row_security import across_companies, acting_for

IMPORTS_SIZE = 20
PROBLEMS_SIZE = 50
A_FEW = 2000


@dataclass(frozen=True, slots=True)
class ImportView:
    """How an import stands: fragment transfer/_progress.html, topic `import:<pk>`."""

    import_id: int
    version: int
    state: str
    is_of_list: bool
    """Whether it is about the lines of a price list."""
    is_dry_run: bool
    step: int
    """Which of its steps, from 1; 0 where none is at work."""
    steps: int
    done: int
    """Of the step: bytes while the file is read, else rows."""
    total: int
    left_s: int | None
    """How long the step will still take at the pace it has had; None where nobody knows yet."""
    rows: int
    broken_rows: int
    created_rows: int
    changed_rows: int
    same_rows: int
    gone_rows: int
    reason: str

    @property
    def state_label(self) -> str:
        return str(ImportState(self.state).label)

    @property
    def is_working(self) -> bool:
        return self.state in WORKING

    @property
    def is_reading(self) -> bool:
        return self.state == ImportState.READING

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def percent(self) -> int:
        return min(100 * self.done // self.total, 100) if self.total else 0

    @property
    def changes_nothing(self) -> bool:
        """Every row that is right says what there is already."""
        return not (self.created_rows or self.changed_rows or self.gone_rows) and self.same_rows > 0


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line of the list of a company's imports."""

    import_id: int
    filename: str
    by: str
    at: datetime
    state_label: str
    rows: int
    broken_rows: int
    is_working: bool
    is_done: bool
    has_failed: bool


@dataclass(frozen=True, slots=True)
class ImportsPage:
    page: Page
    rows: Sequence[ImportRow]


@dataclass(frozen=True, slots=True)
class ProblemsPage:
    page: Page
    problems: Sequence[Told]


@across_companies(why="its topic says who may watch it")
def import_progress(import_id: int) -> ImportView:
    """How an import stands. One query."""
    return view_of(Import.objects.across_companies(why="its topic says who may watch it").get(pk=import_id))


def view_of(import_: Import) -> ImportView:
    """The same of one that was just read. No query."""
    steps = STEPS[import_.is_dry_run]
    is_working = import_.state in WORKING
    return ImportView(
        import_id=import_.pk,
        version=import_.version,
        state=import_.state,
        is_of_list=import_.price_list_id is not None,
        is_dry_run=import_.is_dry_run,
        step=steps.index(ImportState(import_.state)) + 1 if is_working else 0,
        steps=len(steps),
        done=import_.done,
        total=import_.total,
        left_s=_left_s(import_) if is_working else None,
        rows=import_.rows,
        broken_rows=import_.broken_rows,
        created_rows=import_.created_rows,
        changed_rows=import_.changed_rows,
        same_rows=import_.same_rows,
        gone_rows=import_.gone_rows,
        reason=import_.reason,
    )


def imports(company_id: int, number: int = 1) -> ImportsPage:
    """A page of a company's imports of products, the newest first. Three queries: their count, they, their senders."""
    of_company = Import.objects.of_company(company_id).filter(price_list=None)
    with acting_for(company_id):
        page = page_of(number, IMPORTS_SIZE, of_company.count())
        found = list(of_company.order_by("-pk")[page.first - 1 if page.total else 0 : page.last])
    people = User.objects.in_bulk({one.actor_id for one in found})
    return ImportsPage(page, [_row(one, people) for one in found])


def problems(import_: Import, number: int = 1) -> ProblemsPage:
    """A page of what is wrong in a file, in the order of its rows. Three queries: the count, the problems, the names of
    the categories."""
    of_import = import_.problems.all()
    with acting_for(import_.company_id):
        page = page_of(number, PROBLEMS_SIZE, of_import.count())
        found = list(of_import.order_by("row", "pk")[page.first - 1 if page.total else 0 : page.last])
    return ProblemsPage(page, list(map(rules_of(import_).teller(import_), found)))


def every_problem(import_: Import) -> Iterator[Told]:
    """All of them, for a file: a query for the categories, and one for each A_FEW problems."""
    told = rules_of(import_).teller(import_)
    found = _problems_after(import_, None)
    while found:
        yield from map(told, found)
        found = _problems_after(import_, found[-1]) if len(found) == A_FEW else ()


def _problems_after(import_: Import, last: ImportProblem | None) -> Sequence[ImportProblem]:
    """A file is sent when its request is over: each time it says anew whose problems it reads."""
    rows = import_.problems.order_by("row", "pk")
    if last is not None:
        rows = rows.filter(Q(row__gt=last.row) | Q(row=last.row, pk__gt=last.pk))
    with acting_for(import_.company_id):
        return list(rows[:A_FEW])


def _left_s(import_: Import) -> int | None:
    """By the step's own pace, as of when it last moved: asked again, it says the same."""
    if not import_.done or import_.step_began_at is None or import_.done >= import_.total:
        return None
    took_s = (import_.moved_at - import_.step_began_at).total_seconds()
    return round(took_s * (import_.total - import_.done) / import_.done)


def _row(import_: Import, people: dict[int, User]) -> ImportRow:
    person = people.get(import_.actor_id)
    return ImportRow(
        import_id=import_.pk,
        filename=import_.filename,
        by=str(person) if person else "",
        at=import_.created_at,
        state_label=str(ImportState(import_.state).label),
        rows=import_.rows,
        broken_rows=import_.broken_rows,
        is_working=import_.state in WORKING,
        is_done=import_.state == ImportState.DONE,
        has_failed=import_.state == ImportState.FAILED,
    )
