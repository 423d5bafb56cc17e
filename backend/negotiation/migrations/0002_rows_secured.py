from django.db import migrations

from backend.core.migrating import SecureRows
from backend.core.row_security import RowSecurity

ASKED_ALONG = (
    "EXISTS (SELECT FROM negotiation_room AS room WHERE room.enquiry_id = negotiation_enquiry.id"
    " AND room.seller_id = {company})"
)
OF_ITS_ROOM = RowSecurity(company="seller_id", partner="buyer_id", follow=("room_id", "negotiation_room"))


class Migration(migrations.Migration):
    dependencies = [("negotiation", "0001_initial")]

    operations = [
        SecureRows("enquiry", RowSecurity(readers=ASKED_ALONG)),
        SecureRows("enquiryline", RowSecurity(follow=("enquiry_id", "negotiation_enquiry"), read_along=True)),
        SecureRows("room", RowSecurity(company="seller_id", partner="buyer_id")),
        SecureRows("revision", OF_ITS_ROOM),
        SecureRows("revisionline", RowSecurity(company="", follow=("revision_id", "negotiation_revision"))),
        SecureRows("entry", OF_ITS_ROOM),
        SecureRows("readmark", OF_ITS_ROOM),
    ]
