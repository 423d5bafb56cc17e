import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from backend.accounts.devices.actions import sign_out_device
from backend.accounts.devices.agents import browser_of, shown_in_part, system_of
from backend.accounts.models import AccessEpoch, User
from backend.events.kinds import Kind
from backend.events.models import Event
from frontend_htmx.accounts.noting import MARK
from realtime.asking import grant_for
from tests.cast import PASSWORD, Cast, actor_of, set_password

PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1"


def log_in(user: User, *, agent: str = FIREFOX, ip: str = "203.0.113.7") -> Client:
    set_password(user) if not user.check_password(PASSWORD) else None
    browser = Client(headers={"User-Agent": agent}, REMOTE_ADDR=ip)
    assert browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
    return browser


def device_of(browser: Client) -> UserSession:
    return UserSession.objects.get(session_key=browser.cookies[settings.SESSION_COOKIE_NAME].value)


def test_every_device_is_listed_with_its_browser_and_roughly_where_it_is(cast: Cast) -> None:
    here = log_in(cast.wes)
    log_in(cast.wes, agent=PHONE, ip="2001:db8:1:2::7")
    log_in(cast.rita)
    text = here.get(PAGE).content.decode()
    assert text.count('id="device-') == 2
    assert all(part in text for part in ("Firefox, Linux", "Safari, iPhone", "203.0.…", "2001:0db8:…", "This device"))
    assert "113.7" not in text


def test_a_device_that_is_signed_out_loses_pages_and_sockets_at_once(cast: Cast) -> None:
    here, there = log_in(cast.wes), log_in(cast.wes, agent=PHONE)
    grant = grant_for(actor_of(cast.wes), [f"stock_level:{cast.mug.pk}"])
    assert there.get("/c/northfield/inventory/").status_code == 200
    assert here.post(f"{PAGE}{device_of(there).pk}/removal/").status_code == 303
    assert there.get("/c/northfield/inventory/")["Location"].startswith("/accounts/login/")
    scope = f"person:{cast.wes.pk}"
    assert AccessEpoch.objects.get(scope=scope).n > grant.numbers[scope]
    assert here.get("/c/northfield/inventory/").status_code == 200
    assert Event.objects.get(kind=Kind.ACCOUNTS_DEVICES_SIGNED_OUT).data == {"devices": 1}


def test_all_others_are_signed_out_together(cast: Cast) -> None:
    here, others = log_in(cast.wes), [log_in(cast.wes), log_in(cast.wes)]
    elsewhere = log_in(cast.rita)
    here.post(f"{PAGE}others/removal/")
    assert [browser.get(PAGE).status_code for browser in (here, *others, elsewhere)] == [200, 302, 302, 200]


def test_another_persons_device_stays_where_it_is(cast: Cast) -> None:
    here, ritas = log_in(cast.wes), log_in(cast.rita)
    assert here.post(f"{PAGE}{device_of(ritas).pk}/removal/").status_code == 303
    assert ritas.get(PAGE).status_code == 200
    assert not Event.objects.filter(kind=Kind.ACCOUNTS_DEVICES_SIGNED_OUT).exists()


def test_signed_out_twice_it_is_signed_out_once(cast: Cast) -> None:
    device = device_of(log_in(cast.wes))
    sign_out_device(cast.wes, device.pk)
    sign_out_device(cast.wes, device.pk)
    assert Event.objects.filter(kind=Kind.ACCOUNTS_DEVICES_SIGNED_OUT).count() == 1


def test_a_new_password_signs_out_all_others(cast: Cast) -> None:
    here, there = log_in(cast.wes), log_in(cast.wes)
    new = {"oldpassword": PASSWORD, "password1": "an-entirely-new-one", "password2": "an-entirely-new-one"}
    here.post("/accounts/password/change/", new)
    assert there.get(PAGE).status_code == 302
    text = here.get(PAGE).content.decode()
    assert text.count('id="device-') == 1
    assert "This device" in text


def test_a_logged_out_device_is_not_listed(cast: Cast) -> None:
    here, there = log_in(cast.wes), log_in(cast.wes)
    there.post("/accounts/logout/")
    assert here.get(PAGE).content.decode().count('id="device-') == 1


def test_its_use_is_noted_every_few_minutes_and_costs_nothing_between(cast: Cast) -> None:
    here = log_in(cast.wes)
    noted = device_of(here).last_seen_at
    here.get(PAGE)
    assert device_of(here).last_seen_at == noted
    session = here.session
    session[MARK] -= 301
    session.save()
    here.get(PAGE, REMOTE_ADDR="198.51.100.1")
    assert device_of(here).last_seen_at > noted
    assert device_of(here).ip == "198.51.100.1"


def test_a_session_from_before_this_was_kept_is_noted_with_its_next_page(cast: Cast) -> None:
    here = log_in(cast.wes)
    UserSession.objects.all().delete()
    session = here.session
    del session[MARK]
    session.save()
    here.get(PAGE)
    assert UserSession.objects.count() == 1


def test_a_session_that_has_expired_is_not_listed(cast: Cast) -> None:
    here, there = log_in(cast.wes), log_in(cast.wes)
    row = Session.objects.filter(session_key=device_of(there).session_key)
    row.update(expire_date="2020-01-01T00:00:00Z")
    assert here.get(PAGE).content.decode().count('id="device-') == 1


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (FIREFOX, "Firefox", "Linux"),
        (PHONE, "Safari", "iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/142.0 Safari/537 Edg/142.0", "Edge", "Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/142.0 Mobile Safari/537", "Chrome", "Android"),
        ("curl/8", "", ""),
    ],
)
def test_a_browser_is_recognised_by_what_it_says(agent: str, browser: str, system: str) -> None:
    assert (browser_of(agent), system_of(agent)) == (browser, system)


def test_an_unknown_place_is_not_shown() -> None:
    assert shown_in_part("0.0.0.0") == ""  # noqa: S104
