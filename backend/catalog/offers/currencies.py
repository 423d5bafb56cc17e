"""A seller takes another currency: what has to be so before."""

from django.db import connection
from django.utils.translation import gettext as _

from backend.accounts.models import Company
from backend.core.errors import Refused

MAX_NAMED = 5

_UNPRICED = """
SELECT sku.code FROM catalog_sku sku WHERE sku.company_id = %(company)s
AND EXISTS (SELECT FROM catalog_tierprice tier WHERE tier.sku_id = sku.id AND tier.currency = %(was)s)
AND NOT EXISTS (SELECT FROM catalog_tierprice tier WHERE tier.sku_id = sku.id AND tier.currency = %(now)s)
ORDER BY sku.code
"""


def require_priced_in(currency: str, company: Company, *, was: str) -> None:
    """Refuses it while anything has a price in the old currency and none in the new one: it would lose its price."""
    with connection.cursor() as cursor:
        cursor.execute(_UNPRICED, {"company": company.pk, "was": was, "now": currency})
        codes = [code for (code,) in cursor.fetchall()]
    if codes:
        raise Refused(
            _("%(n)d of your SKUs have no price in %(currency)s yet, such as %(codes)s. Give them one first: "
              "on the page of their prices, or all at once in a file.")
            % {"n": len(codes), "currency": currency, "codes": ", ".join(codes[:MAX_NAMED])},
            field="currency",
        )  # fmt: skip
