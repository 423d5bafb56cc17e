"""Who logs in with what is allauth's to say; whose session it is is read together with where they stand."""

from allauth.account.auth_backends import AuthenticationBackend

from backend.accounts.models import User
from backend.accounts.standing import person_with_standing


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth is untyped
    def get_user(self, user_id: int) -> User | None:
        """The person of a session; None for one who may not log in any more. One query."""
        return person_with_standing(user_id)
