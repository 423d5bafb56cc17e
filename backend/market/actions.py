"""Opening the demo market."""

from collections.abc import Sequence

from django.db.transaction import atomic

from backend.accounts.actions import system_actor
from backend.accounts.actor import ANONYMOUS
from backend.catalog.transfer import statistics
from backend.events.kinds import Kind
from backend.events.log import record
from backend.market.files import Catalogue, Person
from backend.market.loading.addresses import create_address_books
from backend.market.loading.buying import create_buying
from backend.market.loading.companies import create_companies
from backend.market.loading.people import create_people
from backend.market.loading.products import create_catalogue
from backend.market.loading.stock import open_stock
from backend.market.models import THE_ONE, Replay


@atomic(durable=True)
def open_market(catalogue: Catalogue, cast: Sequence[Person]) -> bool:
    """Loads the whole market in one transaction; False if it is already there. One event tells of all of it,
    but for the system members, whose joining is a fact of their companies.

    Two at the same time: the second waits for the first, and then finds the market open.
    """
    Replay.objects.bulk_create([Replay(pk=THE_ONE)], ignore_conflicts=True)
    replay = Replay.objects.select_for_update().get(pk=THE_ONE)
    if replay.is_open:
        return False
    companies = create_companies(catalogue, cast)
    create_people(cast, companies)
    create_buying(companies)
    create_address_books(companies[person.slug] for person in cast)
    for seller in catalogue.companies:
        system_actor(companies[seller.slug])
    open_stock(catalogue, create_catalogue(catalogue, companies))
    statistics.refresh()
    Replay.objects.filter(pk=THE_ONE).update(is_open=True)
    record(Kind.MARKET_LOADED, f"market:{THE_ONE}", version=1, actor=ANONYMOUS, data={"companies": len(companies)})
    return True
