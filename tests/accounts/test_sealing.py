"""What a second step is checked with can't be read where it lies, and can be opened by whoever has the keys."""

import json
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from backend.accounts.protection.sealing import Unreadable, opened, sealed
from tests.cast import Cast

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def code_of(secret: str) -> str:
    counter = next(totp.yield_hotp_counters_from_time())
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


def lying(text: str) -> int:
    """In how many second steps the text can be read, by whoever reads the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mfa_authenticator WHERE position(%s IN data::text) > 0", [text])
        (found,) = cursor.fetchone()
    return int(found)


def test_an_apps_secret_can_be_checked_and_not_read(cast: Cast) -> None:
    step = totp.TOTP.activate(cast.nora, SECRET)
    assert lying(SECRET) == 0
    assert step.validate_code(code_of(SECRET))


def test_recovery_codes_can_be_used_once_and_not_read(cast: Cast) -> None:
    codes = RecoveryCodes.activate(cast.nora)
    code, *others = codes.generate_codes()
    seed = opened(codes.instance.data["seed"])
    assert [lying(text) for text in (seed, code, *others)] == [0] * (len(others) + 2)
    assert [codes.validate_code(code), codes.validate_code(code)] == [True, False]


def test_the_same_secret_is_never_sealed_the_same() -> None:
    assert sealed(SECRET) != sealed(SECRET)
    assert opened(sealed(SECRET)) == SECRET


@pytest.mark.parametrize("text", ["", SECRET, "sealed:", f"sealed:{SECRET}"])
def test_what_is_not_sealed_is_no_secret(text: str) -> None:
    with pytest.raises(Unreadable):
        opened(text)


def test_a_new_key_is_put_in_front_and_the_old_one_taken_out(cast: Cast, settings: Any) -> None:
    settings.SECOND_STEP_KEYS = ["the old one"]
    step = totp.TOTP.activate(cast.nora, SECRET)
    RecoveryCodes.activate(cast.nora)
    settings.SECOND_STEP_KEYS = ["the new one", "the old one"]
    assert step.validate_code(code_of(SECRET))
    call_command("reseal_second_steps", verbosity=0)
    settings.SECOND_STEP_KEYS = ["the new one"]
    rows = {row.type: row.data for row in Authenticator.objects.filter(user=cast.nora)}
    assert opened(rows["totp"]["secret"]) == SECRET
    assert len(opened(rows["recovery_codes"]["seed"])) == 80
    settings.SECOND_STEP_KEYS = ["the old one"]
    with pytest.raises(Unreadable, match="no key"):
        opened(rows["totp"]["secret"])


def test_what_was_there_before_is_sealed_by_the_migration_and_opened_by_its_way_back(cast: Cast) -> None:
    migration: Any = import_module("backend.accounts.migrations.0007_second_steps_sealed")
    before = {"totp": {"secret": SECRET}, "recovery_codes": {"seed": "ab" * 40, "used_mask": 5}}
    for kind, data in before.items():
        Authenticator.objects.create(user=cast.nora, type=kind, data=data)
    Authenticator.objects.create(user=cast.otto, type="recovery_codes", data={"migrated_codes": ["1", "2"]})
    migration.seal(apps, None)
    migration.seal(apps, None)
    assert lying(SECRET) == lying("ab" * 40) == lying('"1"') == 0
    assert totp.TOTP(Authenticator.objects.get(type="totp")).validate_code(code_of(SECRET))
    assert RecoveryCodes(Authenticator.objects.get(user=cast.otto)).get_unused_codes() == ["1", "2"]
    migration.unseal(apps, None)
    now = {row.type: row.data for row in Authenticator.objects.filter(user=cast.nora)}
    assert json.dumps(now, sort_keys=True) == json.dumps(before, sort_keys=True)
