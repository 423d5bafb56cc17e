"""CPU seconds of processes, user and system, from the kernel's own accounts."""

import os
import platform
from pathlib import Path

from redis import Redis

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
NS_PER_S = 1e9


def cpu_s(pid: int) -> float:
    """CPU time of a process and its living threads: exact where the kernel has schedstat, else in 10 ms steps."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / NS_PER_S
    except FileNotFoundError:
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / TICKS_PER_S


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
