"""What makes a page live: who it is, and one signed grant per region. Each live element prints its own data-v.

{% load live %}
{% live_ticket %}                                     in <head>
<section id="rows" {% live topics %}>…</section>      topics: names such as "stock:42", from the view
<section id="rows" {% live topics url=url %}>         where the region's own URL is not the page's
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from backend.accounts.actor import ANONYMOUS, Actor
from realtime import hub
from realtime.access import NOBODY, sign_grant, sign_ticket, with_closed
from realtime.asking import Asker

SCRIPTS = (
    "live_rules.js",
    "live_elements.js",
    "live_announce.js",
    "live_place.js",
    "live_logs.js",
    "live_renewal.js",
    "live_socket.js",
    "live_regions.js",
    "live_poll.js",
    "live_tabs.js",
    "live_presence.js",
)
"""Before live.js itself, which base.html loads with the others."""

register = template.Library()


@register.simple_tag(takes_context=True)
def live_ticket(context: dict[str, Any]) -> SafeString:
    """Who this page was made for, in which epoch, by which build, and the scripts that live.js stands on. No query."""
    person = _actor(context).user_id or NOBODY
    meta = format_html(
        '<meta name="live-ticket" content="{}" data-url="{}" data-person="{}" data-epoch="{}" data-build="{}">',
        sign_ticket(person),
        reverse("live_ticket"),
        person,
        hub.known_epoch(),
        settings.BUILD,
    )
    return meta + _scripts()


@cache
def _scripts() -> SafeString:
    """Their addresses stay what they are as long as the build does."""
    return format_html_join("", '<script src="{}" defer></script>', ((static(name),) for name in SCRIPTS))


@register.simple_tag(takes_context=True)
def live(context: dict[str, Any], topics: Iterable[str], url: str = "") -> SafeString:
    """The attributes of a live region: a grant for those topics that the actor may watch, and where it comes from.

    `url` answers with the region, under the same id; the present address if empty. A view asks for what it decided to
    show: a topic that can't be granted any more makes the page ask again. It costs what `Asker` says; no query where
    there are no topics.
    """
    asked, request = list(topics), context["request"]
    asker, user = _asker(context), getattr(request, "user", None)
    grant = asker.grant_for(asked, shown_as=getattr(user, "name", ""))
    token = sign_grant(asker.actor.user_id or NOBODY, with_closed(grant, set(asked) - grant.topics.keys()))
    return format_html('data-live data-grant="{}" data-url="{}"', token, url or request.get_full_path())


def _asker(context: dict[str, Any]) -> Asker:
    """One for all regions of a page."""
    request = context["request"]
    asker: Asker = getattr(request, "asker", None) or Asker(_actor(context), getattr(request, "numbers", None))
    request.asker = asker
    return asker


def _actor(context: dict[str, Any]) -> Actor:
    actor: Actor = getattr(context.get("request"), "actor", ANONYMOUS)
    return actor
