"""Stock-keeping beyond the grid, under /c/<company>/inventory/."""

from django.urls import path

from frontend_htmx.inventory import low, warehouses

urlpatterns = [
    path("low/", low.list_low, name="low_stock"),
    path("warehouses/", warehouses.list_warehouses, name="warehouses"),
    path("warehouses/<int:warehouse_id>/", warehouses.edit_warehouse, name="warehouse"),
    path("warehouses/<int:warehouse_id>/closure/", warehouses.create_closure, name="create_closure"),
    path("warehouses/<int:warehouse_id>/opening/", warehouses.create_opening, name="create_opening"),
]
