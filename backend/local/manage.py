"""`./dev manage …`: Django's command line with the databases up."""

import sys
from collections.abc import Sequence

from backend.local import foreground
from backend.local.databases import for_manage
from backend.local.places import data_dir
from backend.local.preparation import forget
from backend.local.secret import secret_key
from backend.local.translations import compile_translations


def manage(arguments: Sequence[str]) -> int:
    """Run manage.py against the databases of `./dev run`, or against ones started just for it."""
    compile_translations()
    with for_manage() as databases:
        forget()  # the command may migrate, load or flush
        env = foreground.base_env() | databases.env | {"SECRET_KEY": secret_key(data_dir())}
        return foreground.run((sys.executable, "manage.py", *arguments), env)
