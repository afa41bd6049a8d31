"""Runs the same work through Shoal and through Python's client, in turn, against the same hub, and writes the ratios.

Each run is a whole process; its CPU time, wall time and peak memory are the operating system's own account of it. The
hub is a process of its own, so a client's figures hold the client's cost only. Shoal verifies every chunk that it pulls,
hf verifies none.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOAL = ROOT / ".build/release/shoal"
HF = ROOT / ".build/venv/bin/hf"
PYTHON = ROOT / ".build/venv/bin/python"


def write_weights(path, mebibytes, seed):
    """bf16 numbers, normally distributed, with another deviation every 16 MiB as layers have."""
    import numpy

    random = numpy.random.default_rng(seed)
    with open(path, "wb") as file:
        for start in range(0, mebibytes, 16):
            count = min(16, mebibytes - start) << 19
            values = random.normal(0, random.uniform(0.01, 0.04), count).astype(numpy.float32)
            file.write((values.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes())


class Run:
    """One finished process: CPU seconds, wall seconds, peak resident MiB."""

    def __init__(self, arguments, environment):
        start = time.monotonic()
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.wall = time.monotonic() - start
            if process.returncode != 0:
                log.seek(0)
                sys.exit(f"{' '.join(map(str, arguments))} failed:\n{log.read().decode(errors='replace')}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.rss = usage.ru_maxrss / 1024


class Hub:
    """A hub with an empty store; the folder goes when it stops."""

    def __init__(self, scratch):
        self.data = tempfile.mkdtemp(dir=scratch)
        token = [SHOAL, "hub", "token", "add", "--data", self.data, "--user", "bench", "--role", "write"]
        self.token = subprocess.run(token, check=True, capture_output=True, text=True).stdout.strip()
        self.process = subprocess.Popen(
            [SHOAL, "hub", "serve", "--data", self.data, "--port", "0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.data, ignore_errors=True)

    def environment(self, home):
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "SHOAL_"))}
        return clean | {
            "HF_ENDPOINT": self.url, "HF_TOKEN": self.token, "HF_HOME": str(home), "XDG_STATE_HOME": str(home),
            "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        }

    def stored_bytes(self):
        return sum(file.stat().st_size for file in Path(self.data, "xorbs").rglob("*") if file.is_file())


def pair(scratch, prepare, shoal, rival):
    """Runs both sides once, each from the state that `prepare` makes."""
    runs = []
    for command in (shoal, rival):
        home = Path(tempfile.mkdtemp(dir=scratch))
        os.sync()
        runs.append(Run(command, prepare(home)))
        shutil.rmtree(home, ignore_errors=True)
    return runs


def hash_pairs(scratch, file, pairs):
    code = f"import hf_xet; hf_xet.hash_files([{str(file)!r}])"

    def environment(home):
        return os.environ | {"HF_HOME": str(home), "XDG_STATE_HOME": str(home)}

    commands = ([SHOAL, "hash", file], [PYTHON, "-c", code])
    return [pair(scratch, environment, *commands) for _ in range(pairs)], {}


def push_pairs(scratch, file, pairs):
    results, stored = [], ([], [])
    for _ in range(pairs):
        runs = []
        commands = ([SHOAL, "push", "bench/model", file], [HF, "upload", "bench/model", file, file.name])
        for side, command in enumerate(commands):
            home = Path(tempfile.mkdtemp(dir=scratch))
            with Hub(scratch) as hub:
                os.sync()
                runs.append(Run(command, hub.environment(home)))
                stored[side].append(hub.stored_bytes())
            shutil.rmtree(home, ignore_errors=True)
        results.append(runs)
    return results, {"stored": [statistics.median(side) for side in stored]}


def pull_pairs(scratch, file, pairs):
    with Hub(scratch) as hub:
        home = Path(tempfile.mkdtemp(dir=scratch))
        Run([SHOAL, "push", "bench/model", file], hub.environment(home))
        shutil.rmtree(home, ignore_errors=True)
        commands = ([SHOAL, "pull", "bench/model"], [HF, "download", "bench/model"])
        return [pair(scratch, hub.environment, *commands) for _ in range(pairs)], {}


def row(work, results, gibibytes, extra):
    def cell(name, scale, form):
        ours, theirs = ([getattr(run[side], name) / scale for run in results] for side in (0, 1))
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        return f"{statistics.median(ours):{form}} / {statistics.median(theirs):{form}} = **{ratio:.2f}**"

    stored = "–"
    if "stored" in extra:
        ours, theirs = extra["stored"]
        stored = f"{ours / 2**20:.0f} / {theirs / 2**20:.0f} MiB = **{ours / theirs:.3f}**"
    return f"| {work} | {cell('cpu', gibibytes, '.2f')} | {cell('wall', gibibytes, '.2f')} | {cell('rss', 1, '.0f')} | {stored} |"


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1024, help="MiB of bf16 weights (default 1024)")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each side (default 5)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks.md")
    parser.add_argument("--generate", type=Path, help="only write the input to this file")
    options = parser.parse_args()
    if options.generate:
        write_weights(options.generate, options.size, seed=1)
        return

    scratch = Path(tempfile.mkdtemp(prefix="shoal-bench-"))
    try:
        file = scratch / "model.safetensors"
        # In a process of its own: a child's peak memory counts from its parent's, so the parent must stay small.
        generate = [sys.executable, __file__, "--size", str(options.size), "--generate", str(file)]
        subprocess.run(generate, check=True)
        rows = []
        for work, measure in (("hash", hash_pairs), ("push, new data, with SHA-256", push_pairs), ("pull, cold cache", pull_pairs)):
            print(f"{work} …", file=sys.stderr, flush=True)
            results, extra = measure(scratch, file, options.pairs)
            rows.append(row(work, results, options.size / 1024, extra))
            print(rows[-1], flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

    options.output.write_text(f"""# Benchmarks

Shoal against `hf` 2.4.0 with `hf_xet` 1.8.0: {options.size} MiB of bf16 weights, the same hub (Shoal's own, on loopback), both
sides in turn, {options.pairs} pairs, whole processes as the operating system accounts them. Shoal verifies every chunk that
it pulls; hf verifies none. Each cell: Shoal / hf = median of the pairwise ratios; below 1 is less than hf needs.

| work | CPU-seconds per GiB | wall seconds per GiB | peak memory, MiB | stored |
|---|---|---|---|---|
{chr(10).join(rows)}

Measured on {os.cpu_count()} × {processor()}, Linux {platform.release()}, by

```sh
make bench
```

(`Benchmarks/run --size {options.size} --pairs {options.pairs}`). `hf`'s figures include the start of Python, about half a second.
""")


if __name__ == "__main__":
    main()
