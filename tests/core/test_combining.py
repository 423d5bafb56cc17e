"""Those who ask at the same moment share a round, and each gets an answer of their own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, get_ident
from time import sleep

import pytest

from backend.core.combining import Combiner


def test_whoever_is_alone_is_answered_at_once() -> None:
    doubling = Combiner[int, int](lambda asked: [2 * each for each in asked], most=8, alone=lambda each: each)
    assert [doubling.ask(n) for n in range(3)] == [0, 2, 4]


def test_those_who_come_during_a_round_share_the_next_ones() -> None:
    begun, may_go_on, rounds = Event(), Event(), list[Sequence[int]]()

    def double(asked: Sequence[int]) -> list[int]:
        rounds.append(asked)
        begun.set()
        may_go_on.wait(10)
        return [2 * each for each in asked]

    doubling = Combiner[int, int](double, most=5, alone=lambda each: each % 8)
    with ThreadPoolExecutor(13) as threads:
        first = threads.submit(doubling.ask, 100)
        begun.wait(10)
        others = [threads.submit(doubling.ask, n) for n in range(12)]
        while len(doubling._waiting) < 12:  # nobody tells when the last one waits
            pass
        may_go_on.set()
        assert [first.result(10), *(each.result(10) for each in others)] == [200, *(2 * n for n in range(12))]
    assert sorted(n for together in rounds for n in together) == [*range(12), 100]
    assert max(map(len, rounds)) == 5
    assert all(len({n % 8 for n in together}) == len(together) for together in rounds), "alike are never together"


def test_a_thread_that_has_led_leads_again_rather_than_another_and_nobody_is_left_out() -> None:
    leaders, began = set[int](), Barrier(16)

    def lead(asked: Sequence[int]) -> list[int]:
        leaders.add(get_ident())
        sleep(0.001)  # the others come meanwhile
        return list(asked)

    asking = Combiner[int, int](lead, most=64, alone=lambda each: each)

    def ask_often(n: int) -> list[int]:
        began.wait(10)
        return [asking.ask(n * 100 + turn) for turn in range(50)]

    with ThreadPoolExecutor(16) as threads:
        answers = [each.result(30) for each in [threads.submit(ask_often, n) for n in range(16)]]
    assert answers == [[n * 100 + turn for turn in range(50)] for n in range(16)]
    assert len(leaders) < 16, "few connections do the work of all"


def test_what_fails_everybody_of_that_round_is_told_and_the_next_goes_on() -> None:
    together = Barrier(4)

    def fail(asked: Sequence[int]) -> list[int]:
        if 13 in asked:
            raise ValueError("unlucky")
        return list(asked)

    asking = Combiner[int, int](fail, most=1, alone=lambda each: each)

    def ask(n: int) -> int:
        together.wait(10)
        return asking.ask(n)

    with ThreadPoolExecutor(4) as threads:
        results = [threads.submit(ask, n) for n in (1, 13, 2, 3)]
        with pytest.raises(ValueError, match="unlucky"):
            results[1].result(10)
        assert [results[n].result(10) for n in (0, 2, 3)] == [1, 2, 3]
