"""CPU seconds and memory of processes, from the kernel's own accounts."""

import contextlib
import os
import platform
import re
from pathlib import Path

from redis import Redis

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NS_PER_S = 1e9
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def cpu_s(pid: int) -> float:
    """CPU time, user and system, of a process, its living threads and its living children."""
    return _own_cpu_s(pid) + sum(cpu_s(child) for child in children_of(pid))


def _own_cpu_s(pid: int) -> float:
    """Exact where the kernel has schedstat, else in 10 ms steps."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / NS_PER_S
    except OSError:
        with contextlib.suppress(OSError):  # it ended while we looked
            user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            return (int(user) + int(system)) / TICKS_PER_S
        return 0.0


def used_s(pid: int) -> float:
    """As cpu_s, with the threads and children that have ended; in 10 ms steps. A server of Django's has a thread for
    each request."""
    with contextlib.suppress(FileNotFoundError):
        used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
        return sum(map(int, used)) / TICKS_PER_S + sum(map(used_s, children_of(pid)))
    return 0.0


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it, or a thread of it, ended while we looked
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(word) for word in task.read_text().split()]
    return found


def pss_kb(pid: int) -> float:
    """Memory of a process in KB: its own pages, and its share of those that it shares."""
    found = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    assert found is not None
    return float(found[1])


def conditions() -> dict[str, str]:
    """What a reader needs to know about the machine, and nothing that tells which one it was."""
    busy = os.getloadavg()[0]
    python, kernel = platform.python_version(), platform.release().split("-")[0]
    return {"cores": str(os.cpu_count()), "Python": python, "Linux": kernel, "load average": f"{busy:.1f}"}


class RedisMeter:
    """CPU time of the Redis server as it reports it itself, so that it may be anywhere."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(url)
        self.pid = int(self._info("server")["process_id"])

    def cpu_s(self) -> float:
        used = self._info("cpu")
        return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])

    def is_local(self) -> bool:
        """Whether the process is one of this machine's, and so may be pinned."""
        name = Path(f"/proc/{self.pid}/comm")
        return name.exists() and name.read_text().startswith(("valkey", "redis"))

    def close(self) -> None:
        self._client.close()

    def _info(self, section: str) -> dict[str, str]:
        info: dict[str, str] = self._client.info(section)
        return info


class PostgresMeter:
    """CPU time of the PostgreSQL that `./dev bench` started beside us; 0 where it runs elsewhere."""

    def __init__(self) -> None:
        beside = children_of(os.getppid())
        self.pids = [pid for pid in beside if Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"]

    def cpu_s(self) -> float:
        return sum(cpu_s(pid) for pid in self.pids)

    def everyone(self) -> list[int]:
        """The server and those of its processes that there are already."""
        return [*self.pids, *(child for pid in self.pids for child in children_of(pid))]
