"""A seller's prices, under /c/<company>/prices/."""

from django.urls import path

from frontend_htmx.exports import export_paths
from frontend_htmx.prices import audiences, exports, goods, ladders, lists, preview, sheets

urlpatterns = [
    path("", lists.show_lists, name="price_lists"),
    path("export.csv", lists.export_lists, {"form": "csv"}, name="price_lists_csv"),
    path("export.xlsx", lists.export_lists, {"form": "xlsx"}, name="price_lists_xlsx"),
    path("new/", lists.new_list, name="new_price_list"),
    path("<int:list_id>/", lists.show_list, name="price_list"),
    path("<int:list_id>/terms/", lists.create_terms, name="create_list_terms"),
    path("<int:list_id>/lines/", lists.create_lines, name="create_list_lines"),
    path("<int:list_id>/state/", lists.create_state, name="create_list_state"),
    path("<int:list_id>/export.csv", sheets.export_list, {"form": "csv"}, name="price_list_csv"),
    path("<int:list_id>/export.xlsx", sheets.export_list, {"form": "xlsx"}, name="price_list_xlsx"),
    path("<int:list_id>/sheet/", sheets.list_sheet, name="list_sheet"),
    path("<int:list_id>/sheet/columns/", sheets.create_sheet_columns, name="create_sheet_columns"),
    path("<int:list_id>/sheet/writing/", sheets.create_sheet_writing, name="create_sheet_writing"),
    path("<int:list_id>/sheet/removal/", sheets.create_sheet_removal, name="create_sheet_removal"),
    path("<int:list_id>/sheet/problems.csv", sheets.sheet_problems, name="sheet_problems"),
    path("offers/<int:sku_id>/", ladders.edit_ladder, name="edit_ladder"),
    path("login/", audiences.create_price_login, name="create_price_login"),
    path("groups/", audiences.show_groups, name="customer_groups"),
    path("groups/<int:group_id>/", audiences.show_group, name="customer_group"),
    path("assortments/", audiences.show_assortments, name="assortments"),
    path("assortments/<int:assortment_id>/", audiences.show_assortment, name="assortment"),
    path("assortments/<int:assortment_id>/goods/", goods.create_goods, name="create_assortment_goods"),
    *export_paths("assortments/<int:assortment_id>/", goods.export_goods, "assortment"),
    path("assortments/<int:assortment_id>/removal/", audiences.create_removal, name="create_assortment_removal"),
    path("territories/", audiences.show_territories, name="territories"),
    path("preview/", preview.show_preview, name="price_preview"),
    *export_paths("groups/", exports.export_groups, "customer_groups"),
    *export_paths("assortments/", exports.export_assortments, "assortments"),
    *export_paths("territories/", exports.export_territories, "territories"),
]
