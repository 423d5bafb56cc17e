"""The market before our road: real actions on real SKUs, and the truth about them as the database has it.

`python -m tests.bench.servers.market SKUS`. Its first line: what pages carry, topics with their scopes and versions.
Commands: change (n changes, in turn over the SKUs, `per_s` a second or 0 for unpaced; answers topic, version and time
of commit of each), truth (version and fragment of each topic, rendered afresh).
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django.setup()

from django.template.loader import render_to_string  # noqa: E402 - needs the settings
from django.utils import translation  # noqa: E402

from backend.accounts.actor import ANONYMOUS, Actor  # noqa: E402
from backend.catalog.models import Sku  # noqa: E402
from backend.inventory.actions import adjust_stock  # noqa: E402
from backend.inventory.availability.queries import availability  # noqa: E402
from backend.inventory.disclosure import Disclosure  # noqa: E402
from backend.inventory.models import Availability, StockItem  # noqa: E402
from realtime.access import NOBODY  # noqa: E402
from realtime.asking import grant_for  # noqa: E402
from tests.bench.lines import Words, answer  # noqa: E402
from tests.bench.message import now_ns  # noqa: E402
from tests.bench.opening import LANG  # noqa: E402
from tests.cast import Cast, actor_of, make_cast, make_sku  # noqa: E402

ON_HAND = 1_000_000
"""So many that every change of one shows a new number, and none of them empties the shelf."""


class Market:
    """One seller and their SKUs, all disclosed exactly."""

    def __init__(self, cast: Cast, many: int) -> None:
        self._cast, self._seller = cast, actor_of(cast.nora)
        self._skus = [self._make(number) for number in range(many)]
        self._changed = 0

    def _make(self, number: int) -> Sku:
        code, cast = str(70_001 + number), self._cast
        name = f"Stoneware jug {code}"
        return make_sku(name, code, cast.crockery, cast.shelf, on_hand=ON_HAND, disclosure=Disclosure.EXACT)

    def shown(self) -> Words:
        """What the public's page of these SKUs would carry, and the seller's with all movements."""
        urls = {f"stock:{sku.pk}": f"/products/{sku.product_id}-{sku.product.slug}/" for sku in self._skus}
        return {
            "public": self._page(ANONYMOUS, "stock") | {"urls": urls},
            "own": self._page(self._seller, "stock_moves"),
        }

    def _page(self, actor: Actor, thing: str) -> Words:
        grant = grant_for(actor, [f"{thing}:{sku.pk}" for sku in self._skus])
        truth = self._truth()
        return {
            "topics": {topic: list(scopes) for topic, scopes in grant.topics.items()},
            "have": {topic: truth[topic][0] for topic in grant.topics},
            "person": actor.user_id or NOBODY,
        }

    def change(self, asked: Words) -> None:
        """Times are the machine's monotonic clock and the time of day, taken once the change was committed."""
        answer(commits=list(self._commits(asked["n"], asked["per_s"])))

    def _commits(self, many: int, per_s: float) -> Iterator[tuple[str, int, int, int]]:
        began = time.monotonic()
        for number in range(many):
            if per_s:
                time.sleep(max(0.0, began + number / per_s - time.monotonic()))
            sku = self._skus[self._changed % len(self._skus)]
            self._changed += 1
            adjust_stock(sku, self._cast.shelf, by=-1, reason="", key=uuid4().hex, actor=self._seller)
            at_ns, on_day_ns = now_ns(), time.time_ns()
            yield f"stock:{sku.pk}", Availability.objects.get(pk=sku.pk).version, at_ns, on_day_ns

    def truth(self, _: Words) -> None:
        answer(truth=self._truth())

    def _truth(self) -> dict[str, tuple[int, str]]:
        """Each cell's version with its fragment rendered afresh, and each log's last movement."""
        found = {}
        for sku in self._skus:
            shown = availability(sku.pk)
            with translation.override(LANG):
                html = render_to_string("inventory/_availability.html", {"stock": shown}).strip()
            found[f"stock:{sku.pk}"] = (shown.version, html)
            found[f"stock_moves:{sku.pk}"] = (StockItem.objects.get(pk=sku.pk).last_seq, "")
        return found


def main(skus: int) -> None:
    market = Market(make_cast(), skus)
    answer(ready=True, **market.shown())
    does = {"change": market.change, "truth": market.truth}
    for line in sys.stdin:
        asked = json.loads(line)
        does[asked["do"]](asked)


if __name__ == "__main__":
    main(int(sys.argv[1]))
