"""Where allauth asks us."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from backend.accounts.actions import void_grants
from backend.accounts.devices.actions import sign_out_other_devices
from backend.accounts.invitations.actions import accept_claimed
from backend.accounts.models import User
from backend.accounts.protection.sealing import opened, sealed
from frontend_htmx.accounts.noting import session_in_use


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    def post_login(self, request: HttpRequest, user: User, **login: object) -> HttpResponse:
        """On a device that has chosen no language yet, the person's own is taken up."""
        response: HttpResponse = super().post_login(request, user, **login)
        if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response

    def logout(self, request: HttpRequest) -> None:
        """The sockets of a person who has left hear nothing more that is not everybody's."""
        person = request.user
        super().logout(request)
        if isinstance(person, User):
            void_grants(person)

    def set_password(self, user: User, password: str) -> None:
        """A new password ends all other sessions, and with them what their pages hear."""
        super().set_password(user, password)
        sign_out_other_devices(user, session_in_use(user))
        void_grants(user)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Whoever signed up by an invitation's link is taken in now."""
        is_confirmed: bool = super().confirm_email(request, email_address)
        if is_confirmed:
            accept_claimed(email_address.user)
        return is_confirmed


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # as above
    """What allauth keeps of authenticator apps and recovery codes is sealed."""

    def encrypt(self, text: str) -> str:
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return opened(encrypted_text)
