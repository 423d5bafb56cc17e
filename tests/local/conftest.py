import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.checkout import Checkout, make_checkout


@pytest.fixture(scope="package", autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Whoever was started in the background of a shell ignores it, and so does all that they start in turn."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A toy market of its own."""
    made = make_checkout(tmp_path / "checkout")
    yield made
    made.close()


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One toy market for a module's tests, its databases made already."""
    made = make_checkout(tmp_path_factory.mktemp("settled") / "checkout")
    assert made.call("manage", "release").returncode == 0
    yield made
    made.close()
