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


def torrent_get(inputs, source, work, gibibytes, pairs, megabits=None, keeps=False):
    """A model from one peer, which is libtorrent for both sides. Shoal also checks SHA-256 and Xet hashes.

    With `keeps` what was got stays until the end: who makes many files right after as many were removed measures how a
    file system looks for numbers that are free again.
    """
    require()
    if megabits:
        namespaces.require()
    measured = []
    with ExitStack() as stack:
        scratch = stack.enter_context(folder(inputs.scratch))
        giver, taker = None, None
        if megabits:
            switch = stack.enter_context(Switch())
            giver, taker = switch.join(megabits), switch.join(megabits)
        inside = taker.inside if taker else []
        torrent = scratch / "model.torrent"
        home = stack.enter_context(folder(inputs.scratch))
        share(source, home, torrent)
        name = torrent_name(torrent)
        lay_out(source, home, scratch / name)
        seeder = stack.enter_context(TorrentSeeder(torrent, scratch, giver))
        read_once(source)

        def ours(target):
            command = [
                SHOAL, "get", torrent, "--peer", f"{seeder.host}:{seeder.port}", "--no-seed", "--skip-dht", "--no-hub",
                "--quiet", "-o", target / "out"]
            return run([*inside, *command], environment(target)), target / "out"

        def theirs(target):
            command = [PYTHON, CLIENT, "get", torrent, target, seeder.host, seeder.port]
            return run([*inside, *command], client_environment(target)), target / name

        for number in range(pairs):
            pair = {}
            # The disk's mood changes from run to run; so does who comes first.
            for side in (ours, theirs) if number % 2 else (theirs, ours):
                with ExitStack() as own:
                    target = (stack if keeps else own).enter_context(folder(inputs.scratch))
                    os.sync()
                    pair[side], got = side(target)
                    if subprocess.run(["diff", "-rq", "-x", "shoal-manifest.*", source, got]).returncode:
                        raise BenchmarkFailure("what was got is not what was given")
            measured.append([pair[ours], pair[theirs]])
    link = f"a link of {megabits} Mbit/s" if megabits else "loopback"
    return _pairs(work.format(link), measured, gibibytes)


def lay_out(source, home, place):
    """The torrent holds the manifest too, which lies elsewhere."""
    place.mkdir(parents=True)
    for file in source.iterdir():
        (place / file.name).symlink_to(file)
    for name, part in (("shoal-manifest.json", "manifest.json"), ("shoal-manifest.sig", "manifest.sig")):
        shutil.copy(home / "shoal/registry/bench/model/main" / part, place / name)


def torrent_get_large(inputs, megabits=None):
    return torrent_get(
        inputs, inputs.large().parent, inputs.title("get from one peer over {}"), inputs.gibibytes(), inputs.pairs,
        megabits)


def torrent_get_many(inputs):
    return torrent_get(
        inputs, inputs.small(), "get from one peer over {}, 10,000 × 4 KiB", None, inputs.few, keeps=True)


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
    "torrent-get": torrent_get_large,
    "torrent-get-gigabit": lambda inputs: torrent_get_large(inputs, GIGABIT),
    "torrent-get-many": torrent_get_many,
    "torrent-make": torrent_make_large,
    "torrent-make-many": torrent_make_many,
    "torrent-make-sparse": torrent_make_sparse,
}
