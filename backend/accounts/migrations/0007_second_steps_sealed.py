from collections.abc import Callable
from typing import Any

from django.db import migrations

from backend.accounts.protection.sealing import MARK, opened, sealed, with_secrets


def seal(apps: Any, _schema_editor: object) -> None:
    change(apps, lambda text: text if text.startswith(MARK) else sealed(text))


def unseal(apps: Any, _schema_editor: object) -> None:
    change(apps, opened)


def change(apps: Any, each: Callable[[str], str]) -> None:
    for row in apps.get_model("mfa", "Authenticator").objects.filter(type__in=("totp", "recovery_codes")).iterator():
        row.data = with_secrets(row.data, each)
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_invitations_secured"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(seal, unseal)]
