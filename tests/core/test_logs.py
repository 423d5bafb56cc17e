"""What is told of in the log, and how loudly."""

import logging
import sys

import pytest
from django.core.exceptions import SuspiciousOperation, TooManyFieldsSent

from backend.core.logs import RubbishInALine


@pytest.mark.parametrize(
    ("logger", "level", "with_its_way"), [("security.TooManyFieldsSent", "WARNING", False), ("request", "ERROR", True)]
)
def test_what_somebody_sends_that_cannot_be_read_is_no_error_of_ours(
    logger: str, level: str, with_its_way: bool
) -> None:
    try:
        raise TooManyFieldsSent
    except SuspiciousOperation:
        record = logging.LogRecord(f"django.{logger}", logging.ERROR, "", 0, "Too many", None, sys.exc_info())
    assert RubbishInALine().filter(record), "it is still told of"
    assert (record.levelname, bool(record.exc_info)) == (level, with_its_way)
