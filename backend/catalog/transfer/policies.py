"""May this actor send a catalogue in or take one out? Nothing else decides."""

from backend.accounts.actor import Actor
from backend.accounts.models import Company
from backend.accounts.policies import acts_for
from backend.accounts.roles import Permission
from backend.catalog.policies import can_edit_catalog, can_edit_prices
from backend.catalog.transfer.models import Import


def can_import_products(actor: Actor, company: Company) -> bool:
    """A file changes published products and prices at one stroke: who may import may also approve such changes."""
    may_approve = acts_for(actor, company.pk, Permission.CATALOG_APPROVE)
    return can_edit_catalog(actor, company) and may_approve and acts_for(actor, company.pk, Permission.PRICES_EDIT)


def can_run_import(actor: Actor, company: Company, import_: Import) -> bool:
    """What a file is about decides: whoever may edit prices may send the lines of a price list."""
    return can_edit_prices(actor, company) if import_.price_list_id else can_import_products(actor, company)
