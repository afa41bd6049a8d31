"""Rows of the second table: what the hub needs to hand out and to take xorbs, beside nginx with the same files.

The load comes from curl, one process with one connection for each client; only the servers' own processes count.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from cas import CAS
from clients import REPOSITORY, push
from processes import ROOT, BenchmarkFailure, Hub, Server, folder

CONNECTIONS = 32
UPLOADERS = 8


def nginx():
    """The program; Debian puts it where users' PATH does not lead."""
    places = [shutil.which("nginx"), "/usr/sbin/nginx", ROOT / ".build/nginx/usr/sbin/nginx"]
    for place in places:
        if place and Path(place).exists():
            return place
    raise BenchmarkFailure("nginx was not found; scripts/setup bench brings it")


class Nginx(Server):
    """Serves `files` by GET and takes anything below /put/."""

    def __init__(self, scratch, files):
        self.data = Path(tempfile.mkdtemp(dir=scratch))
        for name in ("logs", "put", "received"):
            (self.data / name).mkdir()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        user = "user root root;" if os.geteuid() == 0 else ""
        ignored = "".join(f"{name}_temp_path {self.data}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
        (self.data / "nginx.conf").write_text(f"""
            {user} daemon off; worker_processes auto; pid {self.data}/pid; error_log {self.data}/logs/error;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
                client_max_body_size 0; client_body_temp_path {self.data}/received; {ignored}
                server {{
                    listen 127.0.0.1:{self.port};
                    root {files};
                    location /put/ {{ root {self.data}; dav_methods PUT; }}
                }}
            }}""")
        self.process = subprocess.Popen(
            [nginx(), "-p", self.data, "-c", self.data / "nginx.conf", "-e", self.data / "logs/error"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{self.port}"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.05)
        words = (self.data / "logs/error").read_text()
        self.__exit__()
        raise BenchmarkFailure(f"nginx did not start: {words}")


def load(scratch, clients):
    """One curl for each client; each works off a list of requests in curl's own words. Returns GiB of bodies."""
    started = []
    for number, requests in enumerate(clients):
        listing = scratch / f"requests-{number}"
        listing.write_text("\nnext\n".join(requests))
        command = ["curl", "--silent", "--show-error", "--fail", "--config", listing]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    total = 0
    for process in started:
        output, errors = process.communicate()
        if process.returncode != 0:
            raise BenchmarkFailure(f"curl ended with {process.returncode}: {errors[-1000:]}")
        total += sum(int(line) for line in output.split())
    return total / 2**30


def measure(server, scratch, clients):
    server.forget_peak()
    before, start = server.cpu_seconds(), time.monotonic()
    gibibytes = load(scratch, clients)
    wall = time.monotonic() - start
    return gibibytes, {
        "cpu": (server.cpu_seconds() - before) / gibibytes, "wall": wall / gibibytes, "rss": server.peak()}


def row(work, pairs, gibibytes):
    return {"table": "server", "work": f"{work}, {gibibytes:.1f} GiB in all", "pairs": pairs, "gibibytes": 1}


def download(url, first, last):
    return f'url = "{url}"\nrange = "{first}-{last}"\noutput = "/dev/null"\nwrite-out = "%{{size_download}}\\n"'


def rotated(requests):
    """Each client its own order: they meet at different places."""
    return [requests[start:] + requests[:start]
            for start in (len(requests) * number // CONNECTIONS for number in range(CONNECTIONS))]


def hub_ranges(inputs):
    """Every connection fetches the whole file's ranges."""
    file = inputs.large()
    pairs = []
    with folder(inputs.scratch) as lists, Hub(inputs.scratch) as hub:
        with folder(inputs.scratch) as home:
            push("shoal", hub, home, file)
        with Nginx(inputs.scratch, hub.data / "xorbs") as other:
            stored = {path.name.partition(".")[0]: path for path in (hub.data / "xorbs").rglob("*") if path.is_file()}
            cas = CAS(hub, "read", REPOSITORY)
            ranges = [found for _, file_hash, size in cas.files() for found in cas.ranges(file_hash, size)]
            ours = rotated([download(url, first, last) for _, url, first, last in ranges])
            theirs = rotated([
                download(f"{other.url}/{stored[xorb].relative_to(hub.data / 'xorbs')}", first, last)
                for xorb, _, first, last in ranges])
            for _ in range(inputs.pairs):
                gibibytes, our_run = measure(hub, lists, ours)
                others, their_run = measure(other, lists, theirs)
                if others != gibibytes:
                    raise BenchmarkFailure("nginx sent another number of bytes than the hub")
                pairs.append((our_run, their_run))
    return row(f"xorb ranges to {CONNECTIONS} connections", pairs, gibibytes)


def upload(method, url, path, token=None):
    lines = [
        f'url = "{url}"', f'upload-file = "{path}"', f'request = "{method}"', 'header = "Expect:"',
        'output = "/dev/null"', 'write-out = "%{size_upload}\\n"']
    if token:
        lines.append(f'header = "Authorization: Bearer {token}"')
    return "\n".join(lines)


def hub_uploads(inputs):
    """Each client sends its share of the file's xorbs; the hub decodes and hashes them and makes them durable."""
    file = inputs.large()
    pairs = []
    with folder(inputs.scratch) as lists, folder(inputs.scratch) as xorbs:
        with folder(inputs.scratch) as home, Hub(inputs.scratch) as hub:
            push("shoal", hub, home, file)
            for path in (hub.data / "xorbs").rglob("*"):
                if path.is_file():
                    path.rename(xorbs / path.name.partition(".")[0])
        files = sorted(xorbs.iterdir())
        shares = [share for share in (files[number::UPLOADERS] for number in range(UPLOADERS)) if share]
        for _ in range(inputs.pairs):
            with Hub(inputs.scratch) as hub:
                cas = CAS(hub, "write", REPOSITORY)
                ours = [[upload("POST", f"{cas.url}/v1/xorbs/default/{path.name}", path, cas.token)
                         for path in share] for share in shares]
                os.sync()
                gibibytes, our_run = measure(hub, lists, ours)
            with Nginx(inputs.scratch, xorbs) as other:
                theirs = [[upload("PUT", f"{other.url}/put/{path.name}", path) for path in share] for share in shares]
                os.sync()
                pairs.append((our_run, measure(other, lists, theirs)[1]))
    return row(f"xorbs from {UPLOADERS} clients at once", pairs, gibibytes)


ROWS = {"hub-ranges": hub_ranges, "hub-uploads": hub_uploads}
