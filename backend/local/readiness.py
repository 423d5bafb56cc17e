"""Whether the web process answers yet."""

import contextlib
import http.client
import threading
import time

PATH = "/readyz"
PAUSE_S = 0.1
PATIENCE_S = 60.0


class Readiness:
    """Asks in a thread of its own until the answer is 200; the process tree keeps turning meanwhile."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.address = (host, port)
        self.is_ready = False
        self.last_answer = "no answer"
        self.began = time.monotonic()
        threading.Thread(target=self._ask_until_ready, daemon=True).start()

    @property
    def is_late(self) -> bool:
        return not self.is_ready and time.monotonic() - self.began > PATIENCE_S

    def _ask_until_ready(self) -> None:
        while not self.is_ready:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.is_ready = self._ask()
            time.sleep(PAUSE_S)

    def _ask(self) -> bool:
        connection = http.client.HTTPConnection(*self.address, timeout=5)
        try:
            connection.request("GET", PATH, headers={"Host": "localhost"})
            response = connection.getresponse()
            self.last_answer = f"{response.status} {response.read(300).decode(errors='replace').strip()}"
            return response.status == http.HTTPStatus.OK
        finally:
            connection.close()
