"""Measures Shoal beside Python's client, nginx and zest, in turn, and writes the tables of docs/benchmarks.md.

Each run is a whole process; its CPU time, wall time and peak memory are the operating system's own account of it. The
hub is a process of its own, so a client's figures hold the client's cost only. Shoal verifies every chunk that it
pulls, hf verifies none.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import client
import growth
import report
import server
import swarm
import torrents
import travel
from processes import ROOT, BenchmarkFailure, BenchmarkSkipped

ROWS = client.ROWS | travel.ROWS | server.ROWS | swarm.ROWS | torrents.ROWS | growth.ROWS
#: Not measured unless asked for by name: hf takes many minutes, 16 GiB take 40 GiB of disk, 200 GB long to hash.
ON_REQUEST = ("pull-small", "growth-size-16", "torrent-make-sparse")
USUAL_SIZE = 1024


def arguments():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"rows: {' '.join(ROWS)}. Without any, all but {' '.join(ON_REQUEST)} are measured.")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="what to measure; the others keep their last figures")
    parser.add_argument("--size", type=int, default=USUAL_SIZE, help="MiB of the usual file (default %(default)s)")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (default %(default)s)")
    parser.add_argument("--scratch", type=Path, help="folder on the disk to use; default TMPDIR")
    parser.add_argument("--results", type=Path, default=ROOT / ".build/benchmarks", help="where figures are kept")
    parser.add_argument(
        "--output", type=Path, help="document to write the tables into; by default docs/benchmarks.md, or with another "
        "--size none")
    parser.add_argument("--tables", action="store_true", help="measure nothing, write the tables from kept figures")
    options = parser.parse_args()
    for name in options.rows:
        if name not in ROWS:
            parser.error(f"there is no row {name}; rows: {' '.join(ROWS)}")
    if options.size < 8 or options.pairs < 1:
        parser.error("--size is at least 8, --pairs at least 1")
    return options


def measure(names, options, results):
    """Returns the rows that failed."""
    failed = []
    scratch = Path(tempfile.mkdtemp(prefix="shoal-bench-", dir=options.scratch))
    try:
        inputs = client.Inputs(scratch, options.size, options.pairs)
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            start = time.monotonic()
            try:
                row = ROWS[name](inputs)
            except BenchmarkSkipped as reason:
                print(f"{name} skipped: {reason}", file=sys.stderr, flush=True)
                continue
            except BenchmarkFailure as failure:
                print(f"{name} failed: {failure}", file=sys.stderr, flush=True)
                failed.append(name)
                continue
            record = results.save(name, row, time.monotonic() - start)
            print(report.line(name, record), flush=True)
            print(f"  {record['seconds']:.0f} s", file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return failed


def main():
    # Whoever ends this ends what it started, and nothing stays on the disk.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    results = report.Results(options.results, options.size)
    failed = []
    if not options.tables:
        names = options.rows or [name for name in ROWS if name not in ON_REQUEST]
        failed = measure(names, options, results)
    output = options.output or (ROOT / "docs/benchmarks.md" if options.size == USUAL_SIZE else None)
    rows = results.load(ROWS)
    if output and rows:
        report.write(output, report.tables(rows))
    if failed:
        sys.exit(f"not measured: {' '.join(failed)}")


if __name__ == "__main__":
    main()
