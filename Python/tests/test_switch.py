"""enable() and disable(): who is reached, and that nothing is left behind."""

from __future__ import annotations

import functools
import inspect
import os
import pickle
import sys
import types
import unittest
from unittest import mock

import huggingface_hub
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from huggingface_hub import file_download as early_module
from huggingface_hub.utils import disable_progress_bars

import shoal
from shoal.hub.functions import FunctionChange
from support import COMMIT, Case

MODEL = "alice/model"
#: Imported, bound and kept before anything is enabled.
EARLY = functools.partial(hf_hub_download, MODEL, "config.json")


def with_default(download=hf_hub_download):  # type: ignore[no-untyped-def]
    return download


class Reach(Case):
    def setUp(self) -> None:
        super().setUp()
        shoal.enable()
        self.addCleanup(shoal.disable)
        self.cache = self.path("hub")

    def test_every_way_to_the_functions(self) -> None:
        api = HfApi()
        for name, call in {
            "the package": lambda **where: huggingface_hub.hf_hub_download(MODEL, "config.json", **where),
            "a name imported before": lambda **where: hf_hub_download(MODEL, "config.json", **where),
            "a partial made before": EARLY,
            "a default argument": lambda **where: with_default()(MODEL, "config.json", **where),
            "the module": lambda **where: early_module.hf_hub_download(MODEL, "config.json", **where),
            "HfApi": lambda **where: api.hf_hub_download(MODEL, "config.json", **where),
            "HfApi's snapshot": lambda **where: api.snapshot_download(MODEL, allow_patterns="config.json", **where),
            "a snapshot": lambda **where: snapshot_download(MODEL, allow_patterns="config.json", **where),
        }.items():
            with self.subTest(name):
                self.log.forget()
                self.assertTrue(os.path.exists(call(cache_dir=self.path(name, "hub"))))
                self.assert_through_shoal()

    def test_functions_stay_what_they_are(self) -> None:
        self.assertIs(huggingface_hub.hf_hub_download, hf_hub_download)
        self.assertIn("repo_id", inspect.signature(hf_hub_download).parameters)
        self.assertIn("Download", hf_hub_download.__doc__ or "")
        self.assertIs(pickle.loads(pickle.dumps(hf_hub_download)), hf_hub_download)

    def test_what_transformers_asks(self) -> None:
        # As transformers.utils.hub.cached_files calls both.
        common = {
            "cache_dir": self.cache,
            "force_download": False,
            "local_files_only": False,
            "revision": "main",
            "repo_type": None,
            "token": None,
            "user_agent": {"file_type": "model", "from_auto_class": True, "framework": "pytorch"},
        }
        path = hf_hub_download(MODEL, "config.json", subfolder=None, **common)
        self.assertTrue(os.path.isfile(path))
        path = snapshot_download(MODEL, allow_patterns=["model.bin", "config.json"], **common)
        self.assertTrue(os.path.isfile(os.path.join(path, "model.bin")))
        self.assertEqual(len(self.log.started), 2)
        self.assert_through_shoal()

    def test_nothing_else_comes_over_the_network(self) -> None:
        # Everything but the program is cut off from the hub.
        code = """
            import socket, shoal
            from huggingface_hub import hf_hub_download, snapshot_download
            def refuse(*_): raise OSError("this process asked the network")
            shoal.enable()
            socket.socket.connect = refuse
            print(open(hf_hub_download("alice/model", "config.json")).read())
            print(snapshot_download("alice/model", revision="v1"))
        """
        lines = self.python_prints(inspect.cleandoc(code)).splitlines()
        self.assertIn("newer", lines[0])
        self.assertTrue(lines[-1].endswith(COMMIT), lines)

    def test_twice_and_off(self) -> None:
        shoal.enable()
        self.assertTrue(shoal.is_enabled())
        shoal.disable()
        self.assertFalse(shoal.is_enabled())
        shoal.disable()
        hf_hub_download(MODEL, "config.json", cache_dir=self.cache)
        EARLY(cache_dir=self.cache)
        snapshot_download(MODEL, allow_patterns="config.json", cache_dir=self.cache)
        self.assertEqual(self.log.lines, [])
        self.assertFalse([finder for finder in sys.meta_path if type(finder).__module__.startswith("shoal")])
        shoal.enable()
        hf_hub_download(MODEL, "config.json", cache_dir=self.path("other"))
        self.assert_through_shoal()

    def test_left_snapshots_take_files_their_own_way(self) -> None:
        snapshot_download(MODEL, headers={"x-mine": "1"}, cache_dir=self.cache)
        self.assertEqual(self.log.started, [])


class Start(Case):
    """SHOAL=1, before the program has imported anything."""

    CALL = (
        "import logging; logging.basicConfig(level='DEBUG'); logging.getLogger('urllib3').setLevel('ERROR')\n"
        "from huggingface_hub import hf_hub_download, snapshot_download\n"
        "hf_hub_download('alice/model', 'config.json')\n"
        "snapshot_download('alice/model', allow_patterns='*.md')\n"
    )

    def runs(self, **variables: str) -> int:
        ended = self.python(self.CALL, **variables)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stderr.count("DEBUG:shoal:shoal ")

    def test_values(self) -> None:
        for value, runs in [("1", 2), ("true", 2), ("0", 0), ("", 0)]:
            with self.subTest(value):
                self.assertEqual(self.runs(SHOAL=value), runs)

    def test_an_interpreter_imports_little_for_it(self) -> None:
        code = (
            "import sys; print(sorted(m for m in sys.modules if m.startswith(('huggingface', 'subprocess', 'shoal'))))"
        )
        self.assertEqual(self.python_prints(code), "[]")
        imported = self.python_prints(code, SHOAL="1")
        self.assertIn("shoal.autostart", imported)
        self.assertNotIn("huggingface", imported)
        self.assertNotIn("subprocess", imported)

    def test_importing_the_hub_stays_lazy(self) -> None:
        code = "import sys, huggingface_hub; print('huggingface_hub.file_download' in sys.modules)"
        self.assertEqual(self.python_prints(code, SHOAL="1"), self.python_prints(code))

    def test_modules_look_untouched(self) -> None:
        code = (
            "import inspect, huggingface_hub.file_download as m\n"
            "print(type(m.__loader__).__name__, type(m.__spec__.loader).__name__, len(inspect.getsource(m)) > 1000)"
        )
        self.assertEqual(self.python_prints(code, SHOAL="1"), "SourceFileLoader SourceFileLoader True")

    def test_the_command_hf(self) -> None:
        hf = os.path.join(os.path.dirname(huggingface_hub.__file__), "cli", "hf.py")
        self.assertTrue(os.path.exists(hf))
        code = (
            "import logging; logging.basicConfig(level='DEBUG')\n"
            "import sys; sys.argv = ['hf', 'download', 'alice/model', 'config.json']\n"
            "from huggingface_hub.cli.hf import main; main()"
        )
        ended = self.python(code, SHOAL="1")
        self.assertEqual(ended.stderr.count("DEBUG:shoal:shoal "), 1, ended.stderr)
        self.assertIn("config.json", ended.stdout)

    def test_without_its_program(self) -> None:
        ended = self.python("print('fine')", SHOAL="1", SHOAL_PROGRAM="/nonexistent")
        self.assertEqual((ended.stdout, ended.stderr), ("fine\n", ""))
        ended = self.python(self.CALL, SHOAL="1", SHOAL_PROGRAM="/nonexistent")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("WARNING:shoal:hf_hub_download is left to huggingface_hub: program_not_found", ended.stderr)
        ended = self.python("import shoal; shoal.enable()", SHOAL_PROGRAM="/nonexistent")
        self.assertIn("ProgramNotFound: SHOAL_PROGRAM names /nonexistent, which is no program", ended.stderr)


class OtherVersions(Case):
    def test_too_old(self) -> None:
        with mock.patch("importlib.metadata.version", lambda name: "0.20.3"):
            with self.assertRaisesRegex(ImportError, "needs huggingface_hub 0.36 or newer, and 0.20.3 is installed"):
                shoal.enable()
            self.assertFalse(shoal.is_enabled())

    def test_too_old_at_the_start(self) -> None:
        code = (
            "import importlib.metadata as m; m.version = lambda name: '0.20.3'\n"
            "from huggingface_hub import hf_hub_download, snapshot_download\n"
            "hf_hub_download('alice/model', 'config.json'); print(snapshot_download('alice/model', revision='v1'))"
        )
        ended = self.python(code, SHOAL="1")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn(COMMIT, ended.stdout)
        self.assertIn("huggingface_hub.file_download stays as it is: shoal.enable() needs", ended.stderr)


class OtherShapes(unittest.TestCase):
    """Functions that are not wrapped as those of the known versions are."""

    def test_names_are_replaced_in_all_modules(self) -> None:
        def download() -> str:
            return "own"

        home, user = types.ModuleType("shoal_test_home"), types.ModuleType("shoal_test_user")
        home.download = user.fetch = download  # type: ignore[attr-defined]
        sys.modules.update({home.__name__: home, user.__name__: user})
        self.addCleanup(sys.modules.pop, home.__name__)
        self.addCleanup(sys.modules.pop, user.__name__)
        change = FunctionChange(home, "download")
        self.assertIs(change.original, download)
        change.apply(lambda: "other")
        self.assertEqual((home.download(), user.fetch()), ("other", "other"))
        change.undo()
        self.assertIs(home.download, download)
        self.assertIs(user.fetch, download)


disable_progress_bars()
