"""Stock-keeping beyond the grid, under /c/<company>/inventory/."""

from django.urls import path

from frontend_htmx.exports import export_paths
from frontend_htmx.inventory import counts, exports, incoming, lots, low, transfers, warehouses, work_exports

urlpatterns = [
    path("lots/", lots.list_lots, name="lots"),
    path("lots/<int:lot_id>/", lots.show_lot, name="lot"),
    path("skus/<int:sku_id>/lots/", lots.create_lots, name="create_lots"),
    path("skus/<int:sku_id>/lots/end/", lots.create_lots_end, name="create_lots_end"),
    path("low/", low.list_low, name="low_stock"),
    path("low/count/", low.count_low, name="low_count"),
    path("incoming/", incoming.list_incoming, name="incoming"),
    path("incoming/<int:incoming_id>/", incoming.show_incoming, name="incoming_delivery"),
    path("incoming/<int:incoming_id>/arrival/", incoming.create_arrival, name="create_incoming_arrival"),
    path("incoming/<int:incoming_id>/cancellation/", incoming.create_cancellation, name="create_incoming_end"),
    path("transfers/", transfers.list_transfers, name="transfers"),
    path("transfers/new/", transfers.new_transfer, name="new_transfer"),
    path("transfers/<int:transfer_id>/", transfers.show_transfer, name="transfer"),
    path("transfers/<int:transfer_id>/sending/", transfers.create_sending, name="create_sending"),
    path("transfers/<int:transfer_id>/arrival/", transfers.create_arrival, name="create_arrival"),
    path("transfers/<int:transfer_id>/cancellation/", transfers.create_cancellation, name="create_transfer_end"),
    path("counts/", counts.list_counts, name="counts"),
    path("counts/<int:sheet_id>/", counts.show_count, name="count_sheet"),
    path("counts/<int:sheet_id>/lines/<int:line_id>/", counts.create_entry, name="create_count_entry"),
    path("counts/<int:sheet_id>/posting/", counts.create_posting, name="create_count_posting"),
    path("counts/<int:sheet_id>/end/", counts.create_end, name="create_count_end"),
    path("warehouses/", warehouses.list_warehouses, name="warehouses"),
    path("warehouses/<int:warehouse_id>/", warehouses.edit_warehouse, name="warehouse"),
    path("warehouses/<int:warehouse_id>/closure/", warehouses.create_closure, name="create_closure"),
    path("warehouses/<int:warehouse_id>/opening/", warehouses.create_opening, name="create_opening"),
    *export_paths("skus/<int:sku_id>/movements/", exports.export_moves, "moves"),
    *export_paths("low/", exports.export_low, "low_stock"),
    *export_paths("lots/", exports.export_lots, "lots"),
    *export_paths("incoming/", exports.export_incoming, "incoming"),
    *export_paths("warehouses/", work_exports.export_warehouses, "warehouses"),
    *export_paths("transfers/", work_exports.export_transfers, "transfers"),
    *export_paths("counts/", work_exports.export_counts, "counts"),
    *export_paths("counts/<int:sheet_id>/", work_exports.export_count, "count_sheet"),
]
