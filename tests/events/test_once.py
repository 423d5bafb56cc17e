import threading

import pytest
from django.db import connection, transaction

from backend.core.errors import Conflict, Refused
from backend.events import once

REQUEST = {"by": 60}


@pytest.mark.django_db
def test_a_repeat_gets_what_the_first_one_made() -> None:
    first = once.claim(1, "k", action="adjust", request=REQUEST)
    first.resulted_in(42)
    again = once.claim(1, "k", action="adjust", request=REQUEST)
    assert (first.is_repeat, again.is_repeat, again.result_pk) == (False, True, 42)


@pytest.mark.django_db
@pytest.mark.parametrize(("action", "request_"), [("adjust", {"by": 61}), ("receive", REQUEST)])
def test_a_key_that_meant_something_else_is_a_conflict(action: str, request_: dict[str, object]) -> None:
    once.claim(1, "k", action="adjust", request=REQUEST)
    with pytest.raises(Conflict, match="other contents"):
        once.claim(1, "k", action=action, request=request_)


@pytest.mark.django_db
def test_two_companies_may_use_one_key() -> None:
    assert not once.claim(1, "k", action="adjust", request=REQUEST).is_repeat
    assert not once.claim(2, "k", action="adjust", request=REQUEST).is_repeat


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_key_has_a_length(key: str) -> None:
    with pytest.raises(Refused, match="1 to 100"):
        once.claim(1, key, action="adjust", request=REQUEST)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_time_waits_for_the_first_to_commit() -> None:
    results: list[bool] = []

    def second() -> None:
        with transaction.atomic():
            results.append(once.claim(1, "k", action="adjust", request=REQUEST).is_repeat)
        connection.close()

    with transaction.atomic():
        once.claim(1, "k", action="adjust", request=REQUEST)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.2)
        assert results == []
    thread.join(timeout=60)
    assert results == [True]
