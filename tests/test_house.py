"""The rules of the house that a new room or a new URL could break without any of its own tests noticing."""

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.db.models.functions import Now
from django.db.transaction import atomic
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from backend.accounts.access import raise_epoch
from backend.accounts.actions import remove_member
from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.models import AccessEpoch, Company, Membership
from backend.accounts.roles import Role
from backend.analytics.floor.models import THE_ONE as THE_FLOOR
from backend.catalog.actions import pause_product
from backend.core.fences import is_fenced
from backend.events.kinds import Kind
from backend.events.watch.models import THE_ONE as THE_WATCH
from backend.events.watch.models import Heartbeat
from backend.events.watch.states import State
from backend.negotiation.moderation.models import THE_REPORTS
from backend.orders.disputes.models import THE_DISPUTES
from frontend_htmx.middleware import PUBLIC
from realtime.asking import grant_for
from realtime.json_frames import json_frame
from realtime.pushes import PUSHES, SILENT, THE_CATALOGUE, THE_NOTICES, Append, Refresh, Replace, Revoke
from realtime.topics import TOPICS
from tests.analytics.flooring import put_on_floor
from tests.cast import Cast, actor_of, make_person
from tests.routes import Route, arguments, count_of, every_route, import_of, order_of, requisition_of, room_of

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("backend", "realtime", "frontend_htmx")
ROUTES = every_route()
OF_A_COMPANY = [route for route in ROUTES if "company" in route.takes]
# What belongs to the person who looks and to nobody else: no company's data stands there.
PERSONAL = {"start", "own_companies", "saved_searches", "saved_search_look", "saved_search_removal", "attachment"}
PERSONAL_PREFIXES = ("account_", "mfa_", "usersessions_")

each_route = pytest.mark.parametrize("route", ROUTES, ids=str)


# --- Who may open which URL ------------------------------------------------------------------------------------------
@each_route
def test_every_url_has_a_name(route: Route) -> None:
    assert route.name, f"{route.pattern} has none: nothing could declare it public or link to it"


def test_only_urls_that_exist_are_declared_public() -> None:
    assert {route.name for route in ROUTES} >= PUBLIC


@each_route
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_public_sends_the_anonymous_to_the_login(
    cast: Cast, client: Client, route: Route, method: str
) -> None:
    response = getattr(client, method)(route.path(arguments(cast, route)))
    to_login = response.status_code == 302 and response["Location"].startswith("/accounts/login/?next=")
    assert to_login == (route.name not in PUBLIC)


@pytest.mark.parametrize("route", OF_A_COMPANY, ids=str)
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_companys_urls_do_not_exist_for_an_outsider(
    cast: Cast, client: Client, route: Route, method: str
) -> None:
    client.force_login(cast.otto)
    assert getattr(client, method)(route.path(arguments(cast, route))).status_code == 404


# What everybody's things look like to whoever buys for a company: a seller's product under the buyer's own address.
OF_THE_MARKET = {"company_product"}


@pytest.mark.parametrize(
    "route", [route for route in OF_A_COMPANY if len(route.takes) > 1 and route.name not in OF_THE_MARKET], ids=str
)
def test_another_companys_things_do_not_exist_under_ones_own_company(cast: Cast, client: Client, route: Route) -> None:
    client.force_login(cast.otto)
    path = route.path({**arguments(cast, route), "company": cast.eastwick.slug})
    statuses = {client.get(path).status_code, client.post(path).status_code}
    assert statuses <= {403, 404, 405}
    assert statuses & {403, 404}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.name not in PUBLIC and r not in OF_A_COMPANY], ids=str)
def test_what_is_neither_public_nor_a_companys_is_ones_own(route: Route) -> None:
    assert route.name in PERSONAL or route.name.startswith(PERSONAL_PREFIXES), (
        f"{route.pattern} shows whose data? Put it under /c/<company>/, or declare it PUBLIC or PERSONAL"
    )


# --- What is written down, and where ---------------------------------------------------------------------------------
@cache
def modules() -> list[tuple[Path, ast.Module]]:
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    return [(file.relative_to(ROOT), ast.parse(file.read_text())) for file in files]


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [node for node in found if getattr(node.func, "id", getattr(node.func, "attr", "")) == name]


def test_only_actions_and_their_steps_record_events() -> None:
    writers = {str(path) for path, tree in modules() if calls(tree, "record")}
    assert writers
    assert {path for path in writers if Path(path).name not in ("actions.py", "steps.py")} == set()


def test_outermost_transactions_are_opened_by_actions_alone() -> None:
    openers = {path for path, tree in modules() for call in calls(tree, "atomic") if call.keywords}
    assert {path.name for path in openers} == {"actions.py"}


# A contract of import-linter can't name a part of Django.
def test_what_is_true_knows_no_http() -> None:
    knows = {
        (str(path), name)
        for path, tree in modules()
        if path.parts[0] == "backend"
        for name in imported(tree)
        if name.startswith(("django.http", "django.shortcuts", "django.views"))
    }
    assert knows == set()


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


# Whoever else waits for a row, and why that wait needs no limit.
MAY_WAIT = {
    "backend/events/log.py": "numberers take turns on one row that nobody else touches",
    "backend/market/actions.py": "the second loader of the demo market waits until the first has loaded it",
}


def test_row_locks_are_asked_for_in_one_place() -> None:
    lockers = {str(path) for path, tree in modules() if calls(tree, "select_for_update")}
    assert lockers - set(MAY_WAIT) == {"backend/core/locking.py"}


# --- The live road ---------------------------------------------------------------------------------------------------
def test_every_kind_of_event_is_pushed_or_declared_silent() -> None:
    assert set(PUSHES) | SILENT == set(Kind)
    assert set(PUSHES) & SILENT == set()


ENDS_ACCESS = {
    "change_role": Kind.ACCOUNTS_ROLE_CHANGED,
    "remove_member": Kind.ACCOUNTS_MEMBER_REMOVED,
    "revoke_api_token": Kind.ACCOUNTS_API_TOKEN_REVOKED,
    "edit_role": Kind.ACCOUNTS_CUSTOM_ROLE_EDITED,
    "require_second_step": Kind.ACCOUNTS_SECOND_STEP_REQUIRED,
    "note_second_step_removed": Kind.ACCOUNTS_SECOND_STEP_REMOVED,
    "reset_second_step": Kind.ACCOUNTS_SECOND_STEP_RESET,
    "_end": Kind.ACCOUNTS_DEVICES_SIGNED_OUT,
    "void_grants": Kind.ACCOUNTS_GRANTS_VOIDED,
    "save_group": Kind.CATALOG_GROUP_CHANGED,
    "save_assortment": Kind.CATALOG_ASSORTMENT_CHANGED,
    "fill_assortment": Kind.CATALOG_ASSORTMENT_CHANGED,
    "remove_assortment": Kind.CATALOG_ASSORTMENT_CHANGED,
    "set_territory": Kind.CATALOG_TERRITORY_CHANGED,
    "pause_product": Kind.CATALOG_PRODUCT_PAUSED,
    "edit_offer": Kind.CATALOG_OFFER_EDITED,
    "archive_product": Kind.CATALOG_PRODUCT_ARCHIVED,
}


def test_whatever_ends_access_is_told_again_by_the_relay() -> None:
    raisers = {
        node.name
        for path, tree in modules()
        if path.name == "actions.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (calls(node, "raise_epoch") or calls(node, "raise_epochs"))
    }
    assert raisers == set(ENDS_ACCESS)
    for kind in ENDS_ACCESS.values():
        assert any(isinstance(push, Revoke) for push in PUSHES[kind]), kind


def late_of(_cast: Cast) -> int:
    """Something is wrong, or the alarms would say nothing."""
    late = {"due_at": Now() - timedelta(hours=1), "told": State.LATE}
    Heartbeat.objects.update_or_create(name="inventory.sweep_lapsed_holds", defaults=late)
    return THE_WATCH


def floor_of(cast: Cast) -> int:
    """The floor, with an entry on it."""
    put_on_floor(order_of(cast.northfield, cast.cornershop))
    return THE_FLOOR


OF_AN_ORDER = ("order", "order_lines", "order_change", "order_returns", "order_log", "order_desk")
SEEN_BY_OPERATORS = {"order", "order_lines", "order_returns", "order_log"}
SUBJECTS: dict[str, Callable[[Cast], int]] = {
    "stock": lambda cast: cast.mug.pk,
    "stock_level": lambda cast: cast.mug.pk,
    "stock_moves": lambda cast: cast.mug.pk,
    "stock_history": lambda cast: cast.mug.pk,
    "catalogue": lambda cast: THE_CATALOGUE,
    "prices": lambda cast: cast.cornershop.pk,
    "product": lambda cast: cast.mug.product_id,
    "changes": lambda cast: cast.northfield.pk,
    "stock_grid": lambda cast: cast.northfield.pk,
    "stock_cover": lambda cast: cast.mug.pk,
    "low_stock": lambda cast: cast.northfield.pk,
    "warehouses": lambda cast: cast.northfield.pk,
    "transfers": lambda cast: cast.northfield.pk,
    "incoming": lambda cast: cast.northfield.pk,
    "counts": lambda cast: cast.northfield.pk,
    "lots": lambda cast: cast.northfield.pk,
    "count_sheet": lambda cast: count_of(cast.shelf, cast.mug).sheet_id,
    "count_line": lambda cast: count_of(cast.shelf, cast.mug).pk,
    "import": lambda cast: import_of(cast.northfield).pk,
    "imports": lambda cast: cast.northfield.pk,
    "members": lambda cast: cast.northfield.pk,
    "addresses": lambda cast: cast.northfield.pk,
    "requisition": lambda cast: requisition_of(cast.cornershop).pk,
    "requisitions": lambda cast: cast.cornershop.pk,
    "credit": lambda cast: cast.northfield.pk,
    "orders": lambda cast: cast.northfield.pk,
    **dict.fromkeys(("floor", "floor_figures", "floor_list"), floor_of),
    **dict.fromkeys(("watch", "alarms"), late_of),
    "standing": lambda cast: cast.northfield.pk,
    "part_numbers": lambda cast: cast.northfield.pk,
    **dict.fromkeys(
        OF_AN_ORDER,
        lambda cast: order_of(cast.northfield, cast.cornershop).pk,
    ),
    "reports": lambda _cast: THE_REPORTS,
    "disputes": lambda _cast: THE_DISPUTES,
    **dict.fromkeys(
        ("room", "room_log", "room_desk", "room_hidden", "room_held"),
        lambda cast: room_of(cast.cornershop, cast.mug).pk,
    ),
    "room_rank": lambda cast: room_of(cast.cornershop, cast.mug).pk,
    "enquiry": lambda cast: room_of(cast.cornershop, cast.mug).enquiry_id,
    "notices": lambda cast: THE_NOTICES,
    "rooms": lambda cast: cast.northfield.pk,
    "held_offers": lambda cast: cast.northfield.pk,
    "price_floors": lambda cast: cast.northfield.pk,
    "replies": lambda cast: cast.northfield.pk,
    "answer_rules": lambda cast: cast.northfield.pk,
}
EVERY_PUSH = {push for pushes in PUSHES.values() for push in pushes}
OF_TOPICS = [push for push in EVERY_PUSH if not isinstance(push, Revoke)]
FRAGMENTS = sorted((push for push in OF_TOPICS if not isinstance(push, Refresh)), key=lambda push: push.thing)
each_fragment = pytest.mark.parametrize("push", FRAGMENTS, ids=lambda push: push.fragment)


def shown_by(cast: Cast, push: Replace | Append) -> object:
    """What its query finds: a state, or the one entry that the log begins with."""
    pk = SUBJECTS[push.thing](cast)
    return push.query(pk, 1, 1)[0] if isinstance(push, Append) else push.query(pk)


def test_every_topic_is_pushed_and_every_push_has_a_topic() -> None:
    assert {push.thing for push in OF_TOPICS} == set(TOPICS)


class Roots(HTMLParser):
    """The elements of a fragment that stand in no other."""

    EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "path", "circle"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))
        self.depth += tag not in self.EMPTY

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in self.EMPTY


@each_fragment
def test_a_pushed_fragment_has_one_root_with_an_id_of_its_own(cast: Cast, push: Replace | Append) -> None:
    pk, shown = SUBJECTS[push.thing](cast), shown_by(cast, push)
    roots = Roots(render_to_string(push.fragment, {push.name: shown}).strip()).roots
    assert len(roots) == 1
    if isinstance(push, Replace):
        assert (roots[0]["data-topic"], roots[0]["data-v"]) == (f"{push.thing}:{pk}", str(push.query(pk).version))
        assert str(roots[0]["id"]).endswith(f"-{pk}")
    else:
        assert "data-topic" not in roots[0]
        assert str(roots[0]["id"]).endswith(f"-{pk}-1")


@each_fragment
def test_what_a_fragment_shows_can_be_said_in_json(cast: Cast, push: Replace | Append) -> None:
    assert json_frame(f"{push.thing}:1", 1, "replace", shown_by(cast, push))


@each_fragment
def test_a_pushed_fragment_says_the_same_whoever_looks(cast: Cast, push: Replace | Append) -> None:
    shown = {push.name: shown_by(cast, push)}
    alone = render_to_string(push.fragment, shown)
    for user in (cast.nora, cast.rita, cast.bea, cast.otto):
        request = RequestFactory().get("/")
        request.user = user
        request.actor = actor_of(user)  # type: ignore[attr-defined]
        assert render_to_string(push.fragment, shown, request=request) == alone


# Each topic: who may watch it, who may not, and what takes the watcher's right away.
def leave(cast: Cast) -> None:
    remove_member(cast.wes.memberships.select_related("company").get(), actor=actor_of(cast.nora))


def resign(cast: Cast) -> None:
    remove_member(cast.max.memberships.select_related("company").get(), actor=actor_of(cast.nora))


def leave_the_shop(cast: Cast) -> None:
    remove_member(cast.bea.memberships.select_related("company").get(), actor=actor_of(cast.carl))


def leave_sales(cast: Cast) -> None:
    remove_member(cast.sally.memberships.select_related("company").get(), actor=actor_of(cast.nora))


def pause(cast: Cast) -> None:
    pause_product(cast.mug.product, actor=actor_of(cast.nora))


def leave_the_platform(cast: Cast) -> None:
    owner = Membership.objects.create(user=make_person("pat@platform.example"), company=cast.platform, role=Role.OWNER)
    remove_member(cast.olga.memberships.select_related("company").get(), actor=owner.as_actor())


def withdraw(_cast: Cast) -> None:
    with atomic():
        raise_epoch("public")


PUBLIC_TOPICS = {"catalogue"}
"""Nobody is a stranger to these: a grant can be voided, and made anew for everybody."""
WATCHING: dict[str, tuple[str, tuple[str, ...], Callable[[Cast], None]]] = {
    "catalogue": ("anonymous", (), withdraw),
    "stock": ("bea", (), pause),
    "prices": ("bea", ("anonymous", "nora", "otto", "olga"), leave_the_shop),
    "product": ("anonymous", (), pause),
    "changes": ("sally", ("anonymous", "bea", "otto", "olga", "wes"), leave_sales),
    "stock_level": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "stock_history": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "stock_moves": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "stock_grid": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "stock_cover": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "low_stock": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    **dict.fromkeys(
        ("warehouses", "transfers", "incoming", "counts", "lots", "count_sheet", "count_line"),
        ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    ),
    "import": ("max", ("anonymous", "bea", "otto", "olga", "wes", "sally"), resign),
    "imports": ("max", ("anonymous", "bea", "otto", "olga", "wes"), resign),
    "orders": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    **dict.fromkeys(SEEN_BY_OPERATORS, ("bea", ("anonymous", "otto"), leave_the_shop)),
    "standing": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "part_numbers": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    **dict.fromkeys(
        set(OF_AN_ORDER) - SEEN_BY_OPERATORS,
        ("bea", ("anonymous", "otto", "olga"), leave_the_shop),
    ),
    "credit": ("max", ("anonymous", "sally", "bea", "otto", "olga"), resign),
    **dict.fromkeys(
        ("requisition", "requisitions"),
        ("bea", ("anonymous", "nora", "sally", "otto", "olga"), leave_the_shop),
    ),
    **dict.fromkeys(
        ("room", "room_log", "room_desk", "room_hidden"), ("bea", ("anonymous", "otto", "olga"), leave_the_shop)
    ),
    "room_rank": ("sally", ("anonymous", "bea", "otto", "olga"), leave_sales),
    "enquiry": ("bea", ("anonymous", "nora", "otto", "olga"), leave_the_shop),
    "notices": ("wes", ("anonymous", "bea", "nick", "olga"), leave),
    "rooms": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "replies": ("sally", ("anonymous", "wes", "bea", "otto", "olga"), leave_sales),
    "room_held": ("wes", ("anonymous", "bea", "carl", "otto", "olga"), leave),
    **dict.fromkeys(
        ("held_offers", "price_floors", "answer_rules"), ("max", ("anonymous", "sally", "bea", "otto", "olga"), resign)
    ),
    "members": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    "addresses": ("wes", ("anonymous", "bea", "otto", "olga"), leave),
    **dict.fromkeys(
        ("floor", "floor_figures", "floor_list", "watch", "alarms", "reports", "disputes"),
        ("olga", ("anonymous", "nora", "bea", "otto"), leave_the_platform),
    ),
}
each_topic = pytest.mark.parametrize("thing", sorted(TOPICS))


def acting(cast: Cast, who: str) -> Actor:
    return ANONYMOUS if who == "anonymous" else actor_of(getattr(cast, who))


@each_topic
def test_every_topic_opens_to_its_audience_and_to_no_stranger(cast: Cast, thing: str) -> None:
    assert thing in WATCHING, f"say in WATCHING who may watch {thing}, who may not, and what ends it"
    watcher, strangers, _ = WATCHING[thing]
    topic = f"{thing}:{SUBJECTS[thing](cast)}"
    assert topic in grant_for(acting(cast, watcher), [topic]).topics
    for stranger in strangers:
        assert topic not in grant_for(acting(cast, stranger), [topic]).topics


@each_topic
def test_every_topic_closes_when_the_right_to_it_ends(cast: Cast, thing: str) -> None:
    watcher, _, end = WATCHING[thing]
    actor, topic = acting(cast, watcher), f"{thing}:{SUBJECTS[thing](cast)}"
    grant = grant_for(actor, [topic])
    end(cast)
    now = dict(AccessEpoch.objects.values_list("scope", "n"))
    assert any(now.get(scope, 0) > grant.numbers[scope] for scope in grant.topics[topic]), "the old grant is void"
    if thing not in PUBLIC_TOPICS:
        assert topic not in grant_for(actor, [topic]).topics, "and there is no new one"


def test_there_is_no_other_catalogue(cast: Cast) -> None:
    assert grant_for(ANONYMOUS, ["catalogue:2"]).topics == {}


# --- Companies are fenced off from each other ------------------------------------------------------------------------
# Tables with a company whose rows are not fenced, and why nobody learns from them what is another's.
SHARED = {
    "accounts.Company": "who is on the market is known to everybody: name, kind and country stand on every page",
    "events.Event": "the log of all: the relay and the listeners read it, no page does",
    "events.Once": "found by its company and key alone, and holds nothing but a reference",
    "market.Delivery": "the demo market's own, which no page shows",
    "market.Errand": "the demo market's own, which no page shows",
}


def of_a_company(model: type[Model], seen: tuple[type[Model], ...] = ()) -> bool:
    """Whether a row of this table belongs to a company: by itself, or by what it hangs on."""
    if model is Company or any(field.attname == "company_id" for field in model._meta.concrete_fields):
        return True
    seen = (*seen, model)
    parents = [field.related_model for field in model._meta.concrete_fields if field.is_relation]
    return any(of_a_company(parent, seen) for parent in parents if parent and parent not in seen)


def test_every_table_of_a_company_is_fenced_or_says_why_not() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith(("backend.", "realtime."))]
    open_ones = {model._meta.label for model in ours if of_a_company(model) and not is_fenced(model)}
    assert open_ones - set(SHARED) == set(), "give it a FencedQuerySet (backend/core/fences.py), or a reason in SHARED"
    assert set(SHARED) - open_ones == set(), "these are fenced, or gone"


def test_every_fenced_table_knows_the_way_to_its_company(cast: Cast) -> None:
    for model in filter(is_fenced, apps.get_models()):
        rows: Any = model._default_manager
        assert rows.of_company(cast.northfield.pk).count() < rows.count() or not rows.exists(), model


def test_a_comment_in_a_template_ends_on_its_line() -> None:
    """Django shows everybody what begins with {# and ends on another line."""
    templates = {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    shown = [
        path.name for path, text in templates.items() for line in text.splitlines() if "{#" in line and "#}" not in line
    ]
    assert shown == []


SHOWN_ALONE = {
    "allauth/elements/table.html": "one's own keys",
    "watch/_drifts.html": "how the machinery is",
    "watch/_heartbeats.html": "how the machinery is",
    "live/_letters.html": "how the machinery is",
    "live/_processes.html": "how the machinery is",
    "live/_shards.html": "how the machinery is",
    "live/_topics.html": "how the machinery is",
    "accounts/_names.html": "a handful, of one company",
    "accounts/_names_on_the_floor.html": "stands below those who wait, which go out",
    "catalog/saved.html": "one's own buttons",
    "catalog/category.html": "a form's rows",
    "catalog/_ladder.html": "a form's rows",
    "catalog/_lines.html": "two columns of one change",
    "inventory/_lot.html": "part of one lot",
    "inventory/_transfer_rows.html": "part of one transfer",
    "negotiation/_notice.html": "part of one enquiry, which goes out with the others",
    "negotiation/_offer.html": "part of a room, which goes out whole",
    "orders/_lines.html": "part of an order, which goes out with the others",
    "orders/_packed_rows.html": "part of a packing list, which is printed",
    "orders/_proposal.html": "part of an order's change",
    "orders/_requisition.html": "part of one request",
    "orders/_requisition_rows.html": "part of the approvals, which go out",
    "orders/_returns.html": "part of an order; returns go out",
    "orders/quick/_columns.html": "what was just typed",
    "prices/_sheet_outcome.html": "what a file that was just sent would change",
    "prices/price_preview.html": "an answer to what was just asked",
    "transfer/_problem_table.html": "goes out as its page's problems",
}
"""Tables without an export, and why."""


def test_every_table_can_be_taken_out_or_says_why_not() -> None:
    pages = {
        str(path.relative_to(ROOT / "templates")): path.read_text() for path in (ROOT / "templates").rglob("*.html")
    }
    without = {name for name, text in pages.items() if "<table" in text and "parts/exports.html" not in text}
    assert without == set(SHOWN_ALONE), "a list ends with parts/exports.html, or stands in SHOWN_ALONE with a reason"
