"""What a buyer may see of what is on the catalogue."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.db.models import QuerySet

from backend.catalog.pricing import Buyer as Reader
from backend.catalog.pricing import visible_skus
from backend.catalog.search.models import SearchEntry
from backend.catalog.search.port import Buyer, Query
from backend.core.row_security import acting_for

S = TypeVar("S")
P = ParamSpec("P")
T = TypeVar("T")
Answer = Callable[Concatenate[S, Query, P], T]


def seen_by(buyer: Buyer) -> QuerySet[SearchEntry]:
    """The entries that this buyer may see: what is on the catalogue, in an assortment and a territory of theirs.

    To be asked inside `as_its_buyer`.
    """
    reader = Reader(buyer.company_id, buyer.country)
    return SearchEntry.objects.visible().filter(visible_skus(reader, sku="sku_id", seller="company_id"))


def as_its_buyer(answer: Answer[S, P, T]) -> Answer[S, P, T]:
    """What answers a query: what it reads is what the query's buyer is shown."""

    @wraps(answer)
    def asking(engine: S, query: Query, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with acting_for(query.buyer.company_id):
            return answer(engine, query, *args, **kwargs)

    return asking
