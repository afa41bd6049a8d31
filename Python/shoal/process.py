"""Runs the program, passes its events on, and ends it when nobody waits for it any more."""

from __future__ import annotations

import atexit
import io
import json
import logging
import signal
import subprocess
import tempfile
from typing import Any, Callable, Mapping, Optional

from . import program
from .command import PullCommand
from .errors import ShoalError

logger = logging.getLogger("shoal")

Event = Mapping[str, Any]

#: How long the program may take to write down what it has, once it is asked to end.
_PATIENCE = 5.0
#: Lines of the program that are kept for the case that it ends without a word of its own.
_KEPT_LINES = 20

_running: set[subprocess.Popen[bytes]] = set()


def run(command: PullCommand, on_event: Callable[[Event], None]) -> dict[str, Any]:
    """Runs the pull to its end and returns the document that it prints.

    Whatever is raised meanwhile, KeyboardInterrupt and the exceptions of `on_event` included, ends the program; what it
    has brought until then is kept, and the next pull goes on from there.
    """
    arguments = command.arguments()
    logger.debug("shoal %s", " ".join(arguments))
    # A file, because a pipe that nobody empties while the events are read would stop the program.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [program.shoal(), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env=command.environment(),
        )
        _running.add(process)
        try:
            lines = _follow(process, on_event)
            code = process.wait()
        finally:
            _end(process)
            _running.discard(process)
        output.seek(0)
        return _result(output.read(), code, lines)


def _follow(process: subprocess.Popen[bytes], on_event: Callable[[Event], None]) -> list[str]:
    """Reads events until the program closes its end; returns the last other lines."""
    assert process.stderr is not None
    kept: list[str] = []
    with io.TextIOWrapper(process.stderr, encoding="utf-8", errors="replace") as stream:
        for line in stream:
            event = _document(line) if line.startswith("{") else None
            if event is not None and "event" in event:
                on_event(event)
                continue
            text = line.rstrip()
            if text.startswith("warning: "):
                logger.warning("%s", text[len("warning: ") :])
            kept = [*kept[1 - _KEPT_LINES :], text]
    return kept


def _result(output: bytes, code: int, lines: list[str]) -> dict[str, Any]:
    document = _document(output)
    if code == 0 and document is not None and "error" not in document:
        return document
    if code in (130, -signal.SIGINT):
        # Ctrl-C reaches the whole foreground group; the program may be the first to hear of it.
        raise KeyboardInterrupt
    if document is not None and isinstance(document.get("error"), dict):
        raise ShoalError.of(document["error"])
    ending = f"signal {-code}" if code < 0 else f"exit code {code}"
    raise ShoalError(f"the program ended with {ending}: {' / '.join(lines) or 'without a word'}", code="crashed")


def _document(text: bytes | str) -> Optional[dict[str, Any]]:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Sees to it that the program is gone: asked first, then told. A second Ctrl-C cuts the waiting short."""
    try:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stderr is not None:
            process.stderr.close()


@atexit.register
def _end_all() -> None:
    """Threads that do not keep the interpreter alive may still be waiting for a pull."""
    for process in list(_running):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
