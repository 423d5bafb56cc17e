"""What every test of an import does: send a file, say what its columns hold, let a worker run."""

from collections.abc import Sequence
from typing import Any

from backend.accounts.models import User
from backend.catalog.transfer.actions import Plan, create_import, start_import
from backend.catalog.transfer.models import Import, ImportProblem
from backend.catalog.transfer.running import run_to_its_end
from tests.cast import Cast, actor_of

HEADER = "SKU,Name,Category,Price,Case pack"


def text_of(rows: Sequence[str], header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def send(cast: Cast, data: bytes, *, by: User | None = None, filename: str = "goods.csv") -> Import:
    """The file as it lies there after the upload, cut into blocks of an awkward size."""
    actor = actor_of(by or cast.nora)
    blocks = (data[start : start + 1013] for start in range(0, len(data), 1013))
    return create_import((by or cast.nora).memberships.get().company, filename, blocks, actor=actor)


def run(cast: Cast, import_: Import, *, is_dry_run: bool = False, **said: Any) -> Import:
    """As the columns were guessed, with new products in crockery, to the end."""
    mapping = said.pop("mapping", import_.mapping)
    plan = Plan(mapping=mapping, **{"category": cast.crockery, "decimal_comma": import_.decimal_comma, **said})
    start_import(import_, plan, is_dry_run=is_dry_run, actor=actor_of(cast.nora))
    return work(import_)


def work(import_: Import) -> Import:
    run_to_its_end(import_.pk)
    import_.refresh_from_db()
    return import_


def imported(cast: Cast, data: bytes, **said: Any) -> Import:
    return run(cast, send(cast, data), **said)


def outcome(import_: Import) -> tuple[str, int, int, int, int]:
    """State, created, changed, same, broken."""
    return (
        import_.state,
        import_.created_rows,
        import_.changed_rows,
        import_.same_rows,
        import_.broken_rows,
    )


def problems(import_: Import) -> list[tuple[int, str, str]]:
    """Row, field, and why."""
    return list(ImportProblem.objects.filter(of=import_).order_by("row", "pk").values_list("row", "field", "code"))
