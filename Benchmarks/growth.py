"""Rows of the third table: how Shoal's own cost grows with the size of a file and with the number of files."""

import os
import shutil
from contextlib import ExitStack

from clients import pull, push
from inputs import small_files
from processes import SHOAL, BenchmarkFailure, Hub, client_environment, folder, run

WORKS = ("hash", "push", "pull")
COUNTS = (1, 1_000, 10_000)


def growth_size(inputs, factors):
    """Files of weights, one size after the other in each round; hashes, then pushes, then pulls.

    At 1, 4 and 16 GiB the disk holds at most the three files and what their hubs store, 40 GiB.
    """
    needed = sum(factors) * inputs.mebibytes * 1.95 * 2**20
    if shutil.disk_usage(inputs.scratch).free < needed:
        raise BenchmarkFailure(f"{inputs.scratch} has not enough room; {needed / 2**30:.0f} GiB are needed")
    files = {factor: inputs.large(factor) for factor in factors}
    results = _rounds(inputs, files, drop=lambda: [inputs.drop(factor) for factor in factors if factor > 1])
    amounts = [inputs.gibibytes(factor) for factor in factors]
    return {
        "table": "growth", "work": "one file", "unit": "GiB", "sizes": [f"{amount:g} GiB" for amount in amounts],
        "amounts": amounts, "results": results,
    }


def growth_files(inputs):
    """Folders of files. What a run with one file costs is taken off, so that what remains is a file's own."""
    folders = {count: small_files(inputs.scratch / f"files-{count}", count) for count in COUNTS}
    results = _rounds(inputs, folders, drop=lambda: None, stays=True)
    return {
        "table": "growth", "work": "files of 4 KiB", "unit": "1,000 files", "sizes": [f"{count:,}" for count in COUNTS],
        "amounts": [count / 1000 for count in COUNTS], "results": results, "without_start": True,
    }


def _rounds(inputs, whats, drop, stays=False):
    """For each kind of work, a list of runs for each of `whats`."""
    results = {work: [[] for _ in whats] for work in WORKS}
    for _ in range(inputs.pairs):
        for index, what in enumerate(whats.values()):
            with folder(inputs.scratch) as home:
                os.sync()
                results["hash"][index].append(run([SHOAL, "hash", what], client_environment(home)))
    with ExitStack() as stack:
        hubs = []
        for number in range(inputs.pairs):
            for index, what in enumerate(whats.values()):
                with ExitStack() as round_stack:
                    # The last round's hubs stay: the pulls come from them.
                    keeper = stack if number == inputs.pairs - 1 else round_stack
                    home = round_stack.enter_context(folder(inputs.scratch))
                    hub = keeper.enter_context(Hub(inputs.scratch))
                    results["push"][index].append(push("shoal", hub, home, what))
                    if keeper is stack:
                        hubs.append(hub)
        drop()
        for _ in range(inputs.pairs):
            for index, hub in enumerate(hubs):
                with folder(inputs.scratch, stays) as home:
                    results["pull"][index].append(pull("shoal", hub, home))
    return results


ROWS = {
    "growth-size": lambda inputs: growth_size(inputs, (1, 4)),
    "growth-size-16": lambda inputs: growth_size(inputs, (1, 4, 16)),
    "growth-files": growth_files,
}
