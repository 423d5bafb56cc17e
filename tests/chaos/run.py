"""A run: the services come up once, and seed after seed is played on them."""

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from tests.chaos.cases import CASES
from tests.chaos.market import Market
from tests.chaos.mutants import VISITORS, command
from tests.chaos.plan import draw_plan
from tests.chaos.play import Play, Verdict
from tests.chaos.results import Results
from tests.chaos.stage import WEB, Ground, open_stage
from tests.chaos.visitor import Visitor

HANDS = 3
"""Threads in which the market acts: so many things happen at the same time."""


async def run(ground: Ground, options: argparse.Namespace) -> int:
    results = Results(options.results / "results.jsonl", fresh=options.fresh)
    with ThreadPoolExecutor(HANDS, thread_name_prefix="market") as hands:
        market = hands.submit(Market).result()
        hands.submit(connections.close_all).result()
        async with open_stage(ground, command(options.mutant) or WEB) as stage:
            play = Play(stage, market, hands, VISITORS.get(options.mutant, Visitor))
            if options.seed is not None or options.case:
                verdict = await _play_one(play, options)
                tell(verdict, with_log=True)
                return bool(verdict.wrongs)
            done = {scene for scene, is_well in results.done().items() if is_well}  # what was short is tried again
            for case in [case for case in CASES if case.name not in done and options.cases]:
                note(await play.play_case(case), results, ground)
            for seed in [seed for seed in _wanted(options) if str(seed) not in done]:
                note(await play.play(draw_plan(seed)), results, ground)
    return _conclude(results)


async def _play_one(play: Play, options: argparse.Namespace) -> Verdict:
    if options.case:
        return await play.play_case(next(case for case in CASES if case.name == options.case))
    return await play.play(draw_plan(options.seed))


def _wanted(options: argparse.Namespace) -> Sequence[int]:
    return range(options.first, options.first + options.seeds)


def note(verdict: Verdict, results: Results, ground: Ground) -> None:
    results.add(verdict)
    tell(verdict)
    if verdict.wrongs:
        results.keep(verdict.scene, ground.run.glob("*.log"))


def tell(verdict: Verdict, *, with_log: bool = False) -> None:
    word = "SHORT" if verdict.wrongs else "ok"
    faults = "; ".join(verdict.faults)
    times = f"{verdict.seconds:5.1f} s, mended after {verdict.mended_s:4.1f} s, true {verdict.converged_s:4.1f} s later"
    room = f"{verdict.said} said, {verdict.offered} offered, {verdict.outrun} outrun"
    print(f"{verdict.scene:>12} {word:5} {times}; {room}: {faults}", flush=True)
    for line in sorted(verdict.log) if with_log or verdict.wrongs else ():
        print(f"         {line}")
    for late in verdict.late:
        print(f"  late   {late}")
    for wrong in verdict.wrongs:
        print(f"  WRONG  {wrong}")
    if verdict.wrongs:
        again = f"--seed {verdict.scene}" if verdict.scene.isdigit() else f"--case {verdict.scene}"
        print(f"  Again: ./dev chaos {again}", flush=True)


def _conclude(results: Results) -> int:
    done = results.done()
    short = [scene for scene, is_well in done.items() if not is_well]
    print(f"chaos: {len(done) - len(short)} of {len(done)} as they have to be" + (f"; short: {short}" if short else ""))
    return 1 if short else 0
