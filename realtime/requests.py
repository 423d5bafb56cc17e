"""How Django is asked: for nothing that is a static file, and in one thread from a request's beginning to its end.

Django's own handler goes from thread to thread up to nine times a page, and back: no view of ours is asynchronous.
"""

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from servestatic.asgi import FileServerASGI
from servestatic.middleware import ServeStaticMiddleware
from servestatic.responders import Redirect, StaticFile
from servestatic.utils import run_async_in_thread
from starlette.types import ASGIApp, Receive, Scope, Send


class OneThread(ASGIHandler):
    """Middlewares, view and template, one after the other where the first of them began."""

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)


class StaticFiles:
    """Answers for what lies under STATIC_URL, which needs nobody's session; whatever else there is, the application."""

    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self._files = ServeStaticMiddleware(_nobody)  # it finds them where the settings say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._found(scope["path"]) if scope["type"] == "http" else None
        await (FileServerASGI(found) if found else self._application)(scope, receive, send)

    async def _found(self, path: str) -> StaticFile | Redirect | None:
        if not path.startswith(settings.STATIC_URL):
            return None
        if self._files.autorefresh:  # in development, where they change
            return await run_async_in_thread(self._files.find_file, path)
        return self._files.files.get(path)


async def _nobody(_request: HttpRequest) -> HttpResponseBase:
    raise NotImplementedError("files are looked up, not asked for")
