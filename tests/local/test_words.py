"""What is read and said: the Procfile, addresses without passwords, prefixed lines, translations, the lock."""

import io
from pathlib import Path

import pytest

from backend.local.console import Console, Lines
from backend.local.given import given_env, hidden
from backend.local.lock import lock
from backend.local.places import ROOT
from backend.local.procfile import read_procfile
from backend.local.test import judged, lanes_for, split
from backend.local.translations import compile_translations
from backend.local.trouble import Trouble
from backend.local.verdict import Ended, lost


def test_the_procfile_is_read_in_its_order_with_quotes_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text("# all of them\n\nweb: python -m 'a b'\nbeat-2:   python x.py --n 1 \n")
    assert list(read_procfile(file).items()) == [
        ("web", ("python", "-m", "a b")),
        ("beat-2", ("python", "x.py", "--n", "1")),
    ]


@pytest.mark.parametrize("line", ["web", "web:", ": python", "we b: python", "web: 'open", "ok: x\nok: y"])
def test_a_procfile_line_that_is_none_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "Procfile"
    file.write_text(f"# first\n{line}\n")
    with pytest.raises(Trouble, match=f"Procfile, line {2 + line.count(chr(10))}"):
        read_procfile(file)


def test_our_own_procfile_names_what_production_runs() -> None:
    assert list(read_procfile(ROOT / "Procfile")) == ["web", "relay", "worker", "release"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hush%21@db.example/entrepot",
        "postgresql://me@db.example/entrepot?password=hush%21&sslmode=require",
        "host=db.example password=hush%21 user=me",
        "host=db.example password='hush%21' user=me",
        "redis://:hush%21@db.example:6379/0",
    ],
)
def test_no_password_is_shown_however_it_stands_in_the_address(url: str) -> None:
    for text in (url, f"failed for {url}"):
        assert "hush" not in hidden(text, url)
        assert "db.example" in hidden(text, url)


def test_a_password_is_hidden_in_the_answer_too() -> None:
    assert hidden("no such user hush!", "redis://:hush%21@db.example") == "no such user ***"


def test_lines_are_whole_however_they_arrive_and_one_without_end_is_cut() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntw") == ["one"]
    assert lines.feed(b"o\r\n\xff\n") == ["two", "\ufffd"]
    assert len(lines.feed(b"x" * 20_000)) == 1
    assert lines.feed(b"rest") == []
    assert lines.end() == ["rest"]


def test_each_line_carries_its_process_and_a_file_gets_no_colours() -> None:
    out = io.StringIO()
    Console(("web", "relay"), out).line("web", "listens")
    assert out.getvalue() == "web   | listens\n"


def test_translations_are_compiled_when_their_source_is_newer(tmp_path: Path) -> None:
    place = tmp_path / "frontend_htmx" / "locale" / "ar" / "LC_MESSAGES"
    place.mkdir(parents=True)
    source, compiled = place / "django.po", place / "django.mo"
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(f'{head}msgid "Stock"\nmsgstr "المخزون"\n')
    compile_translations(tmp_path)
    made = compiled.stat().st_mtime_ns
    assert "المخزون".encode() in compiled.read_bytes()
    compile_translations(tmp_path)
    assert compiled.stat().st_mtime_ns == made


def test_without_translations_there_is_nothing_to_do(tmp_path: Path) -> None:
    compile_translations(tmp_path)
    assert not [*tmp_path.iterdir()]


def test_a_lock_that_would_name_an_address_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = tmp_path / "bin" / "uv"
    resolver.parent.mkdir()
    answer = 'echo "x @ https://host/x.whl" > "$word"'
    resolver.write_text(f'#!/bin/sh\nfor word; do case "$word" in */requirements.lock) {answer};; esac; done\n')
    resolver.chmod(0o755)
    monkeypatch.setenv("PATH", f"{resolver.parent}:/usr/bin:/bin")
    (tmp_path / "requirements.lock").write_text("x==1\n")
    with pytest.raises(Trouble, match="names an address"):
        lock((), tmp_path)
    assert (tmp_path / "requirements.lock").read_text() == "x==1\n"


def test_browser_tests_get_a_process_of_their_own(tmp_path: Path) -> None:
    for room in ("e2e", "local"):
        (tmp_path / "tests" / room).mkdir(parents=True)
    assert split(["tests/local", "-q"], tmp_path) == (["tests/local", "-q"], None)
    assert split(["tests/e2e::x", "-q"], tmp_path) == (None, ["tests/e2e::x", "-q"])
    both = ["tests/e2e", "tests/local", "-k", "stock"]
    assert split(both, tmp_path) == (["tests/local", "-k", "stock"], ["tests/e2e", "-k", "stock"])
    assert split(["-x"], tmp_path) == (
        ["-x", "tests", "--ignore", "tests/e2e", "--ignore", "tests/bench"],
        ["-x", "tests/e2e"],
    )


def test_the_first_failure_decides_and_no_test_of_a_name_is_only_then_a_failure() -> None:
    assert judged([0, 1]) == 1
    assert judged([3, 1]) == 3
    assert judged([5, 0]) == 0
    assert judged([5, 5]) == 5


def test_elsewhere_than_on_linux_both_addresses_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Trouble, match="on darwin please start your own and set DATABASE_URL and REDIS_URL"):
        given_env()


def test_a_few_tests_run_in_one_lane_and_all_in_as_many_as_there_are_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    monkeypatch.delenv("LANES", raising=False)
    (tmp_path / "tests" / "local").mkdir(parents=True)
    assert lanes_for(["-x"], tmp_path) == 3
    assert lanes_for(["tests/local"], tmp_path) == 1
    assert lanes_for(["--lf"], tmp_path) == 1
    monkeypatch.setenv("LANES", "2")
    assert lanes_for([], tmp_path) == 2


def test_tests_that_no_lane_ran_are_missed_only_if_all_lanes_passed() -> None:
    notes: list[dict[str, object]] = [{"at": 1.0, "collected": 3}, {"at": 2.0, "began": "a"}, {"at": 3.0, "ended": "a"}]
    assert lost([Ended("plain 1", 0, notes), Ended("plain 2", 0, notes[:1])]) == 2
    assert lost([Ended("plain 1", 0, notes), Ended("plain 2", 1, notes[:1])]) == 0
