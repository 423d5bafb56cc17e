"""Files that come with a message or an enquiry. Callers hold the transaction, and have not locked a room yet: a file is
written before anybody waits for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from backend.core.errors import Refused
from backend.files.keeping import kept
from backend.files.reading import Upload

MAX_FILES = 5


@dataclass(frozen=True, slots=True)
class NewFile:
    """What somebody sends, looked at, under the name that they know it by."""

    name: str
    upload: Upload

    def __repr__(self) -> str:
        """What tells it from others, when it is sent again."""
        return f"{self.name} {self.upload.sha256}"


Kept = Sequence[Mapping[str, Any]]
"""What the rows of files say, once the files are kept."""


def keep_files(files: Sequence[NewFile]) -> Kept:
    """In the order of their content, so that two who send the same files never wait for each other. Raises Refused for
    more than MAX_FILES."""
    if len(files) > MAX_FILES:
        raise Refused(_("At most %(max)d files go with one message. Send the others with the next.")
                      % {"max": MAX_FILES}, field="files")  # fmt: skip
    return [kept(each.upload, name=each.name) for each in sorted(files, key=lambda each: each.upload.sha256)]
