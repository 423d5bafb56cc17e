from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

FOR_VERIFIED_SELLERS = (
    "closes_at > now() AND EXISTS (SELECT FROM accounts_company AS reader WHERE reader.id = {company}"
    " AND reader.status = 'approved' AND reader.kind IN ('manufacturer', 'distributor'))"
)
UNDER_SEAL = (
    "SELECT FROM negotiation_room AS room JOIN negotiation_enquiry AS enquiry ON enquiry.id = room.enquiry_id"
    " WHERE room.id = room_id AND room.buyer_id = {company}"
    " AND enquiry.board = 'sealed' AND enquiry.status IN ('open', 'cancelled')"
)
OF_AN_ENQUIRY = ("enquiry_id", "negotiation_enquiry")


class Migration(migrations.Migration):
    dependencies = [("negotiation", "0003_notices")]

    operations = [
        SecureRows("notice", RowSecurity(follow=OF_AN_ENQUIRY, readers=FOR_VERIFIED_SELLERS)),
        SecureRows("pass", RowSecurity()),
        SecureRows(
            "revision",
            RowSecurity(
                company="seller_id", partner="buyer_id", follow=("room_id", "negotiation_room"), withheld=UNDER_SEAL
            ),
        ),
    ]
