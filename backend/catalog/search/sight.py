"""What a buyer may see of what is on the catalogue."""

from django.db.models import QuerySet

from backend.catalog.pricing import Buyer as Reader
from backend.catalog.pricing import visible_skus
from backend.catalog.search.models import SearchEntry
from backend.catalog.search.port import Buyer


def seen_by(buyer: Buyer) -> QuerySet[SearchEntry]:
    """The entries that this buyer may see: what is on the catalogue, in an assortment and a territory of theirs."""
    reader = Reader(buyer.company_id, buyer.country)
    return SearchEntry.objects.visible().filter(visible_skus(reader, sku="sku_id", seller="company_id"))
