"""What goes on in the market while things break: real actions, each of them told in one line of a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from uuid import uuid4

import psycopg
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.test import Client

from backend.accounts.actions import change_role, remove_member
from backend.accounts.actor import Actor
from backend.accounts.models import AccessEpoch, Membership, User
from backend.accounts.roles import Role
from backend.catalog.actions import pause_product, publish_product
from backend.catalog.models import Product, Sku
from backend.core.errors import Denied
from backend.inventory.actions import adjust_stock, change_disclosure, receive_stock, sell_stock
from backend.inventory.disclosure import Disclosure
from backend.inventory.models import StockItem
from backend.inventory.steps import Line
from tests.cast import Cast, actor_of, make_cast, make_sku
from tests.chaos.haggle import Haggle

SKUS = 8
REPLACEABLE = ("max", "wes", "rita")
"""Members of Northfield who come and go."""
LOOKING = ("nora", "max", "wes", "rita", "sally", "carl", "bea")
ROLES = (Role.MANAGER, Role.WAREHOUSE, Role.SALES, Role.READ_ONLY)


@dataclass(frozen=True)
class Move:
    """One thing that somebody does, `at` seconds after the seed began."""

    at: float
    what: str
    nth: int
    amount: int
    word: str = ""

    def __str__(self) -> str:
        return f"{self.at:5.2f} {self.what} {self.nth} {self.amount} {self.word}".rstrip()


@dataclass(frozen=True)
class Revocation:
    """A scope got a new number: grants with a lower one are void since `at`, by the database's clock."""

    scope: str
    n: int
    at: float


class Market:
    """Northfield with more goods than the cast has, and everybody's sessions."""

    def __init__(self) -> None:
        self.cast: Cast = make_cast()
        names = [f"Pot number {n}" for n in range(SKUS - 2)]
        ways = list(Disclosure)
        more = [
            make_sku(name, f"POT{n}", self.cast.crockery, self.cast.shelf, on_hand=60, disclosure=ways[n % len(ways)])
            for n, name in enumerate(names)
        ]
        self.skus: Sequence[Sku] = [self.cast.mug, self.cast.plate, *more]
        self.owner: Actor = actor_of(self.cast.nora)
        self.haggle = Haggle(self.cast)
        self.revocations: list[Revocation] = []
        self.cookies = {name: _logged_in(self.person(name)) for name in LOOKING}

    def person(self, name: str) -> User:
        user: User = getattr(self.cast, name)
        return user

    def do(self, move: Move) -> str:
        """What came of it. A database that is away loses the move, not the run."""
        try:
            getattr(self, f"_{move.what}")(move)
        except Denied as denied:
            return f"refused: {denied.message}"
        except (DatabaseTrouble, psycopg.Error) as trouble:
            connection.close()
            return f"lost: {str(trouble).splitlines()[0]}"
        return "done"

    def open_for_business(self) -> None:
        """Before a seed: every product is published, everybody is there again, no shelf is empty, and a room is new."""
        for sku in self.skus:
            product = Product.objects.select_related("company").get(pk=sku.product_id)
            publish_product(product, actor=self.owner)
            adjust_stock(sku, self.cast.shelf, by=50, reason="opening", key=uuid4().hex, actor=self.owner)
        for name in REPLACEABLE:
            self._add(name, {"max": Role.MANAGER, "wes": Role.WAREHOUSE, "rita": Role.READ_ONLY}[name])
        self.haggle.open()
        self.revocations.clear()

    def version(self, nth: int) -> int:
        return StockItem.objects.values_list("version", flat=True).get(pk=self.skus[nth].pk)

    def _sku(self, move: Move) -> Sku:
        return self.skus[move.nth % len(self.skus)]

    def _adjust(self, move: Move) -> None:
        adjust_stock(
            self._sku(move), self.cast.shelf, by=move.amount, reason="counted", key=uuid4().hex, actor=self.owner
        )

    def _sell(self, move: Move) -> None:
        sell_stock(self._sku(move), abs(move.amount), reference=uuid4().hex, actor=self.owner)

    def _sell_out(self, move: Move) -> None:
        left = self._sku(move).stock.levels.get().available
        if left:
            sell_stock(self._sku(move), left, reference=uuid4().hex, actor=self.owner)

    def _receive(self, move: Move) -> None:
        goods = [self.skus[(move.nth + n) % len(self.skus)] for n in range(3)]
        lines = [Line(sku, abs(move.amount)) for sku in goods]
        receive_stock(lines, self.cast.shelf, reference="note", key=uuid4().hex, actor=self.owner)

    def _disclose(self, move: Move) -> None:
        change_disclosure(self._sku(move), list(Disclosure)[move.amount % len(Disclosure)], actor=self.owner)

    def _pause(self, move: Move) -> None:
        product = Product.objects.select_related("company").get(pk=self._sku(move).product_id)
        pause_product(product, actor=self.owner)
        self._revoked(f"product:{product.pk}")

    def _publish(self, move: Move) -> None:
        product = Product.objects.select_related("company").get(pk=self._sku(move).product_id)
        publish_product(product, actor=self.owner)

    def _dismiss(self, move: Move) -> None:
        membership = self._membership(move.word)
        if membership:
            remove_member(membership, actor=self.owner)
            self._revoked(f"membership:{membership.pk}")

    def _hire(self, move: Move) -> None:
        self._add(move.word, ROLES[move.amount % len(ROLES)])

    def _promote(self, move: Move) -> None:
        membership = self._membership(move.word)
        if membership and membership.role != ROLES[move.amount % len(ROLES)]:
            change_role(membership, ROLES[move.amount % len(ROLES)], actor=self.owner)
            self._revoked(f"membership:{membership.pk}")

    def _say(self, move: Move) -> None:
        self.haggle.say(move.nth, move.word)

    def _offer(self, move: Move) -> None:
        self.haggle.offer(move.nth, move.amount, move.word)

    def _membership(self, name: str) -> Membership | None:
        people = Membership.objects.filter(user=self.person(name), company=self.cast.northfield)
        return people.select_related("company", "user").first()

    def _add(self, name: str, role: Role) -> None:
        if self._membership(name) is None:
            Membership.objects.create(user=self.person(name), company=self.cast.northfield, role=role)

    def _revoked(self, scope: str) -> None:
        n = AccessEpoch.objects.filter(scope=scope).values_list("n", flat=True).first() or 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            self.revocations.append(Revocation(scope, n, float(cursor.fetchone()[0])))


def _logged_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    key = client.session.session_key or ""
    assert SESSION_KEY in SessionStore(key)
    return key


def draw_moves(rng: Random, length_s: float, per_s: float) -> list[Move]:
    """A market's day: mostly goods that move, and now and then people, and what one shows of one's goods."""
    moves = [_draw_move(rng, round(rng.uniform(0, length_s), 3)) for _ in range(int(length_s * per_s))]
    return sorted(moves, key=lambda move: move.at)


def _draw_move(rng: Random, at: float) -> Move:
    what = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    # Half of everything happens to two SKUs, so that their changes come close together.
    nth = rng.choice((0, 1)) if rng.random() < 0.5 else rng.randrange(SKUS)
    amount = rng.choice((-3, -2, -1, 1, 2, 3, 4))
    return Move(at, what, nth, amount, rng.choice(REPLACEABLE))


WEIGHTS: Mapping[str, int] = {
    "adjust": 30,
    "sell": 20,
    "receive": 8,
    "sell_out": 2,
    "disclose": 6,
    "pause": 2,
    "publish": 4,
    "dismiss": 2,
    "hire": 3,
    "promote": 2,
}
