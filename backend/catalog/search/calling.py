"""A buyer's own names of SKUs. A room above keeps them, and says when the project starts how they are read."""

from backend.catalog.search.port import Buyer
from backend.catalog.search.sql import Sql

_statements: list[str] = []


def read_names_by(statement: str) -> None:
    """Whose parameters are a company and what somebody typed, and whose rows are the SKUs that the company calls so."""
    if statement not in _statements:
        _statements.append(statement)


def called_so(buyer: Buyer, text: str) -> list[Sql]:
    """A statement for each kind of names: the SKUs that the buyer calls by this text; none for nobody in particular."""
    if buyer.company_id is None:
        return []
    typed = " ".join(text.split())
    return [Sql(statement, (buyer.company_id, typed)) for statement in _statements] if typed else []
