"""What people hear of when something happens to their company."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from backend.accounts.models import Company, Membership
from backend.accounts.roles import Role
from backend.events.kinds import Kind
from backend.events.models import Event


def tell_owners_of_approval(event: Event) -> None:
    """Mails the owners that they may publish now. After a crash in between they may hear it twice."""
    company = Company.objects.get(pk=event.subject_pk)
    for owner in Membership.objects.of_company(company.pk).filter(role=Role.OWNER).select_related("user"):
        with override(owner.user.language or settings.LANGUAGE_CODE):
            body = render_to_string("emails/company_approved.txt", {"company": company, "base_url": settings.BASE_URL})
            send_mail(_("%(company)s is approved") % {"company": company.name}, body, None, [owner.user.email])


REACTIONS = {Kind.ACCOUNTS_COMPANY_APPROVED: tell_owners_of_approval}
