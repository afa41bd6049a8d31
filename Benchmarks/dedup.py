"""Counts the bytes that travel when most of them are there already, for Shoal and for Python's client, and writes a table.

Both talk to Shoal's hub through a proxy that counts. The second version of the file differs from the first in one chunk
of a hundred, and by an insertion.
"""

import argparse
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from compare import HF, ROOT, SHOAL, Hub, Run, write_weights


class Meter:
    """A TCP proxy to a hub on loopback. The `Host` header passes, so the hub's own links lead through it as well."""

    def __init__(self, url):
        self.port = int(url.rsplit(":", 1)[1])
        self.up = self.down = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                return
            for source, target, name in ((client, server, "up"), (server, client, "down")):
                threading.Thread(target=self.pump, args=(source, target, name), daemon=True).start()

    def pump(self, source, target, name):
        try:
            while part := source.recv(1 << 18):
                with self.lock:
                    setattr(self, name, getattr(self, name) + len(part))
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                end.close()

    def take(self):
        """Bytes up and down since the last call."""
        with self.lock:
            counts = (self.up, self.down)
            self.up = self.down = 0
            return counts


def write_edited(source, target):
    data = bytearray(source.read_bytes())
    step = 100 * 65536
    for position in range(step // 2, len(data), step):
        data[position] ^= 0x55
    data[len(data) // 3:len(data) // 3] = b"inserted"
    target.write_bytes(data)


def push(side, file):
    return [SHOAL, "push", "bench/model", file] if side == "shoal" else [HF, "upload", "bench/model", file, file.name]


def pull(side):
    return [SHOAL, "pull", "bench/model"] if side == "shoal" else [HF, "download", "bench/model"]


def measure(side, scratch, versions):
    """Bytes of each kind of work, in the order of the table."""
    first, second = versions
    home, reader = (Path(tempfile.mkdtemp(dir=scratch)) for _ in range(2))
    with Hub(scratch) as hub:
        meter = Meter(hub.url)
        author = hub.environment(home) | {"HF_ENDPOINT": meter.url}
        visitor = hub.environment(reader) | {"HF_ENDPOINT": meter.url}
        Run(push(side, first), author)
        whole = meter.take()[0]
        Run(pull(side), visitor)
        meter.take()
        time.sleep(0.1)
        Run(push(side, second), author)
        edited = meter.take()[0]
        Run(pull(side), visitor)
        fetched = meter.take()[1]
    with Hub(scratch) as hub:
        # Killed when half has been sent, then run again.
        meter = Meter(hub.url)
        killed = hub.environment(Path(tempfile.mkdtemp(dir=scratch))) | {"HF_ENDPOINT": meter.url}
        process = subprocess.Popen(push(side, first), env=killed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and meter.up < whole / 2:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        Run(push(side, first), killed)
        again = meter.take()[0] - whole
    return whole, edited, fetched, again


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256, help="MiB of bf16 weights (default 256)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/benchmarks-dedup.md")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="shoal-dedup-"))
    try:
        versions = [scratch / "v1" / "model.safetensors", scratch / "v2" / "model.safetensors"]
        for file in versions:
            file.parent.mkdir()
        write_weights(versions[0], options.size, seed=1)
        write_edited(*versions)
        results = {side: measure(side, scratch, versions) for side in ("shoal", "hf")}
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    works = (
        "push, first version", "push, second version", "pull of the second version, the first is on the disk",
        "sent again after a kill at half of the first push")
    rows = [
        f"| {work} | {ours / 2**20:.1f} | {theirs / 2**20:.1f} |"
        for work, ours, theirs in zip(works, results["shoal"], results["hf"])
    ]
    text = f"""# Bytes that travel

MiB through a counting proxy, of {options.size} MiB of bf16 weights and a second version with one chunk of a hundred changed
and eight bytes inserted. Shoal and `hf` 2.4.0 with `hf_xet` 1.8.0, each with Shoal's hub.

| work | Shoal | hf |
|---|---|---|
{chr(10).join(rows)}

Measured on Linux {platform.release()} by `make bench` (`Benchmarks/dedup.py --size {options.size}`).
"""
    options.output.write_text(text)
    print(text)


if __name__ == "__main__":
    sys.exit(main())
