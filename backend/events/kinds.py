"""Every kind of event: a past fact, named `<room>.<fact>`. An event's data holds references and versions only."""

from enum import StrEnum


class Kind(StrEnum):
    ACCOUNTS_COMPANY_REGISTERED = "accounts.company_registered"
    ACCOUNTS_COMPANY_APPROVED = "accounts.company_approved"
    ACCOUNTS_MEMBER_ADDED = "accounts.member_added"
    ACCOUNTS_MEMBER_REMOVED = "accounts.member_removed"
    ACCOUNTS_ROLE_CHANGED = "accounts.role_changed"
    ACCOUNTS_PERSON_INVITED = "accounts.person_invited"
    ACCOUNTS_INVITATION_SENT_AGAIN = "accounts.invitation_sent_again"
    ACCOUNTS_INVITATION_WITHDRAWN = "accounts.invitation_withdrawn"
    ACCOUNTS_INVITATION_ACCEPTED = "accounts.invitation_accepted"
    ACCOUNTS_CUSTOM_ROLE_MADE = "accounts.custom_role_made"
    ACCOUNTS_CUSTOM_ROLE_EDITED = "accounts.custom_role_edited"
    ACCOUNTS_CUSTOM_ROLE_RETIRED = "accounts.custom_role_retired"
    ACCOUNTS_SECOND_STEP_REQUIRED = "accounts.second_step_required"
    ACCOUNTS_SECOND_STEP_WAIVED = "accounts.second_step_waived"
    ACCOUNTS_SECOND_STEP_ADDED = "accounts.second_step_added"
    ACCOUNTS_SECOND_STEP_REMOVED = "accounts.second_step_removed"
    ACCOUNTS_DEVICES_SIGNED_OUT = "accounts.devices_signed_out"
    ACCOUNTS_GRANTS_VOIDED = "accounts.grants_voided"
    ACCOUNTS_API_TOKEN_CREATED = "accounts.api_token_created"
    ACCOUNTS_API_TOKEN_REVOKED = "accounts.api_token_revoked"

    CATALOG_PRODUCT_CREATED = "catalog.product_created"
    CATALOG_PRODUCT_EDITED = "catalog.product_edited"
    CATALOG_PRODUCT_PUBLISHED = "catalog.product_published"
    CATALOG_PRODUCT_PAUSED = "catalog.product_paused"
    CATALOG_PRODUCTS_IMPORTED = "catalog.products_imported"
    CATALOG_IMPORT_TURNED = "catalog.import_turned"
    CATALOG_IMPORT_MOVED = "catalog.import_moved"
    CATALOG_SYNONYMS_CHANGED = "catalog.synonyms_changed"

    INVENTORY_STOCK_ADJUSTED = "inventory.stock_adjusted"
    INVENTORY_STOCK_RECEIVED = "inventory.stock_received"
    INVENTORY_STOCK_SOLD = "inventory.stock_sold"
    INVENTORY_STOCK_RETURNED = "inventory.stock_returned"
    INVENTORY_DISCLOSURE_CHANGED = "inventory.disclosure_changed"

    MARKET_LOADED = "market.loaded"
