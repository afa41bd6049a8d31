"""What the tests share. Programs, hub and tokens come from the environment that `run` makes."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Callable, Optional

ENDPOINT = os.environ["HF_ENDPOINT"]
ALICE = os.environ["HF_TOKEN"]
BOB = os.environ["BOB_TOKEN"]
COMMIT = os.environ["FIRST_COMMIT"]
#: Nobody listens there.
NOWHERE = "http://127.0.0.1:9"


class Case(unittest.TestCase):
    """A test with a folder of its own, and the log of the package."""

    maxDiff = None

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="shoal-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.log = _Records()
        logger = logging.getLogger("shoal")
        logger.addHandler(self.log)
        self.addCleanup(logger.removeHandler, self.log)
        level = logger.level
        logger.setLevel(logging.DEBUG)
        self.addCleanup(logger.setLevel, level)

    def path(self, *names: str) -> str:
        return os.path.join(self.folder, *names)

    def assert_through_shoal(self) -> None:
        self.assertTrue(self.log.started, self.log.lines)
        self.assertFalse(self.log.left, self.log.lines)

    def python(self, code: str, *, home: str = "home", wait: bool = True, **variables: Optional[str]) -> Any:
        """Runs a program in an interpreter of its own; returns the ended process, or the running one."""
        environment = {**os.environ, "HF_HOME": self.path(home), "XDG_STATE_HOME": self.path(home, "state")}
        for name, value in variables.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            # Whoever starts the tests in the background has them ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        if not wait:
            return process
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def python_prints(self, code: str, **more: Any) -> str:
        ended = self.python(code, **more)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended.stdout.strip()


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.levels: list[int] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.levels.append(record.levelno)

    def forget(self) -> None:
        self.lines.clear()
        self.levels.clear()

    @property
    def started(self) -> list[str]:
        return [line for line in self.lines if line.startswith("shoal ")]

    @property
    def left(self) -> list[str]:
        return [line for line in self.lines if "left to huggingface_hub" in line]


def digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def tree(root: str, skip: Callable[[str], bool]) -> dict[str, str]:
    """Every path below a folder, with where a link leads or what a file holds.

    A blob counts by what it holds, wherever that is: whether repositories share it depends in huggingface_hub on which
    of its threads is first in a new cache.
    """
    found: dict[str, str] = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, root)
            if skip(relative):
                continue
            is_blob = os.path.basename(folder) == "blobs"
            found[relative] = "-> " + os.readlink(path) if os.path.islink(path) and not is_blob else digest(path)
    return found
