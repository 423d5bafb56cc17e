"""The embedded PostgreSQL on its own data directory."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from backend.local import account, cluster, postgres, released
from backend.local.account import account_for
from backend.local.children import Running, stop
from backend.local.postgres import APPLICATION, OWNER, Postgres
from backend.local.servers import postgres_install
from backend.local.throwaway import throwaway
from backend.local.trouble import Trouble


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster that nobody uses, to copy."""
    place = tmp_path_factory.mktemp("whole")
    postgres.make(account_for(postgres_install(), place), place / "data", place / "log", ("entrepot",), durable=False)
    return place / "data"


@pytest.fixture
def server(whole: Path, tmp_path: Path) -> Iterator[Postgres]:
    cluster.copy(whole, tmp_path / "data")
    made = Postgres(account_for(postgres_install(), tmp_path), tmp_path / "data", tmp_path / "log", durable=False)
    yield made
    made.forget()


@pytest.fixture
def running(server: Postgres) -> Iterator[Running]:
    started = server.start()
    yield started
    stop([started], deadline_s=20)


def answer(server: Postgres, role: str, query: str) -> object:
    with psycopg.connect(server.url(role, "entrepot")) as wire:
        row = wire.execute(query).fetchone()
        return row[0] if row else None


def test_the_application_role_may_neither_ignore_row_level_security_nor_make_anything(
    server: Postgres, running: Running
) -> None:
    rights = """SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication
                  FROM pg_roles WHERE rolname = current_user"""
    assert answer(server, APPLICATION, rights) is False
    assert answer(server, OWNER, rights) is False
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        answer(server, APPLICATION, "CREATE TABLE mine (n int)")
    assert answer(server, OWNER, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'entrepot'") == OWNER


def test_the_extensions_are_there_and_trigrams_keep_letters_beyond_ascii(server: Postgres, running: Running) -> None:
    installed = answer(server, APPLICATION, "SELECT array_agg(extname::text) FROM pg_extension")
    assert isinstance(installed, list)
    assert set(postgres.EXTENSIONS) <= set(installed)
    assert answer(server, APPLICATION, "SELECT 'ẞé' = ANY (ARRAY[upper('ßé'), 'ẞé'])") is True
    assert answer(server, APPLICATION, "SELECT array_length(show_trgm('żółć'), 1)") == 5


def test_it_listens_nowhere_but_on_a_closed_socket_directory(server: Postgres, running: Running) -> None:
    assert answer(server, OWNER, "SHOW listen_addresses") == ""
    assert server.sockets.path.stat().st_mode & 0o777 == 0o700


def test_a_stale_pid_that_belongs_to_somebody_else_now_is_left_alone(server: Postgres) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (server.data / "postmaster.pid").write_text(f"{stranger.pid}\n{server.data}\n1\n5432\n\n\n\nready\n")
        started = server.start()
        assert answer(server, OWNER, "SELECT 7") == 7
        stop([started], deadline_s=20)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_directory_that_a_server_uses_is_not_taken_from_it(
    server: Postgres, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "OLD_SERVER_S", 0.2)
    second = Postgres(server.account, server.data, server.log.with_name("second.log"))
    with pytest.raises(Trouble, match=f"pid {running.process.pid}"):
        second.start()
    second.forget()
    assert answer(server, OWNER, "SELECT 7") == 7


def test_the_data_of_another_major_version_is_refused(server: Postgres) -> None:
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Trouble, match="was made by PostgreSQL 9"):
        cluster.check_version(server.account.install, server.data)


def test_a_server_that_cannot_start_shows_the_end_of_its_log(server: Postgres) -> None:
    (server.data / "postgresql.conf").write_text("nonsense = yes\n")
    with pytest.raises(Trouble, match="nonsense"):
        server.start()


def test_runs_of_tests_at_the_same_time_do_not_share_anything(tmp_path: Path) -> None:
    with throwaway(tmp_path) as (one, first_run), throwaway(tmp_path) as (other, second_run):
        assert not set(one.env.values()) & set(other.env.values())
        assert first_run != second_run
    assert not [*tmp_path.glob("runs/run-*")]


def test_a_released_template_is_another_one_after_every_change_to_what_makes_tables(tmp_path: Path) -> None:
    migration = tmp_path / "backend" / "orders" / "migrations" / "0001_initial.py"
    migration.parent.mkdir(parents=True)
    seen = set()
    for lock, text in (("a", "one"), ("a", "two"), ("b", "two")):
        (tmp_path / "requirements.lock").write_text(lock)
        migration.write_text(text)
        seen.add(released.fingerprint(tmp_path))
    (migration.parents[1] / "queries.py").write_text("of no concern")
    assert released.fingerprint(tmp_path) in seen
    assert len(seen) == 3


def test_what_could_not_be_released_is_no_template(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(released, "RELEASE", (sys.executable, "-c", "raise SystemExit('no such table')"))
    made = tmp_path / "made"
    with pytest.raises(Trouble, match="no such table"):
        released.make(account_for(postgres_install(), tmp_path), whole, made, tmp_path / "log", "entrepot")
    assert not made.exists()


def test_what_a_killed_run_left_is_swept_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "runs" / "run-killed"
    left.mkdir(parents=True)
    with throwaway(tmp_path):
        assert not left.exists()


def test_where_root_may_have_no_namespace_the_server_runs_as_nobody_on_what_nobody_reaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "NAMESPACE", ("false",))
    account.namespace_reaches.cache_clear()
    with throwaway(tmp_path / "closed") as (servers, _):
        (database, _) = servers.services
        runs_as = (Path("/proc") / str(database.running.process.pid)).stat().st_uid
        with psycopg.connect(servers.env["DATABASE_URL"]) as wire:
            assert wire.execute("SELECT 7").fetchone() == (7,)
    account.namespace_reaches.cache_clear()
    assert runs_as == (pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid())
    shutil.rmtree((tmp_path / "closed" / "runs").resolve().parent)
