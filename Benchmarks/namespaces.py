"""Machines in the small: network namespaces joined by a switch, with links of a given rate. Needs root."""

import json
import os
import shutil
import subprocess

from processes import BenchmarkSkipped

#: What a link may send at once beyond its rate, and how long its queue may get.
BURST, QUEUE = "128kb", "25ms"


def require():
    """Skips the row where this machine makes no namespaces, and says what is missing."""
    if os.geteuid() != 0:
        raise BenchmarkSkipped("it puts each node into a network namespace, which takes root")
    missing = [name for name in ("ip", "nsenter", "tc", "unshare") if not shutil.which(name, path=search_path())]
    if missing:
        raise BenchmarkSkipped(f"{' and '.join(missing)} cannot be found; scripts/setup bench brings it")


def search_path():
    """Debian puts `ip` and `tc` where users' PATH does not always lead."""
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class Namespace:
    """A network and a mount namespace with the loopback interface up. It goes at the end of the block, or when the
    benchmarks die: a process of its own holds it, which reads from a pipe until that closes."""

    #: Where others find what runs inside.
    address = "127.0.0.1"

    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", "ip link set lo up && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PATH": search_path()})
        self.holder.stdin.write(b"\n")
        self.holder.stdin.flush()
        if not self.holder.stdout.readline():
            raise BenchmarkSkipped("this machine grants no network namespace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.stdin.close()
        self.holder.wait()

    @property
    def inside(self):
        """What a command begins with that is to run inside; nsenter becomes that command."""
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--"]

    def run(self, *command):
        return subprocess.run(
            [*self.inside, *command], check=True, capture_output=True, text=True,
            env=os.environ | {"PATH": search_path()}).stdout

    def bind(self, source, target):
        """Lets `target` be `source` for those inside."""
        self.run("mount", "--bind", source, os.path.realpath(target))

    def memory_disk(self, folder):
        """Makes a folder inside that lies in memory, so that a slow disk does not count for a link."""
        self.run("mount", "-t", "tmpfs", "-o", "size=90%", "nodes", folder)

    def sent(self):
        """Bytes that went out through the switch so far."""
        return json.loads(self.run("ip", "-s", "-j", "link", "show", "dev", "eth0"))[0]["stats64"]["tx"]["bytes"]


class Switch(Namespace):
    """Joins namespaces to one network, 10.77.0.0/24."""

    def __init__(self):
        super().__init__()
        self.nodes = []
        self.run("ip", "link", "add", "name", "switch", "type", "bridge")
        self.run("ip", "link", "set", "switch", "up")

    def __exit__(self, *parameters):
        for node in self.nodes:
            node.__exit__(*parameters)
        super().__exit__(*parameters)

    def join(self, megabits=None):
        """A new namespace with an address of its own.

        - megabits: what its link carries each way in Mbit/s; None for as much as may be."""
        node = Namespace()
        self.nodes.append(node)
        number = len(self.nodes)
        node.address, port = f"10.77.0.{number}", f"port{number}"
        self.run(
            "ip", "link", "add", "name", port, "type", "veth", "peer", "name", "eth0", "netns", str(node.holder.pid))
        self.run("ip", "link", "set", port, "master", "switch", "up")
        node.run("ip", "address", "add", f"{node.address}/24", "dev", "eth0")
        node.run("ip", "link", "set", "eth0", "up")
        if megabits:
            bucket = ["root", "tbf", "rate", f"{megabits}mbit", "burst", BURST, "latency", QUEUE]
            self.run("tc", "qdisc", "add", "dev", port, *bucket)
            node.run("tc", "qdisc", "add", "dev", "eth0", *bucket)
        return node
