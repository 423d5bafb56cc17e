"""The map of the site. A verb is a noun that you create: POST /c/<company>/inventory/skus/9/adjustments/."""

from django.urls import URLPattern, URLResolver, include, path

from frontend_htmx.catalog import (
    categories,
    media,
    own,
    own_changes,
    own_editing,
    own_offers,
    result_exports,
    saved,
    synonyms,
)
from frontend_htmx.catalog import list_exports as catalog_exports
from frontend_htmx.catalog import views as catalog
from frontend_htmx.exports import export_paths
from frontend_htmx.floor import disputes, watching
from frontend_htmx.floor import views as floor
from frontend_htmx.home import views as home
from frontend_htmx.inventory import changes, receipts
from frontend_htmx.inventory import views as inventory
from frontend_htmx.negotiation import attachments, moderation
from frontend_htmx.negotiation.list_exports import export_reports
from frontend_htmx.orders import (
    amending,
    answers,
    carts,
    changing,
    confirming,
    credit,
    disputing,
    documents,
    list_exports,
    packing,
    part_numbers,
    requisitions,
    returning,
    rules,
)
from frontend_htmx.orders import views as orders
from frontend_htmx.orders.exports import export_orders, export_returns
from frontend_htmx.orders.quick import views as quick
from frontend_htmx.orders.reordering import views as reordering
from frontend_htmx.orders.standing import exports as standing_exports
from frontend_htmx.orders.standing import views as standing
from frontend_htmx.transfer import lists
from frontend_htmx.transfer import views as transfer

IMPORT = "c/<slug:company>/products/imports/<int:import_id>/"
STOCK_FILE = "c/<slug:company>/inventory/export."
RETURNS_FILE = "c/<slug:company>/returns/export."
PRODUCTS_FILE = "c/<slug:company>/products/export."
PRODUCT = "c/<slug:company>/products/<int:product_id>/"
MEDIA = "c/<slug:company>/media/<int:media_id>/"
SEARCHES = "c/<slug:company>/catalogue/searches/"
CHANGE = "c/<slug:company>/changes/<int:change_id>/"
ORDER = "c/<slug:company>/orders/<int:order_id>/"
CHECKOUT_DOCUMENT = "c/<slug:company>/cart/documents/<int:waiting_id>/"
AMENDMENT = f"{ORDER}amendments/<int:amendment_id>/"
RETURN = f"{ORDER}returns/<int:return_id>/"
STANDING = "c/<slug:company>/standing-orders/"
TEMPLATES = "c/<slug:company>/order-templates/"
TEMPLATE = "c/<slug:company>/order-templates/<int:template_id>/"
REQUISITION = "c/<slug:company>/approvals/<int:requisition_id>/"
REPORT = "c/<slug:company>/reports/<int:report_id>/"
SKU = "c/<slug:company>/inventory/skus/<int:sku_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("catalogue/", catalog.list_products, name="catalogue"),
    path("catalogue/searches/", saved.list_searches, name="saved_searches"),
    path("catalogue/searches/<int:search_id>/looks/", saved.create_look, name="saved_search_look"),
    path("catalogue/searches/<int:search_id>/removal/", saved.create_removal, name="saved_search_removal"),
    path("products/<int:product_id>-<slug:slug>/", catalog.show_product, name="product"),
    path("c/<slug:company>/catalogue/", catalog.list_products, name="company_catalogue"),
    *export_paths("c/<slug:company>/catalogue/", result_exports.export_results, "company_catalogue"),
    path(SEARCHES, saved.list_searches, name="company_saved_searches"),
    path(f"{SEARCHES}<int:search_id>/looks/", saved.create_look, name="company_saved_search_look"),
    path(f"{SEARCHES}<int:search_id>/removal/", saved.create_removal, name="company_saved_search_removal"),
    path("c/<slug:company>/catalogue/<int:product_id>-<slug:slug>/", catalog.show_product, name="company_product"),
    path(
        "negotiations/<int:room_id>/files/<int:attachment_id>/<slug:size>/",
        attachments.find_attachment,
        name="attachment",
    ),
    path("c/<slug:company>/disputes/", disputes.list_disputes, name="disputes"),
    path(
        "c/<slug:company>/disputes/<int:dispute_id>/decision/",
        disputes.create_dispute_decision,
        name="create_dispute_decision",
    ),
    path(
        "c/<slug:company>/disputes/<int:dispute_id>/evidence/<int:document_id>/",
        disputes.show_evidence,
        name="dispute_evidence",
    ),
    *export_paths("c/<slug:company>/disputes/", disputes.export_disputes, "disputes"),
    *export_paths("c/<slug:company>/reports/", export_reports, "reports"),
    path("c/<slug:company>/reports/", moderation.list_reports, name="reports"),
    path(f"{REPORT}decision/", moderation.create_decision, name="report_decision"),
    path(f"{REPORT}lifting/", moderation.create_lifting, name="lift_suspension"),
    path("", include("realtime.urls")),
    path("", include("frontend_htmx.accounts.urls")),
    path("c/<slug:company>/inventory/", inventory.stock_grid, name="stock_grid"),
    path("c/<slug:company>/inventory/", include("frontend_htmx.inventory.urls")),
    path(SKU, inventory.sku_stock, name="sku_stock"),
    path(f"{SKU}counts/", changes.create_count, name="create_count"),
    path(f"{SKU}adjustments/", changes.create_adjustment, name="create_adjustment"),
    path(f"{SKU}limits/", changes.create_limits, name="create_limits"),
    path(f"{SKU}low-mark/", changes.create_low_mark, name="create_low_mark"),
    path(f"{SKU}disclosure/", changes.create_disclosure, name="create_disclosure"),
    path("c/<slug:company>/inventory/receipts/", receipts.create_receipt, name="create_receipt"),
    path("c/<slug:company>/inventory/receipts/new/", receipts.new_receipt, name="new_receipt"),
    path(f"{STOCK_FILE}csv", lists.export_stock, {"form": "csv"}, name="stock_csv"),
    path(f"{STOCK_FILE}xlsx", lists.export_stock, {"form": "xlsx"}, name="stock_xlsx"),
    path(f"{PRODUCTS_FILE}csv", lists.export_products, {"form": "csv"}, name="products_csv"),
    path(f"{PRODUCTS_FILE}xlsx", lists.export_products, {"form": "xlsx"}, name="products_xlsx"),
    path("c/<slug:company>/products/imports/", transfer.list_imports, name="imports"),
    *export_paths("c/<slug:company>/products/imports/", lists.export_imports, "imports"),
    path(IMPORT, transfer.show_import, name="import"),
    path(f"{IMPORT}checks/", transfer.create_check, name="create_check"),
    path(f"{IMPORT}writing/", transfer.create_writing, name="create_writing"),
    path(f"{IMPORT}cancellation/", transfer.create_cancellation, name="create_cancellation"),
    path(f"{IMPORT}problems.csv", transfer.import_problems, name="import_problems"),
    path("c/<slug:company>/prices/", include("frontend_htmx.prices.urls")),
    path("c/<slug:company>/products/", own.own_products, name="own_products"),
    path("c/<slug:company>/products/new/", own.new_product, name="new_product"),
    path("c/<slug:company>/products/<int:product_id>/", own.own_product, name="own_product"),
    path("c/<slug:company>/products/<int:product_id>/publication/", own.create_publication, name="create_publication"),
    path("c/<slug:company>/products/<int:product_id>/pause/", own.create_pause, name="create_pause"),
    path("c/<slug:company>/cart/", carts.show_cart, name="cart"),
    path("c/<slug:company>/cart/lines/", carts.create_line, name="create_cart_line"),
    path("c/<slug:company>/cart/orders/", carts.create_orders, name="create_orders"),
    path("c/<slug:company>/cart/reservation/", carts.create_reservation, name="create_reservation"),
    path("c/<slug:company>/cart/release/", carts.create_release, name="create_release"),
    path("c/<slug:company>/cart/documents/", documents.create_cart_document, name="create_cart_document"),
    path(CHECKOUT_DOCUMENT, documents.show_checkout_document, name="checkout_document"),
    path(f"{CHECKOUT_DOCUMENT}removal/", documents.create_document_removal, name="document_removal"),
    *export_paths("c/<slug:company>/part-numbers/", list_exports.export_part_numbers, "part_numbers"),
    path("c/<slug:company>/part-numbers/", part_numbers.list_part_numbers, name="part_numbers"),
    path(
        "c/<slug:company>/part-numbers/<int:number_id>/removal/",
        part_numbers.create_removal,
        name="part_number_removal",
    ),
    path("c/<slug:company>/quick-order/", quick.quick_order, name="quick_order"),
    path("c/<slug:company>/quick-order/lines/", quick.create_quick_lines, name="create_quick_lines"),
    path("c/<slug:company>/quick-order/pastes/", quick.create_paste, name="create_paste"),
    path("c/<slug:company>/quick-order/readings/", quick.create_reading, name="create_reading"),
    path("c/<slug:company>/quick-order/clearings/", quick.create_clearing, name="create_clearing"),
    path("c/<slug:company>/quick-order/cart/", quick.create_cart_filling, name="create_cart_filling"),
    path(TEMPLATES, reordering.list_templates, name="order_templates"),
    *export_paths(TEMPLATES, list_exports.export_templates, "order_templates"),
    path(f"{TEMPLATES}new/", reordering.create_template, name="create_template"),
    path(TEMPLATE, reordering.show_template, name="order_template"),
    *export_paths(TEMPLATE, list_exports.export_template, "order_template"),
    path(f"{TEMPLATE}edits/", reordering.create_template_edit, name="create_template_edit"),
    path(f"{TEMPLATE}lines/", reordering.create_template_line, name="create_template_line"),
    path(f"{TEMPLATE}cart/", reordering.create_template_order, name="create_template_order"),
    path(f"{TEMPLATE}removal/", reordering.create_template_removal, name="create_template_removal"),
    path(STANDING, standing.list_standing, name="standing_orders"),
    *export_paths(STANDING, standing_exports.export_standing, "standing_orders"),
    *export_paths(f"{STANDING}<int:standing_id>/", standing_exports.export_runs, "standing_order"),
    path(f"{STANDING}new/", standing.new_standing, name="new_standing"),
    path(f"{STANDING}<int:standing_id>/", standing.show_standing, name="standing_order"),
    path(f"{STANDING}<int:standing_id>/edit/", standing.edit_standing, name="edit_standing"),
    path(f"{STANDING}<int:standing_id>/skip/", standing.create_skip, name="standing_skip"),
    path(f"{STANDING}<int:standing_id>/answer/", standing.create_answer, name="standing_answer"),
    *(
        path(f"{STANDING}<int:standing_id>/{turn}/", standing.create_turn, {"turn": turn}, name=f"standing_{turn}")
        for turn in standing.TURNS
    ),
    path(f"{ORDER}again/", reordering.show_reorder, name="reorder"),
    path(f"{ORDER}again/cart/", reordering.create_reorder, name="create_reorder"),
    path("c/<slug:company>/cart/requisitions/", carts.create_requisition, name="create_requisition"),
    path("c/<slug:company>/approvals/", requisitions.list_requisitions, name="requisitions"),
    path("c/<slug:company>/approvals/count/", requisitions.count_requisitions, name="requisitions_count"),
    *export_paths("c/<slug:company>/approvals/", list_exports.export_requisitions, "requisitions"),
    path(REQUISITION, requisitions.show_requisition, name="requisition"),
    path(f"{REQUISITION}approval/", requisitions.create_requisition_approval, name="requisition_approval"),
    path(f"{REQUISITION}rejection/", requisitions.create_requisition_rejection, name="requisition_rejection"),
    path(f"{REQUISITION}withdrawal/", requisitions.create_requisition_withdrawal, name="requisition_withdrawal"),
    path(f"{REQUISITION}return/", requisitions.create_requisition_return, name="requisition_return"),
    *export_paths("c/<slug:company>/credit/", list_exports.export_credit, "credit"),
    path("c/<slug:company>/credit/", credit.show_credit, name="credit"),
    path("c/<slug:company>/credit/policy/", credit.create_policy, name="credit_policy"),
    path("c/<slug:company>/credit/agreements/", credit.create_agreement, name="credit_agreement"),
    path("c/<slug:company>/credit/stops/", credit.create_stop, name="credit_stop"),
    path(f"{ORDER}payment/", credit.create_payment, name="order_payment"),
    path("c/<slug:company>/buying/", rules.show_rules, name="buying_rules"),
    path("c/<slug:company>/buying/rules/", rules.create_rule, name="create_rule"),
    path("c/<slug:company>/buying/rules/<int:rule_id>/removal/", rules.create_rule_removal, name="rule_removal"),
    path("c/<slug:company>/buying/limits/", rules.create_limit, name="create_limit"),
    path("c/<slug:company>/buying/deputies/", rules.create_deputy, name="create_deputy"),
    path("c/<slug:company>/buying/deputies/<int:deputy_id>/dismissal/", rules.create_dismissal, name="dismissal"),
    path("c/<slug:company>/orders/", orders.list_purchases, name="purchases"),
    path("c/<slug:company>/sales/", orders.list_sales, name="sales"),
    path("c/<slug:company>/returns/", returning.list_returns, name="returns"),
    path(f"{RETURNS_FILE}csv", export_returns, {"form": "csv"}, name="returns_csv"),
    path(f"{RETURNS_FILE}xlsx", export_returns, {"form": "xlsx"}, name="returns_xlsx"),
    *(
        path(
            f"c/<slug:company>/{where}/export.{form}",
            export_orders,
            {"which": which, "form": form},
            name=f"{which}_{form}",
        )
        for which, where in (("purchases", "orders"), ("sales", "sales"))
        for form in ("csv", "xlsx")
    ),
    path(ORDER, orders.show_order, name="order"),
    path(f"{ORDER}acceptance/", answers.create_acceptance, name="create_acceptance"),
    path(f"{ORDER}refusal/", answers.create_refusal, name="create_refusal"),
    path(f"{ORDER}cancellation/", answers.create_order_cancellation, name="create_order_cancellation"),
    path(f"{ORDER}line-cancellations/", changing.create_line_cancellation, name="create_line_cancellation"),
    path(f"{ORDER}cancellation-requests/", changing.create_cancellation_request, name="create_cancellation_request"),
    path(f"{ORDER}amendments/", amending.create_amendment, name="create_amendment"),
    path(f"{ORDER}amendments/new/", amending.new_amendment, name="new_amendment"),
    path(f"{AMENDMENT}acceptance/", changing.create_amendment_acceptance, name="create_amendment_acceptance"),
    path(f"{AMENDMENT}refusal/", changing.create_amendment_refusal, name="create_amendment_refusal"),
    path(f"{AMENDMENT}withdrawal/", changing.create_amendment_withdrawal, name="create_amendment_withdrawal"),
    path(f"{ORDER}returns/", returning.create_return, name="create_return"),
    path(f"{RETURN}approval/", returning.create_return_approval, name="create_return_approval"),
    path(f"{RETURN}rejection/", returning.create_return_rejection, name="create_return_rejection"),
    path(f"{RETURN}withdrawal/", returning.create_return_withdrawal, name="create_return_withdrawal"),
    path(f"{RETURN}handover/", returning.create_return_handover, name="create_return_handover"),
    path(f"{RETURN}trace/", returning.create_return_trace, name="create_return_trace"),
    path(f"{RETURN}receipt/", returning.create_return_receipt, name="create_return_receipt"),
    path(f"{RETURN}closing/", returning.create_return_closing, name="create_return_closing"),
    path(f"{RETURN}inspection/", returning.create_return_inspection, name="create_return_inspection"),
    path(f"{RETURN}resolution/", returning.create_return_resolution, name="create_return_resolution"),
    path(f"{ORDER}documents/", documents.create_document, name="create_document"),
    path(f"{ORDER}documents/<int:document_id>/", documents.show_document, name="order_document"),
    path(f"{ORDER}disputes/", disputing.create_dispute, name="create_dispute"),
    path(f"{ORDER}disputes/<int:dispute_id>/words/", disputing.create_dispute_word, name="create_dispute_word"),
    path(
        f"{ORDER}disputes/<int:dispute_id>/withdrawal/",
        disputing.create_dispute_withdrawal,
        name="create_dispute_withdrawal",
    ),
    path(f"{ORDER}disputes/<int:dispute_id>/escalation/", disputing.create_escalation, name="create_escalation"),
    path(f"{ORDER}shipments/", answers.create_shipment, name="create_shipment"),
    path(f"{ORDER}shipments/whole/", answers.create_whole_shipment, name="create_whole_shipment"),
    path(f"{ORDER}shipments/<int:shipment_id>/delivery/", answers.create_delivery, name="create_delivery"),
    path(f"{ORDER}shipments/<int:shipment_id>/receipt/", confirming.create_confirmation, name="create_confirmation"),
    path(f"{ORDER}shipments/<int:shipment_id>/end/", answers.create_failing, name="create_failing"),
    path(f"{ORDER}shipments/<int:shipment_id>/unpacking/", packing.create_unpacking, name="create_unpacking"),
    path(f"{ORDER}shipments/<int:shipment_id>/packing-list/", packing.show_packing_list, name="packing_list"),
    path(f"{ORDER}departures/", packing.create_departure, name="create_departure"),
    path(f"{ORDER}parcels/", packing.create_parcel, name="create_parcel"),
    path(f"{ORDER}parcels/<int:parcel_id>/unpacking/", packing.create_parcel_unpacking, name="create_parcel_unpacking"),
    path(f"{ORDER}parcels/<int:parcel_id>/news/", answers.create_tracking, name="create_tracking"),
    path("c/<slug:company>/watch/", watching.show_watch, name="watch"),
    path("c/<slug:company>/floor/", floor.show_floor, name="floor"),
    path("c/<slug:company>/floor/export.csv", floor.export_floor, {"form": "csv"}, name="floor_csv"),
    path("c/<slug:company>/floor/export.xlsx", floor.export_floor, {"form": "xlsx"}, name="floor_xlsx"),
    path("c/<slug:company>/floor/orders/<int:order_id>/", floor.show_evidence, name="evidence"),
    path("c/<slug:company>/negotiations/", include("frontend_htmx.negotiation.urls")),
    *export_paths("c/<slug:company>/categories/", catalog_exports.export_categories, "categories"),
    *export_paths("c/<slug:company>/synonyms/", catalog_exports.export_synonyms, "synonyms"),
    *export_paths("c/<slug:company>/changes/", catalog_exports.export_changes, "changes"),
    path("c/<slug:company>/categories/", categories.list_categories, name="categories"),
    path("c/<slug:company>/categories/<int:category_id>/", categories.edit_category_page, name="edit_category"),
    path(
        "c/<slug:company>/categories/<int:category_id>/definitions/",
        categories.create_definition,
        name="create_definition",
    ),
    path("c/<slug:company>/synonyms/", synonyms.list_synonyms, name="synonyms"),
    path("c/<slug:company>/synonyms/<int:synonym_id>/removal/", synonyms.create_removal, name="synonym_removal"),
    path(f"{PRODUCT}edit/", own_editing.edit_own_product, name="edit_own_product"),
    path(f"{PRODUCT}variants/", own_editing.create_variant, name="create_variant"),
    path(f"{PRODUCT}archive/", own_editing.create_archive, name="create_archive"),
    path("media/<slug:sha256>/<slug:size>/", media.show_media, name="media"),
    path(f"{PRODUCT}media/", media.own_media, name="own_media"),
    path(f"{MEDIA}<slug:size>/", media.show_own_media, name="show_own_media"),
    path(f"{MEDIA}changes/new/", media.create_media_change, name="create_media_change"),
    path(f"{MEDIA}removals/new/", media.create_media_removal, name="create_media_removal"),
    path("c/<slug:company>/offers/new/", own_offers.find_offerable, name="find_offerable"),
    path("c/<slug:company>/offers/new/terms/", own_offers.new_offer, name="new_offer"),
    path("c/<slug:company>/offers/<int:sku_id>/", own_editing.edit_own_offer, name="edit_own_offer"),
    path("c/<slug:company>/terms/", own_editing.own_terms, name="own_terms"),
    path("c/<slug:company>/changes/", own_changes.changes, name="changes"),
    path(CHANGE, own_changes.change, name="change"),
    path(f"{CHANGE}approval/", own_changes.create_approval, name="create_approval"),
    path(f"{CHANGE}rejection/", own_changes.create_rejection, name="create_rejection"),
    path(f"{CHANGE}withdrawal/", own_changes.create_withdrawal, name="create_withdrawal"),
]

handler400 = "frontend_htmx.errors.unreadable"
handler403 = "frontend_htmx.errors.not_allowed"
handler404 = "frontend_htmx.errors.not_found"
handler500 = "frontend_htmx.errors.broken"
