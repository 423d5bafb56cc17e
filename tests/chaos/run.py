"""A run: the services come up once, and seed after seed is played on them."""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.urls import reverse

from tests.chaos.market import Market
from tests.chaos.plan import draw_plan
from tests.chaos.play import Play, Verdict
from tests.chaos.results import Results
from tests.chaos.stage import Ground, open_stage
from tests.chaos.visitor import Seat

HANDS = 3
"""Threads in which the market acts: so many things happen at the same time."""


async def run(ground: Ground, options: argparse.Namespace) -> int:
    results = Results(options.results / "results.jsonl", fresh=options.fresh)
    with ThreadPoolExecutor(HANDS, thread_name_prefix="market") as hands:
        market = hands.submit(Market).result()
        hands.submit(connections.close_all).result()
        async with open_stage(ground) as stage:
            play = Play(stage, market, hands)
            if options.seed is not None:
                verdict = await play.play(draw_plan(options.seed, seats(market)))
                tell(verdict, with_log=True)
                return bool(verdict.wrongs)
            for seed in _open_seeds(options, results):
                verdict = await play.play(draw_plan(seed, seats(market)))
                results.add(verdict)
                tell(verdict)
    return _conclude(results)


def _open_seeds(options: argparse.Namespace, results: Results) -> list[int]:
    wanted = range(options.first, options.first + options.seeds)
    done = results.done()
    return [seed for seed in wanted if str(seed) not in done]


def tell(verdict: Verdict, *, with_log: bool = False) -> None:
    word = "SHORT" if verdict.wrongs else "ok"
    faults = "; ".join(verdict.faults)
    times = f"{verdict.seconds:5.1f} s, mended after {verdict.mended_s:4.1f} s, true {verdict.converged_s:4.1f} s later"
    print(f"{verdict.scene:>6} {word:5} {times}: {faults}", flush=True)
    for line in sorted(verdict.log) if with_log or verdict.wrongs else ():
        print(f"         {line}")
    for wrong in verdict.wrongs:
        print(f"  WRONG  {wrong}")
    if verdict.wrongs:
        print(f"  Again: ./dev chaos --seed {verdict.scene}", flush=True)


def _conclude(results: Results) -> int:
    done = results.done()
    short = [scene for scene, is_well in done.items() if not is_well]
    print(f"chaos: {len(done) - len(short)} of {len(done)} as they have to be" + (f"; short: {short}" if short else ""))
    return 1 if short else 0


def seats(market: Market) -> Sequence[Seat]:
    """Who looks at what: every kind of page that is live, by everyone whom it is for."""
    cast, cookies = market.cast, market.cookies
    mug, plate = (market.skus[n] for n in (0, 1))
    product = reverse("product", args=[mug.product_id, mug.product.slug])
    grid, catalogue = reverse("stock_grid", args=[cast.northfield.slug]), reverse("catalogue")

    def seat(name: str, path: str, lang: str = "en") -> Seat:
        return Seat(name, path, market.person(name).pk, cookies[name], lang)

    return [
        Seat("somebody", catalogue),
        Seat("anybody", product, lang="ar"),
        seat("carl", catalogue, "ar"),
        seat("bea", product),
        seat("nora", grid),
        seat("rita", grid, "ar"),
        seat("wes", reverse("sku_stock", args=[cast.northfield.slug, mug.pk])),
        seat("max", reverse("sku_stock", args=[cast.northfield.slug, plate.pk])),
    ]
