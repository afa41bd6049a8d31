"""Who takes part in a swarm: trackers, seeders, and peers that mean no good."""

import tempfile
import time
from pathlib import Path

from processes import ROOT, SHOAL, BenchmarkFailure, Server

HOSTILE = ROOT / ".build/release/hostile-peer"


class Tracker(Server):
    """A tracker that knows nobody yet.

    - node: the namespace that it runs in; without one it is on loopback."""

    def __init__(self, scratch, node=None):
        inside, address = (node.inside, node.address) if node else ([], "127.0.0.1")
        self.data = Path(tempfile.mkdtemp(dir=scratch))
        self.log = self.data / "access.log"
        self.url = self.start([
            *inside, SHOAL, "tracker", "--host", address, "--port", "0", "--rate-limit", "off", "--access-log",
            self.log]).split()[-1]

    def wait(self, count):
        """Until so many have announced themselves."""
        end = time.monotonic() + 60
        while self.log.read_text().count("/announce") < count:
            if time.monotonic() > end:
                raise BenchmarkFailure("a peer has not announced itself")
            time.sleep(0.05)


class Seeder(Server):
    """Gives what is in a cache to peers; it begins when it knows what that is.

    - tracker: where it announces itself."""

    def __init__(self, node, environment, tracker=None):
        announcing = ["--tracker", tracker.url] if tracker else []
        command = [*node.inside, SHOAL, "serve", "--listen", f"{node.address}:0", "--no-lan", *announcing]
        self.address = self.start(command, environment).split()[-1]
        # What else it says comes before or after that.
        if not any("can be given" in line for line in iter(self.process.stdout.readline, "")):
            self.__exit__()
            raise BenchmarkFailure("the seeder has nothing to give")


class HostilePeer(Server):
    """Says that it has what a cache holds, and is `lying` or `silent`."""

    def __init__(self, node, behaviour, cache, tracker):
        if not HOSTILE.exists():
            raise BenchmarkFailure(f"{HOSTILE.name} is not built; scripts/build bench builds it")
        self.start([*node.inside, HOSTILE, behaviour, cache, tracker.url], until=behaviour)
