from django.test import Client

from backend.accounts.actor import Actor
from backend.accounts.models import AccessEpoch
from realtime.asking import grant_for
from tests.cast import PASSWORD, Cast, actor_of, set_password


def is_void(cast: Cast, numbers: dict[str, int]) -> bool:
    now = dict(AccessEpoch.objects.values_list("scope", "n"))
    return any(now.get(scope, 0) > n for scope, n in numbers.items())


def test_what_a_page_may_hear_ends_with_the_logout(cast: Cast, client: Client) -> None:
    granted = dict(grant_for(actor_of(cast.wes), [f"stock_level:{cast.mug.pk}"]).numbers)
    client.force_login(cast.wes)
    client.post("/accounts/logout/")
    assert is_void(cast, granted)


def test_it_ends_with_a_new_password_too(cast: Cast, client: Client) -> None:
    granted = dict(grant_for(actor_of(cast.wes), [f"stock_level:{cast.mug.pk}"]).numbers)
    set_password(cast.wes)
    client.force_login(cast.wes)
    new = {"oldpassword": PASSWORD, "password1": "an-entirely-new-one", "password2": "an-entirely-new-one"}
    client.post("/accounts/password/change/", new)
    assert is_void(cast, granted)


def test_what_everybody_may_hear_goes_on(cast: Cast, client: Client) -> None:
    by_themselves = Actor(user_id=cast.wes.pk)  # what Wes sees for a company ends with the logout
    public = dict(grant_for(by_themselves, [f"stock:{cast.mug.pk}"]).numbers)
    client.force_login(cast.wes)
    client.post("/accounts/logout/")
    assert not is_void(cast, public)


def test_a_stranger_who_logs_out_ends_nothing(cast: Cast, client: Client) -> None:
    client.post("/accounts/logout/")
    assert not AccessEpoch.objects.exists()
