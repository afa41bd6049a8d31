"""Rows of the torrents' table: making, and getting from one peer, beside libtorrent alone."""

import os
import shutil
import subprocess
from contextlib import ExitStack

import namespaces
from inputs import read_once
from namespaces import Switch
from processes import ROOT, SHOAL, BenchmarkFailure, BenchmarkSkipped, Server, client_environment, folder, run

PYTHON = ROOT / ".build/venv-torrent/bin/python"
CLIENT = ROOT / "Benchmarks/torrent_client.py"
GIGABIT = 1000
SPARSE_BYTES = 200 * 10**9
LICENCE = ("--license", "mit")


def require():
    if not PYTHON.exists():
        raise BenchmarkSkipped("libtorrent's Python module is not installed; scripts/setup bench tries to")


class TorrentSeeder(Server):
    """libtorrent alone, which gives one torrent."""

    def __init__(self, torrent, path, node=None):
        inside, self.host = (node.inside, node.address) if node else ([], "127.0.0.1")
        self.port = self.start([*inside, PYTHON, CLIENT, "seed", torrent, path, self.host]).split()[-1]


def environment(home):
    return client_environment(home) | {"SHOAL_HOME": str(home / "shoal"), "SHOAL_PUBLISH_CONFIG": str(home / "none.yaml")}


def share(source, home, torrent, *options):
    """Makes a torrent with its manifest, as `shoal share` does, and returns what that took."""
    took = run(
        [SHOAL, "share", source, "--name", "bench/model", *LICENCE, "--no-seed", "--quiet", *options], environment(home))
    made = home / "shoal/torrents/bench/model/main.torrent"
    shutil.copy(made, torrent)
    return took


def torrent_get(inputs, megabits=None):
    """A model from one peer, which is libtorrent for both sides. Shoal also checks SHA-256 and Xet hashes."""
    require()
    if megabits:
        namespaces.require()
    file = inputs.large()
    pairs = []
    with ExitStack() as stack:
        scratch = stack.enter_context(folder(inputs.scratch))
        giver, taker = None, None
        if megabits:
            switch = stack.enter_context(Switch())
            giver, taker = switch.join(megabits), switch.join(megabits)
        inside = taker.inside if taker else []
        torrent = scratch / "model.torrent"
        home = stack.enter_context(folder(inputs.scratch))
        share(file.parent, home, torrent)
        # The torrent holds the manifest too, which lies elsewhere.
        given = scratch / "given/bench/model"
        given.mkdir(parents=True)
        (given / file.name).symlink_to(file)
        for name, part in (("shoal-manifest.json", "manifest.json"), ("shoal-manifest.sig", "manifest.sig")):
            shutil.copy(home / "shoal/registry/bench/model/main" / part, given / name)
        name = torrent_name(torrent)
        given.rename(scratch / name)
        seeder = stack.enter_context(TorrentSeeder(torrent, scratch, giver))
        read_once(file)

        def ours(target):
            command = [
                SHOAL, "get", torrent, "--peer", f"{seeder.host}:{seeder.port}", "--no-seed", "--skip-dht", "--no-hub",
                "--quiet", "-o", target / "out"]
            return run([*inside, *command], environment(target))

        def theirs(target):
            return run([*inside, PYTHON, CLIENT, "get", torrent, target, seeder.host, seeder.port], client_environment(target))

        for number in range(inputs.pairs):
            pair = {}
            # The disk's mood changes from run to run; so does who comes first.
            for side in (ours, theirs) if number % 2 else (theirs, ours):
                with folder(inputs.scratch) as target:
                    os.sync()
                    pair[side] = side(target)
                    got = next(target.rglob(file.name), None)
                    if not got or subprocess.run(["cmp", got, file]).returncode:
                        raise BenchmarkFailure("what was got is not what was given")
            pairs.append([pair[ours], pair[theirs]])
    link = f"a link of {megabits} Mbit/s" if megabits else "loopback"
    return _pairs(inputs.title(f"get from one peer over {link}"), pairs, inputs.gibibytes())


def torrent_name(torrent):
    code = "import libtorrent, sys; print(libtorrent.torrent_info(sys.argv[1]).name())"
    return subprocess.run([PYTHON, "-c", code, torrent], check=True, capture_output=True, text=True).stdout.strip()


def torrent_make(inputs, source, work, piece, gibibytes, pairs):
    """Shoal makes the manifest, with SHA-256 and Xet hashes, beside the torrent for both versions."""
    require()
    measured = []
    for _ in range(pairs):
        with folder(inputs.scratch) as home:
            ours = share(source, home, home / "made.torrent", "--piece-length", str(piece))
            theirs = run([PYTHON, CLIENT, "make", source, str(piece), home / "theirs.torrent"], client_environment(home))
        measured.append([ours, theirs])
    return _pairs(work, measured, gibibytes)


def torrent_make_large(inputs):
    file = inputs.large()
    return torrent_make(
        inputs, file.parent, inputs.title("make"), 1 << 20, inputs.gibibytes(), inputs.pairs)


def torrent_make_many(inputs):
    return torrent_make(inputs, inputs.small(), "make, 10,000 × 4 KiB", 64 << 10, None, inputs.few)


def torrent_make_sparse(inputs):
    with folder(inputs.scratch) as scratch:
        model = scratch / "model"
        model.mkdir()
        with open(model / "model.safetensors", "wb") as file:
            file.truncate(SPARSE_BYTES)
        return torrent_make(inputs, model, "make, 200 GB (sparse)", 16 << 20, SPARSE_BYTES / 2**30, 1)


def _pairs(work, pairs, gibibytes):
    return {"table": "torrents", "work": work, "pairs": pairs, "gibibytes": gibibytes, "besides": []}


ROWS = {
    "torrent-get": torrent_get,
    "torrent-get-gigabit": lambda inputs: torrent_get(inputs, GIGABIT),
    "torrent-make": torrent_make_large,
    "torrent-make-many": torrent_make_many,
    "torrent-make-sparse": torrent_make_sparse,
}
