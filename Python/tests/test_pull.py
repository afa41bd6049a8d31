"""shoal.pull, the command, and what is installed."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys

import shoal
from support import ALICE, BOB, COMMIT, NOWHERE, Case


class Pull(Case):
    def test_places(self) -> None:
        snapshot = shoal.pull("alice/model", "v1", cache_dir=self.path("hub"))
        self.assertEqual(snapshot, self.path("hub", "models--alice--model", "snapshots", COMMIT))
        folder = shoal.pull("alice/model", local_dir=self.path("plain"), allow_patterns=["*.json", "onnx/"])
        self.assertEqual(folder, self.path("plain"))
        self.assertEqual(sorted(os.listdir(folder)), [".cache", "config.json", "onnx"])
        file = shoal.pull("alice/model", filename="-dash.txt", cache_dir=self.path("hub"))
        with open(file) as content:
            self.assertIn("looks like an option", content.read())

    def test_types(self) -> None:
        for number, names in enumerate(
            [{"repo_id": "datasets/alice/data"}, {"repo_id": "alice/data", "repo_type": "dataset"}]
        ):
            path = shoal.pull(**names, cache_dir=self.path(str(number)), ignore_patterns="parts/*")
            self.assertEqual(sorted(os.listdir(path)), [".gitattributes", "train.csv"])

    def test_tokens(self) -> None:
        shoal.pull("alice/private", token=ALICE, cache_dir=self.path("a"))
        for token in (BOB, False):
            with self.assertRaises(shoal.ShoalError) as caught:
                shoal.pull("alice/private", token=token, cache_dir=self.path("b"))
            self.assertEqual(caught.exception.code, "repo_not_found")

    def test_errors(self) -> None:
        for more, code in [
            ({"revision": "nope"}, "revision_not_found"),
            ({"filename": "nope"}, "entry_not_found"),
            ({"allow_patterns": "*.zip"}, "no_match"),
            ({"endpoint": NOWHERE}, "connection_refused"),
            ({"repo_type": "nonsense"}, "usage"),
        ]:
            with self.subTest(code), self.assertRaises(shoal.ShoalError) as caught:
                shoal.pull("alice/model", cache_dir=self.path("hub"), **more)
            self.assertEqual(caught.exception.code, code, caught.exception)
            self.assertTrue(caught.exception.message)
        with self.assertRaises(ValueError):
            shoal.pull("alice/model", filename="a", allow_patterns="b")


class Installed(Case):
    def test_command(self) -> None:
        command = os.path.join(os.path.dirname(sys.executable), "shoal")
        for words in ([command], [sys.executable, "-m", "shoal"]):
            said = subprocess.run([*words, "version"], stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertEqual(said.split()[-1], importlib.metadata.version("shoal"))
            self.assertEqual(shoal.__version__, said.split()[-1])
        # The server's verbs are in the other program.
        said = subprocess.run([command, "hub", "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertIn("Run a hub", said)
        self.assertEqual(subprocess.run([command, "pull"], stderr=subprocess.DEVNULL).returncode, 2)

    def test_programs_are_stripped_and_typed(self) -> None:
        folder = os.path.dirname(shoal.__file__)
        self.assertTrue(os.path.exists(os.path.join(folder, "py.typed")))
        for name in ("shoal", "shoal-server"):
            path = os.path.join(folder, "_bin", name)
            self.assertTrue(os.access(path, os.X_OK))
            if shutil.which("readelf"):
                sections = subprocess.run(["readelf", "-SW", path], stdout=subprocess.PIPE, text=True).stdout
                self.assertIn(".dynsym", sections)
                self.assertNotIn(".symtab", sections)

    def test_names(self) -> None:
        for name in shoal.__all__:
            self.assertTrue(callable(getattr(shoal, name)), name)
            self.assertIn(name, dir(shoal))
        with self.assertRaises(AttributeError):
            shoal.nonsense  # type: ignore[attr-defined]
