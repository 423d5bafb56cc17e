"""What the benches decide without measuring anything."""

import pytest

from backend.local.bench import bench
from backend.local.trouble import Trouble
from tests.bench.quiet import Others, descendants
from tests.bench.report import Goal
from tests.bench.searched import MARKET
from tests.conftest import admin, database_name


def test_a_bench_without_a_name_lists_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench([]) == 0
    first, *lines = capsys.readouterr().out.strip().splitlines()
    names = [line.split()[0] for line in lines]
    assert names == [
        "fanout",
        "flood",
        "idle",
        "import",
        "latency",
        "orders",
        "page",
        "pages",
        "replay",
        "room",
        "search",
        "slow",
        "storm",
    ]
    assert all(name in first for name in names)
    assert all(len(line.split()) > 3 for line in lines), "each says what it measures"


def test_a_bench_that_does_not_exist_is_named() -> None:
    with pytest.raises(Trouble, match=r"no bench 'fnaout'; there are: .*fanout.*, all"):
        bench(["fnaout"])


def test_a_figure_reaches_its_target_from_its_own_side() -> None:
    assert str(Goal("fanout", 0.91, 0.9)) == "fanout: figure=0.91 target=0.9 ok"
    assert str(Goal("slow", 1.31, 1.2, at_most=True)) == "slow: figure=1.31 target=1.2 short"
    assert Goal("flood", 0, 0, at_most=True).is_reached


def test_our_own_processes_are_those_that_descend_from_us() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20}
    assert descendants(10, parents) == {10, 11, 12}


def test_a_run_beside_others_says_that_it_is_worth_nothing() -> None:
    assert Others([0.01, 0.15]).warning() == ""
    assert "in 1 of 3 turns" in Others([0.01, 0.02, 0.3]).warning()


def test_the_market_that_is_searched_fits_the_tables_as_they_are(db: None) -> None:
    with admin(database_name()) as wire, wire.transaction(force_rollback=True):
        wire.execute("SET LOCAL session_replication_role = replica; SET LOCAL bench.products = 300")
        wire.execute("CREATE TEMP TABLE vocabulary AS SELECT n, 'word' || n AS word FROM generate_series(1, 1000) n")
        wire.execute(MARKET.read_text())
        assert wire.execute("SELECT count(*) FROM catalog_sku WHERE code LIKE 'B0000%'").fetchone() == (300,)
