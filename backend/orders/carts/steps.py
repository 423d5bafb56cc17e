"""What every change of a cart begins with. Callers hold the transaction."""

from typing import Any

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.core.locking import lock
from backend.orders.carts.models import Cart


def lock_cart(actor: Actor) -> Cart:
    """The person's cart, which nobody else changes until this transaction ends; their first one is made here."""
    mine: dict[str, Any] = {"company_id": actor.company_id, "user_id": actor.user_id}
    Cart.objects.bulk_create([Cart(**mine)], ignore_conflicts=True)
    return lock(Cart.objects.of_person(actor), what=_("your cart"))[0]
