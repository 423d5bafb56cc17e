"""A company's warehouses, as their pages show them."""

from collections.abc import Sequence

from backend.inventory.models import Warehouse


def all_warehouses(company_id: int) -> Sequence[Warehouse]:
    """The open ones, then those that are closed, by name. One query."""
    found = Warehouse.objects.of_company(company_id).order_by("name", "pk")
    return sorted(found, key=lambda house: house.closed_at is not None)
