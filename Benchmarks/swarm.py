"""Rows of the swarm's tables: a peer beside zest, a swarm without anybody, and nodes with links of their own."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import namespaces
import zest
from clients import REPOSITORY
from inputs import noise, read_once, weights
from namespaces import Namespace, Switch
from peers import HostilePeer, Seeder, Tracker
from processes import SHOAL, BenchmarkFailure, BenchmarkSkipped, Hub, client_environment, folder, run

MEGABITS = 100
GIGABIT = 1000
NODES = 8
NAME = "model.safetensors"


class Model:
    """The file of these rows, half the usual size.

    - is_noise: bytes that do not compress, so that a hub sends as many of them as peers do; otherwise weights."""

    def __init__(self, inputs, is_noise):
        self.mebibytes = max(1, inputs.mebibytes // 2)
        self.path = inputs.scratch / ("noise" if is_noise else "weights") / NAME
        if not self.path.exists():
            (noise if is_noise else weights)(self.path, self.mebibytes, seed=50)
        read_once(self.path)

    @property
    def bytes(self):
        return self.mebibytes << 20

    @property
    def title(self):
        return f"{self.mebibytes} MiB"


def pull(node, home, hub, *options):
    """Pulls the model inside a namespace, or without one, and returns what that took."""
    inside = node.inside if node else []
    return run([*inside, SHOAL, "pull", REPOSITORY, *options], client_environment(home, hub))


def push(node, hub, scratch, model):
    with folder(scratch) as home:
        run([*node.inside, SHOAL, "push", REPOSITORY, model.path], client_environment(home, hub))


def compare(node, model, home):
    """Whoever has pulled something else has not done its work."""
    find = f'test -n "$(find -L {home} -name {NAME})" && find -L {home} -name {NAME} -exec cmp -- {model.path} {{}} +'
    inside = node.inside if node else []
    if subprocess.run([*inside, "sh", "-c", find], stdout=subprocess.DEVNULL).returncode:
        raise BenchmarkFailure("a pulled file is not what was pushed")


# In pairs.


def swarm_pair(inputs):
    """One seeder and one leecher on loopback, of Shoal's kind and of zest's in turn. The hub only names the file."""
    namespaces.require()
    zest_program = zest.program()
    model = Model(inputs, is_noise=False)
    pairs, leechers, seeders, memory = [], [], [], []
    with ExitStack() as stack:
        world = stack.enter_context(Namespace())
        hub = stack.enter_context(Hub(inputs.scratch, world))
        push(world, hub, inputs.scratch, model)
        stack.enter_context(zest.HuggingFace(world, stack.enter_context(folder(inputs.scratch)), hub))
        homes = [stack.enter_context(folder(inputs.scratch)) for _ in range(2)]
        environment = client_environment(homes[0], hub)
        pull(world, homes[0], hub, "--no-p2p")
        run([*world.inside, zest_program, "pull", REPOSITORY, "--no-p2p"], zest.environment(homes[1], hub))
        ours = stack.enter_context(Seeder(world, environment))
        theirs = stack.enter_context(zest.ZestSeeder(world, homes[1], hub))

        def from_ours(home):
            return pull(world, home, hub, "--peer", ours.address, "--p2p-only")

        def from_theirs(home):
            command = [*world.inside, zest_program, "pull", REPOSITORY, "--peer", theirs.address]
            return run(command, zest.environment(home, hub))

        for _ in range(inputs.pairs):
            pair = []
            for seeder, leech in ((ours, from_ours), (theirs, from_theirs)):
                with folder(inputs.scratch) as home:
                    os.sync()
                    seeder.forget_peak()
                    before, sent = seeder.cpu_seconds(), hub.sent()
                    leecher = leech(home)
                    if hub.sent() - sent > model.bytes / 20:
                        raise BenchmarkFailure("the hub has sent what the peer should have")
                    compare(world, model, home)
                pair.append({
                    "leecher": leecher, "cpu": seeder.cpu_seconds() - before, "rss": seeder.peak()})
            pairs.append([
                {"cpu": side["leecher"]["cpu"] + side["cpu"], "wall": side["leecher"]["wall"],
                 "rss": side["leecher"]["rss"]} for side in pair])
            leechers.append([side["leecher"]["cpu"] for side in pair])
            seeders.append([side["cpu"] for side in pair])
            memory.append([side["rss"] for side in pair])
    besides = [
        ("the leecher's CPU", "s", leechers), ("the seeder's CPU", "s", seeders),
        ("the seeder's memory", "MiB", memory)]
    return _pairs(f"one seeder, one leecher, {model.title}: Shoal / zest", pairs, model.mebibytes / 1024, besides)


def swarm_alone(inputs):
    """A tracker that knows nobody, beside no swarm at all. The order of the two changes from pair to pair: the
    difference that is looked for is smaller than what a disk's mood makes."""
    file = inputs.large()
    pairs = []
    with Hub(inputs.scratch) as hub, Tracker(inputs.scratch) as tracker:
        with folder(inputs.scratch) as home:
            run([SHOAL, "push", REPOSITORY, file], client_environment(home, hub))
        sides = [["--tracker", tracker.url], ["--no-p2p"]]
        for number in range(2 * inputs.pairs):
            pair = [None, None]
            for side in (0, 1) if number % 2 else (1, 0):
                with folder(inputs.scratch) as home:
                    os.sync()
                    pair[side] = pull(None, home, hub, *sides[side])
            pairs.append(pair)
    return _pairs(inputs.title("pull with a swarm in which nobody is") + ": `--tracker` / `--no-p2p`", pairs,
                  inputs.gibibytes())


def _pairs(work, pairs, gibibytes, besides=()):
    return {
        "table": "peers", "work": work, "pairs": pairs, "gibibytes": gibibytes,
        "besides": [{"what": what, "unit": unit, "values": values} for what, unit, values in besides]}


# Many at once.


def swarm_three(inputs):
    """One seeder, three leechers at once. What it sends is counted on its link."""
    namespaces.require()
    model = Model(inputs, is_noise=False)
    runs = []
    with Switch() as switch, ExitStack() as stack:
        hub = stack.enter_context(Hub(inputs.scratch, switch.join()))
        tracker = stack.enter_context(Tracker(inputs.scratch, switch.join()))
        source, *nodes = [switch.join(GIGABIT) for _ in range(4)]
        push(switch.nodes[0], hub, inputs.scratch, model)
        home = stack.enter_context(folder(inputs.scratch))
        pull(source, home, hub, "--no-p2p")
        stack.enter_context(Seeder(source, client_environment(home, hub), tracker))
        tracker.wait(1)
        for _ in range(inputs.few):
            runs.append(_together(inputs, nodes, source, hub, model, ["--tracker", tracker.url, "--p2p-only"]))
    return _swarm(f"one seeder, 3 leechers at once, {model.title}, every link {GIGABIT} Mbit/s", runs)


def swarm_eight(inputs, lying=0, silent=0, has_manifests=True):
    """Nodes that begin at the same moment with nothing, and a hub whose link is no faster than theirs.

    - has_manifests: whether the hub tells the hashes of a file's chunks, or only in which xorbs they lie."""
    namespaces.require()
    model = Model(inputs, is_noise=True)
    _require_memory(NODES * model.bytes * 1.25)
    honest, runs = NODES - lying - silent, []
    with Switch() as switch, ExitStack() as stack:
        origin = switch.join(MEGABITS)
        options = [] if has_manifests else ["--no-manifests"]
        hub = stack.enter_context(Hub(inputs.scratch, origin, options))
        push(origin, hub, inputs.scratch, model)
        nodes, others = ([switch.join(MEGABITS) for _ in range(count)] for count in (honest, lying + silent))
        watch = switch.join()
        known = stack.enter_context(folder(inputs.scratch))
        if others:
            pull(origin, known, hub, "--no-p2p")
        for _ in range(inputs.few):
            with ExitStack() as round_stack:
                tracker = round_stack.enter_context(Tracker(inputs.scratch, watch))
                for node, behaviour in zip(others, ["lying"] * lying + ["silent"] * silent):
                    round_stack.enter_context(HostilePeer(node, behaviour, known / "hub", tracker))
                tracker.wait(len(others))
                runs.append(_together(inputs, nodes, origin, hub, model, ["--tracker", tracker.url]))
    rate = MEGABITS * 1e6 / 8
    # Kumar and Ross: the origin has to send the file once, each node to take it, and all together to upload N copies.
    bound = max(model.bytes / rate, NODES * model.bytes / ((NODES + 1) * rate))
    hostile = [f", {lying} liars" if lying else "", f", {silent} silent peer" if silent else ""]
    crowd = f"{honest} cold nodes" + "".join(hostile) + ("" if has_manifests else ", a hub without manifests")
    return _swarm(f"{crowd}, {model.title}, every link {MEGABITS} Mbit/s", runs, bound)


def _require_memory(needed):
    with open("/proc/meminfo") as facts:
        available = next(int(line.split()[1]) for line in facts if line.startswith("MemAvailable")) << 10
    if available < needed:
        raise BenchmarkSkipped(
            f"the nodes keep their files in memory, {needed / 2**30:.1f} GiB; choose a smaller --size")


def _together(inputs, nodes, source, hub, model, options):
    """A pull on each node, all at the same moment; their disks are in memory. Each must end with the right file."""
    with ExitStack() as stack:
        homes = [stack.enter_context(folder(inputs.scratch)) for _ in nodes]
        for node, home in zip(nodes, homes):
            node.memory_disk(home)
        try:
            os.sync()
            sent = source.sent()
            with ThreadPoolExecutor(len(nodes)) as pool:
                pulls = list(pool.map(lambda place: pull(*place, hub, *options), zip(nodes, homes)))
            sent = source.sent() - sent
            for node, home in zip(nodes, homes):
                compare(node, model, home)
        finally:
            for node, home in zip(nodes, homes):
                node.run("umount", home)
    return {"copies": sent / model.bytes, "pulls": pulls}


def _swarm(work, runs, bound=None):
    return {"table": "swarm", "work": work, "bound": bound, "runs": runs}


ROWS = {
    "swarm-pair": swarm_pair,
    "swarm-alone": swarm_alone,
    "swarm-three": swarm_three,
    "swarm-eight": swarm_eight,
    "swarm-eight-terms": lambda inputs: swarm_eight(inputs, has_manifests=False),
    "swarm-eight-hostile": lambda inputs: swarm_eight(inputs, lying=2, silent=1),
}
