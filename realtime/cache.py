"""Django's cache on Redis, which forgets while Redis is away instead of failing the page that asked.

What is cached here may be lost at any time: counted logins, for one. Nobody is locked out because a counter is gone.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
M = TypeVar("M", bound=Callable[..., Any])


def _or(otherwise: Any) -> Callable[[M], M]:
    """What a method answers while Redis can't be had."""

    def forgetful(method: M) -> M:
        @wraps(method)
        def ask(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
            try:
                return method(self, *args, **kwargs)
            except (RedisError, OSError) as problem:
                logger.warning("the cache is away, %s is skipped: %r", method.__name__, problem)
                return otherwise

        return ask  # type: ignore[return-value]

    return forgetful


class ForgetfulRedisCache(RedisCache):
    """A cache in which nothing is found, and nothing kept, while Redis is away."""

    add = _or(True)(RedisCache.add)
    set = _or(None)(RedisCache.set)
    set_many = _or([])(RedisCache.set_many)
    touch = _or(False)(RedisCache.touch)
    incr = _or(1)(RedisCache.incr)
    has_key = _or(False)(RedisCache.has_key)
    get_many = _or({})(RedisCache.get_many)
    delete = _or(False)(RedisCache.delete)
    delete_many = _or(None)(RedisCache.delete_many)
    _find = _or(None)(RedisCache.get)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        found = self._find(key, version=version)
        return default if found is None else found
