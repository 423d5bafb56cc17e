"""What a buyer may see of what is on the catalogue."""

from django.db.models import QuerySet

from backend.catalog.search.models import SearchEntry
from backend.catalog.search.port import Buyer


def seen_by(buyer: Buyer) -> QuerySet[SearchEntry]:
    """The entries that this buyer may see: all that is on the catalogue."""
    return SearchEntry.objects.visible()
