"""`./dev run`, seen from outside: what it starts, says and leaves behind."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.checkout import PATIENCE_S, Checkout, wait_until
from tests.tied import tied

OPEN = "Ctrl-C stops it"


@pytest.fixture
def market(settled: Checkout) -> Iterator[Checkout]:
    """The settled checkout with nothing running and nothing said yet."""
    settled.output.write_text("")
    yield settled
    settled.stop_all()


def gone(checkout: Checkout) -> bool:
    return not checkout.processes()


def test_it_prepares_the_market_once_and_says_where_it_is_and_who_may_enter(checkout: Checkout) -> None:
    for _ in range(2):
        checkout.output.write_text("")
        process = checkout.start("run")
        said = checkout.wait_for(OPEN)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
    assert (checkout.root / "commands.txt").read_text().split() == ["release", "load_market"]
    assert f"http://localhost:{checkout.port}" in said
    for role in ("retailer", "manufacturer", "operator"):
        assert f"| {role} " in said


def test_changed_code_is_released_again(checkout: Checkout) -> None:
    for _ in range(2):
        process = checkout.start("run")
        checkout.wait_for(OPEN)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        checkout.output.write_text("")
        checkout.write("backend/catalog/migrations/0002_new.py", "")
    assert (checkout.root / "commands.txt").read_text().split() == ["release", "load_market"] * 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_however_it_ends_it_leaves_no_process_behind(market: Checkout, number: signal.Signals) -> None:
    process = market.start("run")
    market.wait_for(OPEN)
    members = {"postgres", "valkey-server", "web.py", "relay", "simulate"}
    wait_until(lambda: members <= market.words_of_processes(), "all members, each of which has no name while it execs")
    process.send_signal(number)
    process.wait(PATIENCE_S)
    wait_until(lambda: gone(market), "everything to end")


def test_it_ends_when_nobody_reads_it_any_more(market: Checkout) -> None:
    process = subprocess.Popen(tied("./dev", "run"), cwd=market.root, env=market.env(), stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    process.wait(PATIENCE_S)
    wait_until(lambda: gone(market), "everything to end")


def test_what_was_committed_survives_a_killed_supervisor(market: Checkout) -> None:
    process = market.start("run")
    market.wait_for(OPEN)
    market.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
    process.kill()
    process.wait()
    market.output.write_text("")
    market.start("run")
    market.wait_for(OPEN)
    assert market.sql("SELECT n FROM kept") == "42"


def test_a_process_that_dies_is_reported_and_started_again(market: Checkout) -> None:
    market.start("run")
    market.wait_for(OPEN)
    (relay,) = (pid for pid, command in market.processes().items() if "manage.py relay" in command)
    os.kill(relay, signal.SIGKILL)
    said = market.wait_for("relay was ended by SIGKILL; it starts again in 0.5 s")
    wait_until(lambda: market.output.read_text().count("relay goes on") > said.count("relay goes on"), "a new relay")


def test_a_database_that_dies_is_started_again(market: Checkout) -> None:
    market.start("run")
    market.wait_for(OPEN)
    (server,) = (pid for pid, command in market.processes().items() if "bin/postgres -D" in command)
    os.kill(server, signal.SIGKILL)
    market.wait_for("postgres was ended by SIGKILL")
    wait_until(lambda: market.sql("SELECT 7", may_fail=True) == "7", "the database to answer again")


def test_a_process_that_ignores_the_signal_is_killed_when_its_time_is_over(checkout: Checkout) -> None:
    checkout.write("deaf.py", "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf'); time.sleep(600)")
    checkout.write("Procfile", f"{(checkout.root / 'Procfile').read_text()}\ndeaf: python deaf.py\n")
    process = checkout.start("run")
    checkout.wait_for(OPEN)
    process.send_signal(signal.SIGTERM)
    checkout.wait_for("stopping")
    process.send_signal(signal.SIGTERM)  # a second time: no more patience
    assert process.wait(PATIENCE_S) == 128 + signal.SIGTERM
    assert "deaf did not stop" in checkout.output.read_text()
    assert gone(checkout)


def test_a_second_one_says_that_the_first_is_running(market: Checkout) -> None:
    first = market.start("run")
    market.wait_for(OPEN)
    second = market.call("run")
    assert second.returncode == 1
    assert f"`./dev run` is running in this checkout (pid {first.pid})" in second.stdout


def test_manage_uses_the_databases_of_a_running_market(market: Checkout) -> None:
    market.start("run")
    market.wait_for(OPEN)
    here, again = (market.call("manage", "addresses").stdout for _ in range(2))
    assert here == again
    assert here.startswith("postgresql://entrepot_app@/entrepot?host=/tmp/entrepot-")


def test_manage_starts_databases_for_itself_and_hands_on_the_exit_code(market: Checkout) -> None:
    assert market.call("manage", "dies").returncode == 3
    assert gone(market)


def test_reset_refuses_while_the_market_runs_and_then_removes_its_state(market: Checkout) -> None:
    process = market.start("run")
    market.wait_for(OPEN)
    refused = market.call("reset")
    assert refused.returncode == 1
    assert f"(pid {process.pid})" in refused.stdout
    market.stop_all()
    assert market.call("reset").returncode == 0
    assert not {"postgresql", "valkey", "secret"} & {path.name for path in (market.root / ".data").iterdir()}


def test_the_generated_key_is_kept_and_only_ours_to_read(checkout: Checkout) -> None:
    checkout.write("manage.py", "import os; print(os.environ['SECRET_KEY'])")
    first, second = (checkout.call("manage").stdout for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert stat.S_IMODE((checkout.root / ".data" / "secret").stat().st_mode) == 0o600


def test_a_taken_port_is_named_with_who_has_it(market: Checkout) -> None:
    server = [sys.executable, "-m", "http.server", str(market.port), "--bind", "127.0.0.1"]
    holder = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path("/"))
    try:
        wait_until(lambda: f"{market.port:04X}" in Path("/proc/net/tcp").read_text(), "the port to be taken")
        refused = market.call("run")
    finally:
        holder.terminate()
        holder.wait()
    assert refused.returncode == 1
    assert f"Port {market.port} is taken by " in refused.stdout
    assert f"pid {holder.pid}" in refused.stdout
    assert f"PORT={market.port + 1} ./dev run" in refused.stdout


@pytest.mark.parametrize("port", ["0", "65536", "8000 ", "eighty", "-1"])
def test_a_port_that_is_none_is_refused(market: Checkout, port: str) -> None:
    assert f"PORT is {port!r}" in market.call("run", PORT=port).stdout


def test_an_unreachable_database_is_named_without_its_password(market: Checkout) -> None:
    url = "postgresql://me:s3cr%26t@127.0.0.1:1/entrepot"
    refused = market.call("run", DATABASE_URL=url)
    assert refused.returncode == 1
    assert "DATABASE_URL cannot be reached" in refused.stdout
    assert "postgresql://me:***@127.0.0.1:1/entrepot" in refused.stdout
    assert "s3cr" not in refused.stdout


def test_an_unreachable_redis_is_named(market: Checkout) -> None:
    refused = market.call("run", REDIS_URL="redis://:hush@127.0.0.1:1/0")
    assert "REDIS_URL cannot be reached" in refused.stdout
    assert "hush" not in refused.stdout


def test_given_databases_are_used_instead_of_our_own(market: Checkout, tmp_path: Path) -> None:
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    assert market.call("manage", "addresses", **given).stdout.split() == list(given.values())
