"""The three ways in which the market says no. Everything else that is raised is a bug, and crashes."""

from collections.abc import Mapping


class Denied(Exception):
    """What all three have in common: a sentence for the person, and where it belongs.

    `message` names the thing, the limit and what would be accepted; `field` is the form field it belongs to;
    `detail` carries what a page needs to show the difference (never anything the actor may not see).
    """

    status = 400

    def __init__(self, message: str, *, field: str | None = None, detail: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = str(message)
        self.field = field
        self.detail = dict(detail or {})


class Refused(Denied):
    """A rule of the trade said no (HTTP 422)."""

    status = 422


class NotAllowed(Denied):
    """A policy said no: the actor may see the thing but not do this (HTTP 403)."""

    status = 403


class Conflict(Denied):
    """Someone was faster: what the actor saw is no longer what is (HTTP 409)."""

    status = 409


class Busy(Denied):
    """What has to be locked is held by somebody else for too long (HTTP 503): try again."""

    status = 503
