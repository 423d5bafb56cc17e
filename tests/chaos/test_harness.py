"""The harness's own parts: what it cuts, what it draws, what it remembers."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.chaos import page
from tests.chaos.faults import KINDS
from tests.chaos.market import Revocation
from tests.chaos.oracle import Outage, heard_too_late, wrong_logs, wrong_stream, wrong_words
from tests.chaos.page import Said
from tests.chaos.plan import LONG_PAUSES, draw_plan
from tests.chaos.play import Verdict
from tests.chaos.resp import Replies, is_of_layer
from tests.chaos.results import Results
from tests.chaos.tap import Fate
from tests.chaos.visitor import Arrival

MESSAGE = b"*3\r\n$7\r\nmessage\r\n$4\r\nlive\r\n$4\r\n\r\n{}\r\n"
REVOCATION = b"*3\r\n$7\r\nmessage\r\n$11\r\nlive:revoke\r\n$2\r\n{}\r\n"
ANSWERS = (
    b"+OK\r\n",
    b":7\r\n",
    b"$-1\r\n",
    b"*2\r\n*1\r\n:1\r\n$2\r\n\r\n\r\n",
    b"%1\r\n+a\r\n*0\r\n",
    REVOCATION,
    MESSAGE,
)


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_a_stream_is_cut_into_the_replies_that_it_is_made_of(step: int) -> None:
    stream, replies = b"".join(ANSWERS), Replies()
    found = [reply for start in range(0, len(stream), step) for reply in replies.feed(stream[start : start + step])]
    assert found == list(ANSWERS)
    assert [is_of_layer(reply) for reply in found] == [reply == MESSAGE for reply in ANSWERS]


def test_a_seed_is_always_the_same_plan_and_another_one_is_another() -> None:
    assert draw_plan(7).told() == draw_plan(7).told()
    assert draw_plan(7).told() != draw_plan(8).told()


def test_two_hundred_seeds_strike_with_every_kind_of_fault_and_pause_long_in_five() -> None:
    struck = [strike.fault for seed in range(1, 201) for strike in draw_plan(seed).strikes]
    assert {type(fault) for fault in struck} >= KINDS.keys()
    assert sum(fault.name.endswith("10 s") for fault in struck) == len(LONG_PAUSES) == 5


def test_fates_share_out_as_they_say() -> None:
    copies = [Fate(drops=0.5, doubles=0.5, rng=Random(n)).copies() for n in range(200)]
    assert set(copies) == {0, 2}
    assert Fate().copies() == 1


def test_what_was_short_is_tried_again_and_the_last_time_counts(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl", fresh=True)
    results.add(Verdict("1"))
    results.add(Verdict("2", wrongs=["stale"]))
    assert results.done() == {"1": True, "2": False}
    results.add(Verdict("2"))
    assert Results(tmp_path / "results.jsonl", fresh=False).done() == {"1": True, "2": True}


def test_a_log_with_a_hole_or_out_of_order_is_seen() -> None:
    log = '<tbody data-topic="moves:1" data-log="start" data-v="{}">{}</tbody>'
    rows = {seq: f'<tr id="move-1-{seq}"><td>x</td></tr>' for seq in range(1, 5)}
    assert wrong_logs(page.read(log.format(4, rows[4] + rows[3] + rows[2]))) == []
    for version, shown in ((4, (4, 2)), (4, (3, 4)), (4, (3, 2)), (4, (4, 4, 3))):
        assert wrong_logs(page.read(log.format(version, "".join(rows[seq] for seq in shown)))) != []


def test_a_room_that_shows_less_more_or_otherwise_than_was_kept_is_seen() -> None:
    entry = '<li id="said-1-{0}" class="said said-{1}" data-seq="{0}"><p class="said-text">{2}</p></li>'
    kept = [Said(1, "asked", ""), Said(2, "message", "one"), Said(3, "message", "two")]

    def wrongs(*shown: Said) -> list[str]:
        return wrong_stream(page.read(f"<ol>{''.join(entry.format(*each) for each in shown)}</ol>"), kept)

    assert wrongs(*kept) == []
    for shown in (kept[:2], [*kept, kept[2]], [kept[0], kept[2], kept[1]], [*kept[:2], Said(3, "message", "one")]):
        assert wrongs(*shown) != []
    assert wrong_stream(None, kept) != []


def test_a_message_that_is_lost_or_kept_twice_is_seen() -> None:
    kept = [Said(1, "message", "one"), Said(2, "message", "two")]
    assert wrong_words(kept, ["one", "one", "two"]) == []
    assert wrong_words(kept, ["three"]) == ["“three” was said, and is lost"]
    assert wrong_words([*kept, Said(3, "message", "two")], []) == ["“two” was kept 2 times"]


def test_both_sides_offer_at_once_and_some_messages_are_sent_twice() -> None:
    moves = Counter(move for seed in range(1, 4) for move in draw_plan(seed).moves)
    rivals = Counter((move.at, move.nth) for move in moves if move.what == "offer")
    assert set(rivals.values()) == {2}
    assert {count for move, count in moves.items() if move.what == "say"} == {1, 2}


def test_a_frame_after_the_end_of_access_is_seen_unless_the_road_was_broken_or_the_grant_is_newer() -> None:
    ended = [Revocation("membership:1", 2, at=100.0)]

    def late(at: float, n: int, outages: list[Outage] | None = None) -> list[str]:
        return heard_too_late([Arrival("stock_level:1", {"membership:1": n}, at)], ended, outages or [], 0.1)

    assert late(101.5, 1) != []
    assert late(101.0, 1) == []
    assert late(101.5, 2) == []
    assert late(101.5, 1, [Outage(100.5, 103.0)]) == []
    assert late(131.0, 1, [Outage(100.5, 103.0)]) != []
