"""Sign-up, passkeys and a company's people, in a real browser under the real security policy."""

import re
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, expect

from backend.accounts.models import ApiToken, Invitation, Membership, User
from backend.accounts.queries import presented_token
from tests.cast import PASSWORD, Cast, make_person, set_password

OpenPage = Callable[..., Page]


@pytest.fixture
def blocked(open_page: OpenPage) -> Iterator[OpenPage]:
    """open_page, which also fails the test if the security policy blocked anything."""
    said: list[str] = []

    def open_one(*args: Any, **options: Any) -> Page:
        page = open_page(*args, **options)
        page.on("console", lambda message: said.append(message.text))
        page.reload()
        return page

    yield open_one
    assert [text for text in said if "Content Security Policy" in text] == []


def newest_letter(to: str) -> EmailMessage:
    """The web process writes mail to files."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for file in sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda file: -file.stat().st_mtime_ns):
            letter = message_from_bytes(file.read_bytes(), policy=default)
            if letter["To"] == to and isinstance(letter, EmailMessage):
                return letter
        time.sleep(0.1)
    raise AssertionError(f"no mail to {to}")


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def log_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_shop_owner_signs_up_confirms_and_begins(cast: Cast, blocked: OpenPage, scripts: bool) -> None:
    email = f"fred{scripts:d}@fields.example"
    page = blocked("/accounts/signup/", java_script_enabled=scripts)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Company name").fill("Fred's Fields")
    page.get_by_label("What it does").select_option("retailer")
    page.get_by_label("Country").select_option("Ireland")
    press(page, "Sign up")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your e-mail address")

    found = re.search(r"http://\S+", newest_letter(email).get_content())
    assert found
    page.goto(found[0])
    press(page, "Confirm")
    if page.get_by_label("Password").count():
        log_in(page, email)
    page.goto("/accounts/start/")
    expect(page).to_have_url(re.compile("/catalogue/$"))


def test_a_passkey_is_made_and_logs_in(cast: Cast, blocked: OpenPage) -> None:
    set_password(cast.max)
    page = blocked("/accounts/login/?next=/accounts/2fa/webauthn/add/")
    log_in(page, cast.max.email)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    phone = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": phone})
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Confirm")
    page.get_by_label("Open my account without a password").check()
    press(page, "Add it")
    expect(page.get_by_text("Security key added")).to_be_visible()

    page.goto("/accounts/logout/")
    press(page, "Log out")
    page.goto("/accounts/login/")
    press(page, "Use a passkey")
    expect(page).to_have_url(re.compile("/c/northfield/inventory/$"))


def test_who_is_invited_accepts_in_their_browser_while_the_owner_watches(cast: Cast, blocked: OpenPage) -> None:
    pia = make_person("pia@people.example")
    page = blocked("/c/northfield/members/", user=cast.nora)
    page.get_by_label("E-mail address").fill(pia.email)
    page.get_by_label("Role", exact=True).select_option("Sales")
    press(page, "Invite")
    invitation = page.locator("[id^=invitation-]", has_text=pia.email)
    expect(invitation).to_contain_text("Sales")
    assert Axe().run(page).response["violations"] == []

    theirs = blocked(f"/accounts/invitations/{Invitation.objects.get(email=pia.email).token}/", user=pia)
    press(theirs, "Accept")
    expect(theirs).to_have_url(re.compile("/c/northfield/inventory/$"))
    expect(page.get_by_label(f"Role of {pia.name}")).to_have_value("sales")
    expect(invitation).to_have_count(0)

    page.get_by_label(f"Role of {pia.name}").select_option("Warehouse")
    press(page, f"Change: {pia.name}")
    kept = page.locator(f"#role-{membership_of(pia).pk} option[selected]")  # as the server says, not as it was chosen
    expect(kept).to_have_attribute("value", "warehouse")
    page.locator(f"#member-{membership_of(pia).pk} summary").click()
    press(page, f"Remove {pia.name}")
    expect(page.get_by_label(f"Role of {pia.name}")).to_have_count(0)
    expect(theirs.locator("#grid")).to_have_attribute("data-gone", re.compile("revoked|refused"))
    assert not pia.memberships.exists()


def test_a_device_that_is_signed_out_loses_its_page(cast: Cast, blocked: OpenPage) -> None:
    there = blocked("/c/northfield/inventory/", user=cast.wes)
    here = blocked("/accounts/sessions/", user=cast.wes)
    expect(there.get_by_role("heading", level=1)).to_have_text("Stock")
    press(here, "Sign out all others")
    expect(here.locator("[id^=device-]")).to_have_count(1)
    expect(there.get_by_role("heading", level=1)).to_have_text("This page was somebody else’s")
    there.goto("/c/northfield/inventory/")
    expect(there).to_have_url(re.compile("/accounts/login/"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_manager_makes_a_token_copies_its_secret_and_revokes_it(cast: Cast, blocked: OpenPage, scripts: bool) -> None:
    page = blocked("/c/northfield/tokens/", user=cast.max, java_script_enabled=scripts)
    page.get_by_label("Name", exact=True).fill(f"Till {scripts:d}")
    press(page, "Make")
    expect(page.locator("#token-scopes-error")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value(f"Till {scripts:d}")
    page.get_by_label("What sellers disclose of their stock").check()
    press(page, "Make")
    secret = page.get_by_label("Secret").input_value()
    presented = presented_token(secret)
    assert presented is not None
    assert presented.token.name == f"Till {scripts:d}"
    if scripts:
        assert Axe().run(page).response["violations"] == []
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        press(page, "Copy")
        expect(page.locator("#new-secret-copied")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()") == secret
    else:
        expect(page.get_by_role("button", name="Copy")).to_have_count(0)

    page.goto("/c/northfield/tokens/")
    expect(page.get_by_label("Secret")).to_have_count(0)
    page.locator(f"#token-{presented.token.pk} summary").click()
    press(page, f"Revoke Till {scripts:d}")
    expect(page.locator(f"#token-{presented.token.pk}")).to_contain_text("Revoked")
    assert not ApiToken.objects.live().filter(pk=presented.token.pk).exists()


def membership_of(user: User) -> Membership:
    return user.memberships.get()


SCREENS = [
    ("/accounts/login/", None),
    ("/accounts/signup/", None),
    ("/accounts/password/reset/", None),
    ("/accounts/email/", "nora"),
    ("/accounts/password/change/", "nora"),
    ("/accounts/2fa/", "nora"),
    ("/accounts/sessions/", "nora"),
    ("/c/northfield/roles/", "nora"),
    ("/accounts/companies/", "nora"),
    ("/c/northfield/members/", "nora"),
    ("/c/northfield/tokens/", "nora"),
    ("/c/platform/companies/", "olga"),
]


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
@pytest.mark.parametrize("who", [None, "nora", "olga"])
def test_axe_finds_nothing_in_either_light_and_nothing_is_cut_off(
    cast: Cast, open_page: OpenPage, who: str | None, locale: str
) -> None:
    page = open_page("/accounts/login/", user=getattr(cast, who) if who else None, locale=locale)
    for path in (path for path, seen_by in SCREENS if seen_by == who):
        for light in ("light", "dark"):
            page.emulate_media(color_scheme=light)
            page.set_viewport_size({"width": 1200 if light == "light" else 320, "height": 800})
            page.goto(path)
            assert Axe().run(page).response["violations"] == [], f"{path} in {light}"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than a phone"
