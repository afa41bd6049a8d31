"""Rows of the first tables: one kind of work each, by Shoal and by Python's client or its library in turn."""

import os
import shutil
from contextlib import ExitStack

from clients import LIBRARY, PROGRAM, pull, push
from inputs import edited, read_once, sibling, small_files, weight_files, weights
from meter import Meter
from processes import PYTHON, SHOAL, Hub, client_environment, folder, run

SMALL_FILES = 10_000
MANY_FILES = 64


def row(work, command, pairs, gibibytes=None, besides=(), sides=PROGRAM):
    """- gibibytes: what times are divided by; None shows a run's times as they are.
    - besides: (what, unit, a pair of figures for each pair of runs)."""
    return {
        "table": "program" if sides == PROGRAM else "library", "work": work, "command": command, "pairs": pairs,
        "gibibytes": gibibytes,
        "besides": [{"what": what, "unit": unit, "values": values} for what, unit, values in besides],
    }


class Inputs:
    """The files of a run of the benchmarks, made when a row needs them, and kept for the others."""

    def __init__(self, scratch, mebibytes, pairs):
        self.scratch, self.mebibytes, self.pairs = scratch, mebibytes, pairs

    @property
    def few(self):
        """Pairs of what takes long."""
        return min(3, self.pairs)

    def large(self, factor=1):
        """One file of weights, `factor` times the size."""
        path = self.scratch / f"weights-{factor}" / "model.safetensors"
        if not path.exists():
            weights(path, factor * self.mebibytes, seed=factor)
        read_once(path)
        return path

    def drop(self, factor):
        shutil.rmtree(self.scratch / f"weights-{factor}", ignore_errors=True)

    def small(self):
        path = self.scratch / "small"
        if not path.exists():
            small_files(path, SMALL_FILES)
        return path

    def many(self):
        path = self.scratch / "many"
        if not path.exists():
            weight_files(path, MANY_FILES, self.many_mebibytes)
        read_once(path)
        return path

    @property
    def many_mebibytes(self):
        """Of each of the files: 16 MiB, when the size is a gibibyte."""
        return max(1, self.mebibytes // MANY_FILES)

    @property
    def many_gibibytes(self):
        return MANY_FILES * self.many_mebibytes / 1024

    def many_title(self, work):
        return f"{work}, {MANY_FILES} × {self.many_mebibytes} MiB"

    def gibibytes(self, factor=1):
        return factor * self.mebibytes / 1024

    def title(self, work, factor=1):
        mebibytes = factor * self.mebibytes
        return f"{work}, {f'{mebibytes // 1024} GiB' if mebibytes % 1024 == 0 else f'{mebibytes} MiB'}"


# Hash.


def hash_large(inputs):
    file = inputs.large(2)
    pairs = _hash(inputs, file, [file])
    return row(inputs.title("hash", 2), "shoal hash FILE", pairs, inputs.gibibytes(2), sides=LIBRARY)


def hash_small(inputs):
    files = inputs.small()
    pairs = _hash(inputs, files, sorted(files.iterdir()))
    return row(f"hash, {SMALL_FILES:,} × 4 KiB", "shoal hash FOLDER", pairs, sides=LIBRARY)


def _hash(inputs, what, files):
    listing = inputs.scratch / "files"
    listing.write_text("\n".join(map(str, files)))
    code = f"import hf_xet; hf_xet.hash_files(open({str(listing)!r}).read().split())"
    pairs = []
    for _ in range(inputs.pairs):
        pair = []
        for command in ([SHOAL, "hash", what], [PYTHON, "-c", code]):
            with folder(inputs.scratch) as home:
                os.sync()
                pair.append(run(command, client_environment(home)))
        pairs.append(pair)
    return pairs


# Push.


def push_new(inputs, factor=1, sides=PROGRAM):
    pairs, stored = _push(inputs, inputs.large(factor), sides, inputs.pairs if factor == 1 else inputs.few)
    return row(
        inputs.title("push, new data", factor), "shoal push REPO FILE", pairs, inputs.gibibytes(factor),
        [("stored", "MiB", stored)], sides)


def push_small(inputs, sides=PROGRAM):
    pairs, stored = _push(inputs, inputs.small(), sides)
    return row(
        f"push, {SMALL_FILES:,} × 4 KiB", "shoal push REPO FOLDER", pairs, None, [("stored", "MiB", stored)], sides)


def push_many(inputs, sides=PROGRAM):
    pairs, stored = _push(inputs, inputs.many(), sides)
    return row(
        inputs.many_title("push"), "shoal push REPO FOLDER", pairs, inputs.many_gibibytes,
        [("stored", "MiB", stored)], sides)


def _push(inputs, what, sides, count=None):
    """Each run into an empty hub, from an empty home."""
    pairs, stored = [], []
    for _ in range(count or inputs.pairs):
        pair, sizes = [], []
        for side in sides:
            with folder(inputs.scratch) as home, Hub(inputs.scratch) as hub:
                pair.append(push(side, hub, home, what))
                sizes.append(hub.stored())
        pairs.append(pair)
        stored.append(sizes)
    return pairs, stored


def push_again(inputs, sides=PROGRAM):
    """The file's times have changed, so it is read again."""
    return _repeat(inputs, "push again, nothing new", lambda number: os.utime(inputs.large()), sides)


def push_known(inputs, sides=PROGRAM):
    return _repeat(inputs, "push again, file untouched", lambda number: None, sides)


def push_edited(inputs, sides=PROGRAM):
    path = inputs.scratch / "edited" / inputs.large().name
    result = _repeat(inputs, "push, 1 % edited", lambda number: edited(inputs.large(), path, seed=number), sides)
    path.unlink()
    return result


def _repeat(inputs, work, prepare, sides):
    """Pushes the file once, then what `prepare` makes of it, again and again: each side to a hub of its own."""
    file = inputs.large()
    pairs, stored = [], []
    with ExitStack() as stack:
        places = {}
        for side in sides:
            hub, home = stack.enter_context(Hub(inputs.scratch)), stack.enter_context(folder(inputs.scratch))
            push(side, hub, home, file)
            places[side] = hub, home
        for number in range(inputs.pairs):
            what = prepare(number) or file
            read_once(what)
            pair, sizes = [], []
            for side in sides:
                hub, home = places[side]
                before = hub.stored()
                pair.append(push(side, hub, home, what))
                sizes.append(hub.stored() - before)
            pairs.append(pair)
            stored.append(sizes)
    return row(
        inputs.title(work), "shoal push REPO FILE, after a push of the first version", pairs, inputs.gibibytes(),
        [("stored", "MiB", stored)], sides)


# Pull.


def pull_cold(inputs, factor=1, sides=PROGRAM):
    pairs = _pull(inputs, inputs.large(factor), sides, inputs.pairs if factor == 1 else inputs.few)
    return row(
        inputs.title("pull, cold cache", factor), "shoal pull REPO", pairs, inputs.gibibytes(factor), sides=sides)


def pull_small(inputs, sides=PROGRAM):
    # hf takes many minutes.
    pairs = _pull(inputs, inputs.small(), sides, inputs.few if sides == LIBRARY else 1, stays=True)
    return row(f"pull, {SMALL_FILES:,} × 4 KiB", "shoal pull REPO", pairs, sides=sides)


def pull_many(inputs, sides=PROGRAM):
    pairs = _pull(inputs, inputs.many(), sides)
    return row(inputs.many_title("pull"), "shoal pull REPO", pairs, inputs.many_gibibytes, sides=sides)


def _pull(inputs, what, sides, count=None, stays=False):
    pairs = []
    with Hub(inputs.scratch) as hub:
        with folder(inputs.scratch) as home:
            push("shoal", hub, home, what)
        for _ in range(count or inputs.pairs):
            pair = []
            for side in sides:
                with folder(inputs.scratch, stays) as home:
                    pair.append(pull(side, hub, home))
            pairs.append(pair)
    return pairs


def pull_complete(inputs):
    """Ten times as many pairs: a run takes milliseconds."""
    pairs, requests = [], []
    with Hub(inputs.scratch) as hub, ExitStack() as stack:
        homes = {side: stack.enter_context(folder(inputs.scratch)) for side in PROGRAM}
        push("shoal", hub, homes["shoal"], inputs.large())
        for side, home in homes.items():
            pull(side, hub, home)
        for _ in range(10 * inputs.pairs):
            pair, counts = [], []
            for side, home in homes.items():
                before = hub.requests()
                pair.append(pull(side, hub, home))
                counts.append(hub.requests() - before)
            pairs.append(pair)
            requests.append(counts)
    return row("pull, nothing to do", "shoal pull REPO, again", pairs, None, [("requests", "", requests)])


def pull_sibling(inputs, earlier):
    """A model that shares nine tenths with one that `earlier`, one of the sides, has pulled into Shoal's cache."""
    file = inputs.large()
    variant = sibling(file, inputs.scratch / "sibling" / file.name)
    pairs, travelled = [], []
    with Hub(inputs.scratch) as hub:
        with folder(inputs.scratch) as home:
            push("shoal", hub, home, file)
            first = hub.stored()
            push("shoal", hub, home, variant, "bench/sibling")
            missing = hub.stored() - first
        for _ in range(inputs.pairs):
            pair, counts = [], []
            for side in PROGRAM:
                with folder(inputs.scratch) as home, Meter(hub.url) as meter:
                    pull(earlier if side == "shoal" else side, hub, home)
                    pair.append(pull(side, hub, home, "bench/sibling", meter.url))
                    counts.append(meter.take()[1])
            pairs.append(pair)
            travelled.append(counts)
    variant.unlink()
    name = {"shoal": "Shoal", "hf": "hf"}[earlier]
    return row(
        f"pull of a sibling, 90 % of it pulled by {name} ({missing:.0f} MiB are new)", "shoal pull SIBLING", pairs,
        inputs.gibibytes(), [("travelled", "MiB", travelled)])


def beside_library(measure, *arguments):
    return lambda inputs: measure(inputs, *arguments, sides=LIBRARY)


ROWS = {
    "hash": hash_large,
    "push-new": push_new,
    "push-new-4": lambda inputs: push_new(inputs, 4),
    "push-again": push_again,
    "push-known": push_known,
    "push-edited": push_edited,
    "pull-cold": pull_cold,
    "pull-cold-4": lambda inputs: pull_cold(inputs, 4),
    "pull-sibling": lambda inputs: pull_sibling(inputs, "shoal"),
    "pull-sibling-hf": lambda inputs: pull_sibling(inputs, "hf"),
    "pull-complete": pull_complete,
    "hash-small": hash_small,
    "push-small": push_small,
    "pull-small": pull_small,
    "push-many": push_many,
    "pull-many": pull_many,
    "push-new-xet": beside_library(push_new),
    "push-new-4-xet": beside_library(push_new, 4),
    "push-again-xet": beside_library(push_again),
    "push-known-xet": beside_library(push_known),
    "push-edited-xet": beside_library(push_edited),
    "pull-cold-xet": beside_library(pull_cold),
    "pull-cold-4-xet": beside_library(pull_cold, 4),
    "push-small-xet": beside_library(push_small),
    "pull-small-xet": beside_library(pull_small),
    "push-many-xet": beside_library(push_many),
    "pull-many-xet": beside_library(pull_many),
}
