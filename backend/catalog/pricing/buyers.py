"""Who asks for a price: an actor as a buyer."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.catalog.pricing.terms import Buyer
from backend.core.written import fetch


def buyer_of(actor: Actor) -> Buyer:
    """For whom this actor would buy. One query for whoever acts for a company, which says the country; else none."""
    if actor.company_id is None:
        return Buyer(is_known=not actor.is_anonymous)
    ((country,),) = fetch("SELECT country FROM accounts_company WHERE id = %(company)s", {"company": actor.company_id})
    return Buyer(actor.company_id, country)


def buyer_of_company(company: Company) -> Buyer:
    """The company as a buyer. No query."""
    return Buyer(company.pk, company.country)
