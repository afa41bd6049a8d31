"""Programs and the operating system's account of them."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOAL = ROOT / ".build/release/shoal"
HF = ROOT / ".build/venv/bin/hf"
PYTHON = ROOT / ".build/venv/bin/python"


class BenchmarkFailure(Exception):
    """A program that was to be measured did not do its work."""


class BenchmarkSkipped(Exception):
    """This machine lacks what a row needs."""


def run(arguments, environment):
    """Runs a program to its end: CPU and wall seconds, peak resident MiB; its children's are included."""
    with tempfile.TemporaryFile() as log:
        start = time.monotonic()
        process = subprocess.Popen(
            arguments, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            words = log.read().decode(errors="replace")[-2000:]
            raise BenchmarkFailure(f"{' '.join(map(str, arguments[:6]))} ended with {process.returncode}:\n{words}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "rss": usage.ru_maxrss / 1024}


def client_environment(home, hub=None, endpoint=None):
    """A client that knows nothing but `home` and the hub."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "SHOAL_", "XDG_"))}
    address = {"HF_ENDPOINT": endpoint or hub.url, "HF_TOKEN": hub.token} if hub else {}
    return clean | address | {
        "HF_HOME": str(home), "XDG_STATE_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    }


@contextmanager
def folder(scratch, stays=False):
    """An empty folder; goes at the end of the block.

    - stays: it goes with the scratch folder. For minutes after many files were removed ext4 is slow to make new ones, as
      it does not take their inodes yet; whoever comes next would pay for that."""
    path = Path(tempfile.mkdtemp(dir=scratch))
    try:
        yield path
    finally:
        if not stays:
            shutil.rmtree(path, ignore_errors=True)


class Server:
    """A server's process while it runs."""

    process: subprocess.Popen
    #: A folder that goes when the server stops.
    data = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        if self.data:
            shutil.rmtree(self.data, ignore_errors=True)

    def start(self, command, environment=None, until="listening"):
        """Starts the process and waits for the line that has a certain word, which is returned."""
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        lines = []
        try:
            while not lines or until not in lines[-1]:
                lines.append(self.process.stdout.readline())
                if not lines[-1]:
                    self.__exit__()
                    raise BenchmarkFailure(f"{' '.join(map(str, command))} did not start: {''.join(lines)}")
        finally:
            watchdog.cancel()
        return lines[-1].strip()

    def processes(self):
        """The process and its children."""
        main = self.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def cpu_seconds(self):
        ticks = 0
        for process in self.processes():
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def forget_peak(self):
        for process in self.processes():
            Path(f"/proc/{process}/clear_refs").write_text("5")

    def peak(self):
        """MiB that were resident at most since `forget_peak`."""
        kibibytes = 0
        for process in self.processes():
            status = Path(f"/proc/{process}/status").read_text()
            kibibytes += int(status.partition("VmHWM:")[2].split()[0])
        return kibibytes / 1024


class Hub(Server):
    """A hub with an empty store; its folder goes when it stops.

    - node: the namespace that it runs in; others reach it there by the node's address.
    - options: more of its command's."""

    def __init__(self, scratch, node=None, options=()):
        self.data = Path(tempfile.mkdtemp(dir=scratch))
        inside, address = (node.inside, node.address) if node else ([], "127.0.0.1")
        token = [SHOAL, "hub", "token", "add", "--data", self.data, "--user", "bench", "--role", "write"]
        self.token = subprocess.run(token, check=True, capture_output=True, text=True).stdout.strip()
        self.log = self.data / "access.log"
        self.url = self.start([
            *inside, SHOAL, "hub", "serve", "--data", self.data, "--host", address, "--port", "0", "--rate-limit",
            "off", "--access-log", self.log, *options]).split()[-1]

    def stored(self):
        """MiB of xorbs."""
        return sum(file.stat().st_size for file in (self.data / "xorbs").rglob("*") if file.is_file()) / 2**20

    def requests(self):
        """How many requests were answered so far."""
        return len(self._log())

    def sent(self):
        """Bytes of all answers so far."""
        return sum(int(line.split()[-3]) for line in self._log())

    def _log(self):
        time.sleep(0.2)
        return self.log.read_bytes().splitlines()
