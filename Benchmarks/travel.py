"""The row of bytes that travel when most of them are there already."""

import signal
import subprocess
import time
from contextlib import ExitStack

from clients import PROGRAM, pull, push, push_command
from inputs import edited
from meter import Meter
from processes import Hub, client_environment, folder


def travel(inputs):
    """Each side once: bytes do not vary with the machine's mood."""
    first = inputs.large()
    second = edited(first, inputs.scratch / "second" / first.name, seed=1)
    shoal, hf = (_side(inputs, side, first, second) for side in PROGRAM)
    second.unlink()
    works = (
        "push, first version", "push, second version: 1 % edited",
        "pull of the second version, the first is on the disk", "sent again after a kill at half of the first push")
    return {"table": "travel", "works": list(zip(works, shoal, hf))}


def _side(inputs, side, first, second):
    """MiB of each kind of work."""
    with ExitStack() as stack:
        home, reader = (stack.enter_context(folder(inputs.scratch)) for _ in range(2))
        hub = stack.enter_context(Hub(inputs.scratch))
        meter = stack.enter_context(Meter(hub.url))
        push(side, hub, home, first, endpoint=meter.url)
        whole = meter.take()[0]
        pull(side, hub, reader, endpoint=meter.url)
        meter.take()
        push(side, hub, home, second, endpoint=meter.url)
        new = meter.take()[0]
        pull(side, hub, reader, endpoint=meter.url)
        fetched = meter.take()[1]
    with folder(inputs.scratch) as home, Hub(inputs.scratch) as hub, Meter(hub.url) as meter:
        process = subprocess.Popen(
            push_command(side, hub, home, first), env=client_environment(home, hub, meter.url),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and meter.up < whole / 2 * 2**20:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        push(side, hub, home, first, endpoint=meter.url)
        again = meter.take()[0] - whole
    return whole, new, fetched, max(again, 0)


ROWS = {"travel": travel}
