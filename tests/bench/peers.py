"""What others use for the same work, run as it is meant to be: Node's `ws` and nginx with nchan."""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from tests.bench import fetched
from tests.bench.bed import Bed
from tests.bench.children import running, running_command
from tests.bench.systems import SERVERS, Live, free_port, listening

# The module insists on a directory below /var/lib, which it gets in a mount namespace of its own.
STARTED = """\
mkdir -p "$1/lib/nginx" && mount --bind "$1/lib" /var/lib && exec "$2" -p "$1" -c "$1/nginx.conf" -e "$1/error.log"
"""
# One worker, as every other system has one process for its sockets. Nothing is written outside its own directory.
NGINX = """\
load_module {module};
daemon off; master_process off; worker_processes 1;
pid {home}/nginx.pid; error_log {home}/error.log warn;
worker_rlimit_nofile {descriptors};
events {{ worker_connections {descriptors}; }}
http {{
  access_log off;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  keepalive_timeout 1h; keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location = / {{ nchan_subscriber websocket; nchan_channel_id stock; nchan_subscriber_first_message newest; }}
    location = /pub {{ nchan_publisher http; nchan_channel_id stock; nchan_store_messages off; }}
  }}
}}
"""


@contextlib.asynccontextmanager
async def node_ws(bed: Bed) -> AsyncIterator[Live]:
    """Raises Missing."""
    node, port = fetched.node_ws(), free_port()
    script = Path(__file__).parent / "servers" / "node_ws.js"
    env = {**bed.env, "NODE_PATH": str(node.modules)}
    async with running_command((str(node.binary), str(script), str(port)), env=env, core=bed.server_core) as server:
        await server.answer()
        yield Live(server, server, port)


@contextlib.asynccontextmanager
async def nchan(bed: Bed) -> AsyncIterator[Live]:
    """Raises Missing."""
    found, port = fetched.nchan(), free_port()
    with _configured(found, port, bed.descriptors) as home:
        namespace = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
        command = (*namespace, "sh", "-c", STARTED, "sh", str(home), str(found.nginx))
        async with running_command(command, env=bed.env, core=bed.server_core, is_silent=True) as server:
            try:
                await listening(port, server)
            except RuntimeError as problem:
                raise fetched.Missing(f"nginx does not start here: {problem}") from None
            async with running(f"{SERVERS}.nchan_publisher", str(port), env=bed.env, core=bed.load_core) as publisher:
                await publisher.answer()
                yield Live(server, publisher, port)


@contextlib.contextmanager
def _configured(found: fetched.Nchan, port: int, descriptors: int) -> Iterator[Path]:
    """A directory for this run, with the configuration in it."""
    with tempfile.TemporaryDirectory(prefix="bench-nchan-") as home:
        text = NGINX.format(module=found.module, home=home, port=port, descriptors=descriptors)
        (Path(home) / "nginx.conf").write_text(text)
        yield Path(home)
