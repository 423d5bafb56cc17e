"""One form for every log line, ours and the libraries': for people in development, JSON in production."""

import logging
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


class LostDatabaseInALine(logging.Filter):
    """A database that went away is news of one line, also where the library of the jobs would show where it was."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if record.name.startswith("procrastinate") and type(error).__module__.startswith(("psycopg", "procrastinate")):
            record.exc_info = None
        return True


class RubbishInALine(logging.Filter):
    """What somebody sends that can't be read is no error of ours: one line, where Django tells all of its way."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security"):
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def logging_settings(*, as_json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING, with structlog writing through the standard library."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    line = {
        "()": "structlog.stdlib.ProcessorFormatter",
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": _SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "filters": {"lost": {"()": LostDatabaseInALine}, "rubbish": {"()": RubbishInALine}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["lost", "rubbish"]},
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"django.request": {"level": "ERROR"}, "procrastinate": {"level": "WARNING"}},
    }
