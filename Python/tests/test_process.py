"""The program behind the calls: how it is ended, what it is told, and what happens when it fails."""

from __future__ import annotations

import errno
import glob
import os
import pickle
import signal
import stat
import threading
import time
from typing import Any
from unittest import mock

from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.utils import disable_progress_bars
from tqdm.auto import tqdm

import shoal
from support import ALICE, Case

#: Slow enough to be interrupted.
SLOWLY = {"SHOAL_LIMIT_RATE": "4M"}
PULL_LARGE = "import shoal; shoal.enable(); from huggingface_hub import snapshot_download as s; print(s('alice/large'))"


def children(parent: int) -> list[int]:
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                words = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent:
            found.append(int(path.split("/")[2]))
    return found


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def bytes_written(pid: int) -> int:
    with open(f"/proc/{pid}/io") as file:
        return int(dict(line.split(": ") for line in file)["wchar"])


class Ending(Case):
    def wait_for(self, what: Any, seconds: float = 20) -> Any:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.05)
        return self.fail("it did not happen")

    def started(self) -> Any:
        """A program that pulls, its child, and some bytes on the disk."""
        process = self.python(PULL_LARGE, wait=False, **SLOWLY)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        child = self.wait_for(lambda: children(process.pid))[0]
        self.wait_for(lambda: bytes_written(child) > 6_000_000)
        return process, child

    def test_an_interrupt_of_the_interpreter_alone(self) -> None:
        process, child = self.started()
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        self.assertIn("KeyboardInterrupt", errors)
        self.assertNotEqual(process.returncode, 0)
        self.assertFalse(is_alive(child))
        # The next one goes on from there.
        code = (
            "import shoal.process as p, shoal.command as c; print(p.run(c.PullCommand('alice/large'), lambda e: None))"
        )
        result = eval(self.python_prints(code))
        self.assertGreater(result["resumed_bytes"], 1_000_000)
        self.assertEqual(result["bytes"] - result["transferred_bytes"] > 1_000_000, True)

    def test_an_interrupt_of_the_program_alone(self) -> None:
        process, child = self.started()
        os.kill(child, signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        self.assertIn("KeyboardInterrupt", errors)

    def test_a_program_that_dies(self) -> None:
        process, child = self.started()
        os.kill(child, signal.SIGKILL)
        output, errors = process.communicate(timeout=60)
        # huggingface_hub does it then, and is heard about.
        self.assertEqual(process.returncode, 0, errors)
        self.assertIn("snapshots", output)
        self.assertIn("left to huggingface_hub: crashed: the program ended with signal 9", errors)

    def test_an_exit_beside_a_thread_that_pulls(self) -> None:
        code = (
            "import os, threading, time\n"
            f"threading.Thread(target=lambda: exec({PULL_LARGE!r}), daemon=True).start()\n"
            f"while not os.path.exists({self.path('enough')!r}): time.sleep(0.05)"
        )
        process = self.python(code, wait=False, **SLOWLY)
        child = self.wait_for(lambda: children(process.pid))[0]
        with open(self.path("enough"), "w"):
            process.communicate(timeout=30)
        self.wait_for(lambda: not is_alive(child))

    def test_a_bar_that_raises(self) -> None:
        class Enough(Exception):
            pass

        class Bar(tqdm):
            def update(self, n: float | None = 1) -> None:
                raise Enough

        shoal.enable()
        self.addCleanup(shoal.disable)
        with self.assertRaises(Enough):
            snapshot_download("alice/model", tqdm_class=Bar, cache_dir=self.path("hub"))
        self.assertEqual(children(os.getpid()), [])


class Telling(Case):
    def setUp(self) -> None:
        super().setUp()
        shoal.enable()
        self.addCleanup(shoal.disable)

    def spy(self, body: str = "") -> str:
        """A program in the place of shoal that writes down what it is told."""
        path = self.path("spy")
        with open(path, "w") as file:
            file.write(
                f'#!/bin/sh\nfor word; do echo "$word"; done > {path}.words\nenv > {path}.variables\n{body}\nexit 1\n'
            )
        os.chmod(path, stat.S_IRWXU)
        before = os.environ.get("SHOAL_PROGRAM")
        os.environ["SHOAL_PROGRAM"] = path
        self.addCleanup(lambda: os.environ.pop("SHOAL_PROGRAM") and before and os.environ.update(SHOAL_PROGRAM=before))
        return path

    def told(self, path: str) -> tuple[list[str], dict[str, str]]:
        with open(path + ".words") as words, open(path + ".variables") as variables:
            pairs = [line.rstrip("\n").partition("=") for line in variables]
            return words.read().splitlines(), {name: value for name, _, value in pairs}

    def test_tokens_and_agents(self) -> None:
        path = self.spy()
        agent = {"file_type": "model"}
        hf_hub_download(
            "alice/model", "config.json", token=ALICE, user_agent=agent, etag_timeout=7, cache_dir=self.folder
        )
        words, variables = self.told(path)
        self.assertFalse([word for word in words if ALICE in word])
        self.assertEqual(variables["HF_TOKEN"], ALICE)
        self.assertIn("file_type/model", variables["HF_HUB_USER_AGENT_ORIGIN"])
        self.assertEqual(float(variables["HF_HUB_ETAG_TIMEOUT"]), 7)
        self.assertEqual(variables["HF_HUB_CACHE"], self.folder)
        hf_hub_download("alice/model", "config.json", token=False, cache_dir=self.folder)
        _, variables = self.told(path)
        self.assertNotIn("HF_TOKEN", variables)
        self.assertEqual(variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"], "1")
        self.assertFalse([line for line in self.log.lines if ALICE in line])

    def test_every_argument(self) -> None:
        path = self.spy()
        with mock.patch("time.sleep", lambda seconds: None), self.assertRaises(Exception):
            snapshot_download(
                "alice/model",
                repo_type="dataset",
                revision="refs/pr/1",
                local_dir=self.path("folder"),
                force_download=True,
                max_workers=3,
                allow_patterns=["*.a", "b/"],
                ignore_patterns="*.c",
                endpoint="http://127.0.0.1:9",
            )
        words, _ = self.told(path)
        self.assertEqual(words[:3] + words[-2:], ["pull", "--json", "--progress=json", "--", "alice/model"])
        self.assertEqual(
            set(words[3:-2]),
            {
                "--repo-type=dataset",
                "--revision=refs/pr/1",
                f"--local-dir={self.path('folder')}",
                "--force-download",
                "--max-workers=3",
                "--include=*.a",
                "--include=b/",
                "--exclude=*.c",
                "--endpoint=http://127.0.0.1:9",
            },
        )
        with self.assertRaises(Exception):
            hf_hub_download("alice/model", "file.txt", subfolder="a/b", force_download=True, cache_dir=self.folder)
        words, _ = self.told(path)
        self.assertIn("--force-download", words)
        self.assertEqual((words[0], words[-3:]), ("file", ["--", "alice/model", "a/b/file.txt"]))

    def test_a_password_in_the_address_is_not_told(self) -> None:
        path = self.spy()
        with mock.patch("time.sleep", lambda seconds: None), self.assertRaises(Exception):
            hf_hub_download(
                "alice/model", "config.json", endpoint="http://me:secret@127.0.0.1:9", cache_dir=self.folder
            )
        self.assertFalse(os.path.exists(path + ".words"))

    def test_a_program_that_prints_nonsense(self) -> None:
        self.spy("echo nonsense; echo '{\"event\":' >&2; echo oops >&2")
        hf_hub_download("alice/model", "config.json", cache_dir=self.folder)
        self.assertIn("crashed: the program ended with exit code 1", self.log.left[0])
        self.assertIn("oops", self.log.left[0])

    def test_warnings_are_heard(self) -> None:
        self.spy("echo 'warning: mind this' >&2")
        hf_hub_download("alice/model", "config.json", cache_dir=self.folder)
        self.assertIn("mind this", self.log.lines)

    def test_a_full_disk(self) -> None:
        self.spy('echo \'{"error":{"code":"no_space","message":"the disk is full"}}\'')
        with self.assertRaises(OSError) as caught:
            hf_hub_download("alice/model", "config.json", cache_dir=self.folder)
        self.assertEqual(caught.exception.errno, errno.ENOSPC)

    def test_much_output_does_not_block(self) -> None:
        files = ",".join('{"path":"%060d"}' % number for number in range(5000))
        self.spy(f"cat {self.path('document')}; exit 0")
        with open(self.path("document"), "w") as file:
            file.write('{"path":"p","files":[' + files + "]}")
        self.assertEqual(shoal.pull("alice/model"), "p")


class Spoiled(Case):
    """alice/bad: its bytes are not what its hashes say."""

    def test_nobody_accepts_it(self) -> None:
        shoal.enable()
        self.addCleanup(shoal.disable)
        for number, call in enumerate(
            [
                lambda **where: hf_hub_download("alice/bad", "model.bin", **where),
                lambda **where: snapshot_download("alice/bad", **where),
                lambda **where: shoal.pull("alice/bad", **where),
            ]
        ):
            cache = self.path(str(number))
            with self.subTest(str(number)), self.assertRaises(shoal.ShoalError) as caught:
                call(cache_dir=cache)
            error = caught.exception
            self.assertNotIn(error.code, ("failed", "crashed"))
            self.assertEqual(pickle.loads(pickle.dumps(error)).code, error.code)
            self.assertFalse(glob.glob(f"{cache}/**/snapshots/**/model.bin", recursive=True))
        self.assertEqual(self.log.left, [])


class Threads(Case):
    def test_many_at_once(self) -> None:
        shoal.enable()
        self.addCleanup(shoal.disable)
        names = ["config.json", "model.bin", "README.md", "onnx/model.onnx"] * 3
        paths: list[str] = []

        def fetch(name: str) -> None:
            paths.append(hf_hub_download("alice/model", name, cache_dir=self.path("hub")))

        threads = [threading.Thread(target=fetch, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len([path for path in paths if os.path.isfile(path)]), len(names))
        self.assert_through_shoal()


disable_progress_bars()
