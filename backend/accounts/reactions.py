"""What people hear of when something happens to their company."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from backend.accounts.invitations.actions import LIVES
from backend.accounts.models import Company, Invitation, Membership, User
from backend.accounts.roles import Role
from backend.core.row_security import acting_for
from backend.events.kinds import Kind
from backend.events.models import Event


def tell_owners_of_approval(event: Event) -> None:
    """Mails the owners that they may publish now. After a crash in between they may hear it twice."""
    company = Company.objects.get(pk=event.subject_pk)
    for owner in Membership.objects.of_company(company.pk).filter(role=Role.OWNER).select_related("user"):
        with override(owner.user.language or settings.LANGUAGE_CODE):
            body = render_to_string("emails/company_approved.txt", {"company": company, "base_url": settings.BASE_URL})
            send_mail(_("%(company)s is approved") % {"company": company.name}, body, None, [owner.user.email])


def send_invitation(event: Event) -> None:
    """The letter to whoever is invited, if they still are: whether anybody has signed up with the address makes no
    difference. Nobody knows which language its reader speaks, so it is in all of ours, the inviting person's first.
    After a crash in between they may get it twice."""
    own = Invitation.objects.of_company(event.company_id).live()
    with acting_for(event.company_id):
        found = own.filter(pk=event.data["invitation"]).with_company().first()
    if found is None:
        return
    languages = sorted((code for code, _name in settings.LANGUAGES), key=lambda code: code != found.language)
    with override(languages[0]):
        subject = _("%(company)s invites you to Entrepot") % {"company": found.company.name}
    body = "\n\n-- \n\n".join(_letter(found, language) for language in languages)
    send_mail(subject, body, None, [found.email])


def tell_of_reset(event: Event) -> None:
    """Mails the person that an operator took away their second steps: whoever did not ask for it has to know at once.
    After a crash in between they may get it twice."""
    person = User.objects.get(pk=event.subject_pk)
    with override(person.language or settings.LANGUAGE_CODE):
        said = {"person": person, "base_url": settings.BASE_URL, "at": event.occurred_at}
        body = render_to_string("emails/second_step_reset.txt", said)
        send_mail(_("Your second step was taken away"), body, None, [person.email])


def _letter(invitation: Invitation, language: str) -> str:
    link = f"{settings.BASE_URL}/accounts/invitations/{invitation.token}/"
    with override(language):
        said = {"invitation": invitation, "link": link, "days": LIVES.days}
        return render_to_string("emails/invitation.txt", said).strip()


REACTIONS = {
    Kind.ACCOUNTS_COMPANY_APPROVED: tell_owners_of_approval,
    Kind.ACCOUNTS_PERSON_INVITED: send_invitation,
    Kind.ACCOUNTS_INVITATION_SENT_AGAIN: send_invitation,
    Kind.ACCOUNTS_SECOND_STEP_RESET: tell_of_reset,
}
