"""Every call gives what huggingface_hub's own function gives: value, exception, and what is on the disk then."""

from __future__ import annotations

import functools
import inspect
import os
import re
import warnings
from pathlib import Path
from typing import Any, Callable, Optional
from unittest import mock

import huggingface_hub
from huggingface_hub import constants, hf_hub_download, snapshot_download
from huggingface_hub.utils import disable_progress_bars
from tqdm.auto import tqdm

import shoal
from shoal import process
from support import ALICE, BOB, COMMIT, ENDPOINT, NOWHERE, Case, tree

MAJOR = int(huggingface_hub.__version__.split(".")[0])
MODEL = "alice/model"


class Quiet(tqdm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["disable"] = True
        super().__init__(*args, **kwargs)


class EqualCase(Case):
    function: Callable[..., Any]

    def compare(
        self,
        *args: Any,
        through: str = "shoal",
        before: Optional[Callable[[str], Any]] = None,
        local: bool = False,
        leaves_more: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Makes a call with huggingface_hub alone and with Shoal, each in a place of its own.

        through: who must have brought it: "shoal", "hub" (left to huggingface_hub without trying), "both" (Shoal could
        not, and huggingface_hub says why), "cache" (nobody had to). before: fills both caches. leaves_more: Shoal had
        to learn, or bring, more before it could know.
        """
        outcomes = []
        self.log.forget()
        for name in ("own", "through"):
            root = self.path(name)
            cache = os.path.join(root, "hub")
            os.makedirs(cache)
            if before is not None:
                before(cache)
            own = dict(kwargs)
            own.setdefault("cache_dir", cache)
            if local:
                own["local_dir"] = os.path.join(root, "local")
            if name == "through":
                shoal.enable()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    outcomes.append(self._happening(lambda: type(self).function(*args, **own), root))
            finally:
                shoal.disable()
        if leaves_more:
            outcomes[1]["files"] = {path: outcomes[1]["files"].get(path) for path in outcomes[0]["files"]}
        self.assertEqual(outcomes[0], outcomes[1], self.log.lines)
        log = self.log
        who = {
            "shoal": bool(log.started) and not log.left,
            "hub": not log.started and bool(log.left),
            "both": bool(log.started) and bool(log.left),
            "cache": not log.started and not log.left,
        }
        self.assertTrue(who[through], (through, log.lines))
        return outcomes[0]["result"]

    def _happening(self, call: Callable[[], Any], root: str) -> dict[str, Any]:
        try:
            result: Any = self._told(call(), root)
        except Exception as error:
            response = getattr(error, "response", None)
            result = {
                "error": type(error).__name__,
                "words": self._told(_without_chance(str(error)), root),
                "cause": type(error.__cause__).__name__,
                "status": None if response is None else response.status_code,
            }
        return {"result": result, "files": tree(root, self._is_private)}

    @staticmethod
    def _told(value: Any, root: str) -> Any:
        return re.sub(r" at 0x[0-9a-f]+", "", repr(value)).replace(root, "ROOT")

    def _is_private(self, path: str) -> bool:
        """What either of the two keeps for itself."""
        parts = path.split(os.sep)
        if {".shoal", ".locks", "CACHEDIR.TAG", ".gitignore"}.intersection(parts) or path.startswith("hub/blobs/"):
            return True
        # The notes of a local folder have the time; test_local_metadata compares the rest of them.
        if path.endswith((".lock", ".metadata")):
            return True
        # Older versions know no listings, and Shoal leaves one after a snapshot all the same.
        return MAJOR < 2 and "trees" in parts


def _without_chance(words: str) -> str:
    """Without what differs from run to run: ids of requests, and which of a snapshot's threads is the first to fail."""
    words = re.sub(r"(Request ID: |Root=)[^)\s]+", r"\1", words)
    return re.sub(r"(/resolve/[0-9a-f]{40}/)\S+", r"\1FILE", words)


def fill(**kwargs: Any) -> Callable[[str], Any]:
    """Fills a cache with huggingface_hub's own function."""
    return lambda cache: snapshot_download(MODEL, cache_dir=cache, **kwargs)


def go_offline(case: Case) -> None:
    """What HF_HUB_OFFLINE=1 does, for the length of a test."""
    from huggingface_hub import utils

    def switch(is_offline: bool) -> None:
        constants.HF_HUB_OFFLINE = is_offline
        getattr(utils, "reset_sessions", lambda: None)()  # older versions ask when they open a session

    case.addCleanup(switch, constants.HF_HUB_OFFLINE)
    switch(True)


def without_waiting(test: Callable[[Any], None]) -> Callable[[Any], None]:
    """huggingface_hub asks a hub that is away again and again, for half a minute."""

    @functools.wraps(test)
    def quick(self: Any) -> None:
        with mock.patch("time.sleep", lambda seconds: None):
            test(self)

    return quick


class Snapshots(EqualCase):
    function = staticmethod(snapshot_download)

    def test_whole(self) -> None:
        self.assertIn("snapshots", self.compare(MODEL))

    def test_revisions(self) -> None:
        for revision in ("main", "v1", "feat/x", "refs/pr/1", COMMIT):
            with self.subTest(revision):
                self.folder = self.path(revision.replace("/", "-"))
                self.compare(MODEL, revision=revision)

    def test_missing_revision(self) -> None:
        self.assertEqual(self.compare(MODEL, revision="nope", through="both")["error"], "RevisionNotFoundError")

    def test_patterns(self) -> None:
        for number, chosen in enumerate(
            [
                {"allow_patterns": "*.json"},
                {"allow_patterns": ["*.json", "onnx/"]},
                {"ignore_patterns": "*.bin"},
                {"ignore_patterns": ["*.bin", "onnx/*"], "allow_patterns": ["*.bin", "*.md", "onnx/*"]},
                {"allow_patterns": ["names/*"], "ignore_patterns": []},
                {"allow_patterns": ["names/brackets[[]1].txt", "-dash.txt", "names/with space.txt"]},
                {"allow_patterns": ("*.md",)},
                {"allow_patterns": ["--json", "-dash*"]},
            ]
        ):
            with self.subTest(str(chosen)):
                self.folder = self.path(str(number))
                self.compare(MODEL, **chosen)

    def test_patterns_that_match_nothing(self) -> None:
        self.compare(MODEL, allow_patterns="*.zip", through="both")

    def test_no_patterns_at_all(self) -> None:
        self.compare(MODEL, allow_patterns=[], through="hub")

    def test_types(self) -> None:
        for number, (repo, kind) in enumerate([("alice/data", "dataset"), ("alice/space", "space"), (MODEL, "model")]):
            with self.subTest(kind):
                self.folder = self.path(str(number))
                self.compare(repo, repo_type=kind)

    def test_wrong_type(self) -> None:
        self.assertEqual(self.compare(MODEL, repo_type="dataset", through="both")["error"], "RepositoryNotFoundError")
        self.folder = self.path("other")
        self.assertEqual(self.compare(MODEL, repo_type="bogus", through="hub")["error"], "ValueError")

    def test_bad_id(self) -> None:
        self.assertEqual(self.compare("a/b/c", through="cache")["error"], "HFValidationError")

    def test_bad_call(self) -> None:
        self.assertEqual(self.compare(MODEL, nonsense=1, through="cache")["error"], "TypeError")

    def test_missing_repository(self) -> None:
        self.assertEqual(self.compare("alice/nope", through="both")["error"], "RepositoryNotFoundError")
        self.folder = self.path("other")
        self.assertIn("error", self.compare("gpt2", through="both"))

    def test_private(self) -> None:
        for number, (token, through) in enumerate([(ALICE, "shoal"), (None, "shoal"), (True, "shoal")]):
            with self.subTest(str(number)):
                self.folder = self.path(str(number))
                self.compare("alice/private", token=token, through=through)

    def test_private_for_others(self) -> None:
        for number, token in enumerate([BOB, False, "hf_" + "x" * 34]):
            with self.subTest(str(number)):
                self.folder = self.path(str(number))
                self.assertIn("error", self.compare("alice/private", token=token, through="both"))

    def test_gated(self) -> None:
        self.assertEqual(
            self.compare("alice/gated", token=BOB, through="both", leaves_more=True)["error"], "GatedRepoError"
        )
        self.folder = self.path("owner")
        self.compare("alice/gated")

    def test_local_dir(self) -> None:
        self.assertEqual(self.compare(MODEL, local=True), "'ROOT/local'")

    def test_local_dir_of_an_older_revision(self) -> None:
        self.compare(MODEL, local=True, revision="v1", allow_patterns=["*.json", "*.bin"])

    def test_places(self) -> None:
        self.compare(MODEL, cache_dir=Path(self.path("shared")), allow_patterns="*.json")
        self.folder = self.path("second")
        os.makedirs(self.folder)
        here = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, here)
        result = self.compare(MODEL, cache_dir="relative", allow_patterns="*.json")
        self.assertEqual("'relative" in result, MAJOR < 1)

    def test_force(self) -> None:
        self.compare(MODEL, force_download=True, before=fill())

    def test_again(self) -> None:
        self.compare(MODEL, before=fill())
        self.folder = self.path("partly")
        self.compare(MODEL, before=fill(allow_patterns="*.json"))

    def test_workers(self) -> None:
        self.compare(MODEL, max_workers=1)
        self.folder = self.path("many")
        self.compare(MODEL, max_workers=1000)
        self.folder = self.path("none")
        self.assertEqual(self.compare(MODEL, max_workers=0, through="hub")["error"], "ValueError")

    def test_local_files_only(self) -> None:
        self.compare(MODEL, local_files_only=True, before=fill(), through="hub")
        self.folder = self.path("partly")
        partly = self.compare(MODEL, local_files_only=True, before=fill(allow_patterns="*.json"), through="hub")
        self.assertEqual(isinstance(partly, dict), MAJOR >= 2)
        self.folder = self.path("empty")
        nothing = self.compare(MODEL, local_files_only=True, through="hub")
        self.assertEqual(nothing["error"], "LocalEntryNotFoundError")

    @without_waiting
    def test_hub_away(self) -> None:
        nothing = self.compare(MODEL, endpoint=NOWHERE, through="both")
        self.assertEqual(nothing["error"], "LocalEntryNotFoundError")
        self.folder = self.path("cached")
        self.compare(MODEL, endpoint=NOWHERE, before=fill(), through="both")
        self.folder = self.path("partly")
        self.compare(MODEL, endpoint=NOWHERE, before=fill(allow_patterns="*.json"), through="both")
        self.folder = self.path("commit")
        # With the listing that newer versions leave there is nothing to ask about a commit.
        through = "shoal" if MAJOR >= 2 else "both"
        self.compare(MODEL, endpoint=NOWHERE, revision=COMMIT, before=fill(revision=COMMIT), through=through)

    def test_offline(self) -> None:
        fill()(self.path("shared"))
        go_offline(self)
        nothing = self.compare(MODEL, through="hub")
        self.assertEqual(nothing["error"], "LocalEntryNotFoundError")
        self.folder = self.path("second")
        self.compare(MODEL, cache_dir=os.path.join(os.path.dirname(self.folder), "shared"), through="hub")

    def test_who_asks(self) -> None:
        self.compare(
            MODEL,
            allow_patterns="*.json",
            library_name="lib",
            library_version="1",
            user_agent={"a": "b"},
            etag_timeout=3,
        )
        self.folder = self.path("headers")
        self.compare(MODEL, allow_patterns="*.json", headers={"x-mine": "1"}, through="hub")
        self.folder = self.path("token")
        self.compare("alice/private", token=False, headers={"authorization": f"Bearer {ALICE}"})
        self.folder = self.path("endpoint")
        self.compare(MODEL, allow_patterns="*.json", endpoint=ENDPOINT)
        self.folder = self.path("iterator")
        self.assertIn("snapshots", str(self.compare(MODEL, tqdm_class=Quiet)))

    def test_iterators_are_not_used_up(self) -> None:
        shoal.enable()
        self.addCleanup(shoal.disable)
        path = snapshot_download(MODEL, allow_patterns=iter(["*.json"]), cache_dir=self.path("hub"))
        self.assertEqual(os.listdir(path), ["config.json"])

    def test_dry_run(self) -> None:
        if "dry_run" not in inspect.signature(snapshot_download).parameters:
            self.assertLess(MAJOR, 2)
            return
        self.assertIn("DryRunFileInfo", self.compare(MODEL, dry_run=True, max_workers=1, through="hub"))


class Files(EqualCase):
    function = staticmethod(hf_hub_download)

    def test_files(self) -> None:
        for number, name in enumerate(
            [
                "config.json",
                "model.bin",
                "empty.txt",
                "onnx/quantized/model.onnx",
                "names/with space.txt",
                "names/Zürich.txt",
                "-dash.txt",
            ]
        ):
            with self.subTest(name):
                self.folder = self.path(str(number))
                self.assertIn(name, self.compare(MODEL, name))

    def test_a_name_that_could_be_a_pattern(self) -> None:
        self.compare(MODEL, "names/brackets[1].txt")

    def test_subfolder(self) -> None:
        self.compare(MODEL, "model.onnx", subfolder="onnx/quantized")
        self.folder = self.path("empty")
        self.compare(MODEL, filename="config.json", subfolder="")

    def test_revisions(self) -> None:
        for revision in ("main", "v1", "feat/x", "refs/pr/1", COMMIT):
            with self.subTest(revision):
                self.folder = self.path(revision.replace("/", "-"))
                self.compare(MODEL, "config.json", revision=revision)

    def test_no_such(self) -> None:
        for number, (repo, name, more, error) in enumerate(
            [
                (MODEL, "nope.txt", {}, "EntryNotFoundError"),
                (MODEL, "nope.txt", {"revision": COMMIT}, "EntryNotFoundError"),
                (MODEL, "nope.txt", {"revision": "feat/x"}, "EntryNotFoundError"),
                (MODEL, "onnx", {}, "EntryNotFoundError"),
                (MODEL, "config.json", {"revision": "nope"}, "RevisionNotFoundError"),
                (MODEL, "config.json", {"revision": "0" * 40}, "RevisionNotFoundError"),
                ("alice/nope", "config.json", {}, "RepositoryNotFoundError"),
                ("alice/private", "config.json", {"token": BOB}, "RepositoryNotFoundError"),
                ("alice/private", "config.json", {"token": False}, "RepositoryNotFoundError"),
                ("alice/gated", "config.json", {"token": BOB}, "GatedRepoError"),
                ("alice/gated", "config.json", {"token": False}, "GatedRepoError"),
            ]
        ):
            with self.subTest(f"{repo} {name} {more}"):
                self.folder = self.path(str(number))
                leaves_more = repo == "alice/gated"
                result = self.compare(repo, name, through="both", leaves_more=leaves_more, **more)
                self.assertIn(result["error"], (error, "Remote" + error))

    def test_names_that_lead_elsewhere(self) -> None:
        for number, name in enumerate(["../../escape.txt", "/etc/passwd", "a//b", ""]):
            with self.subTest(name):
                self.folder = self.path(str(number))
                self.assertIn("error", self.compare(MODEL, name, through="hub"))

    def test_local_dir(self) -> None:
        self.compare(MODEL, "onnx/model.onnx", local=True)
        self.folder = self.path("cached")
        self.compare(MODEL, "model.bin", local=True, before=fill())

    def test_listings_stay_out_of_sight(self) -> None:
        requests = []

        def run(command: Any, on_event: Any) -> Any:
            def listen(event: Any) -> None:
                requests.extend([event["requests"]] if event.get("event") == "metrics" else [])
                on_event(event)

            return process_run(command, listen)

        process_run = process.run
        shoal.enable()
        self.addCleanup(shoal.disable)
        for number, where in enumerate([{}, {"local_dir": self.path("local")}]):
            requests.clear()
            where["cache_dir"] = self.path(str(number))
            with mock.patch.object(process, "run", run):
                for name in ("README.md", "config.json", "-dash.txt"):
                    hf_hub_download(MODEL, name, **where)
            # The revision, the file; the listing is asked for once.
            self.assertEqual([count - requests[1] for count in requests], [1, 0, 0], requests)
            # What is there of a snapshot is found, as with huggingface_hub alone.
            self.assertTrue(os.listdir(snapshot_download(MODEL, local_files_only=True, **where)))
            snapshot_download(MODEL, allow_patterns="*.md", **where)
            if MAJOR >= 2:
                with self.assertRaises(huggingface_hub.errors.IncompleteSnapshotError):
                    snapshot_download(MODEL, local_files_only=True, **where)
                hf_hub_download(MODEL, "names/with space.txt", **where)
                with self.assertRaises(huggingface_hub.errors.IncompleteSnapshotError):
                    snapshot_download(MODEL, local_files_only=True, **where)

    def test_local_metadata(self) -> None:
        notes = []
        for name in ("own", "through"):
            if name == "through":
                shoal.enable()
                self.addCleanup(shoal.disable)
            hf_hub_download(MODEL, "model.bin", local_dir=self.path(name), cache_dir=self.path(name, "hub"))
            with open(self.path(name, ".cache/huggingface/download/model.bin.metadata")) as file:
                notes.append(file.read().splitlines()[:2])
        self.assertEqual(notes[0], notes[1])
        self.assert_through_shoal()

    def test_again(self) -> None:
        self.compare(MODEL, "model.bin", before=fill())
        self.folder = self.path("commit")
        self.compare(MODEL, "model.bin", revision=COMMIT, before=fill(revision=COMMIT), through="cache")
        self.folder = self.path("force")
        self.compare(MODEL, "model.bin", force_download=True, before=fill())
        self.folder = self.path("other")
        # The content is in the cache already, by another revision.
        self.compare(MODEL, "model.bin", revision="feat/x", before=fill(revision="v1"))

    @without_waiting
    def test_away(self) -> None:
        nothing = self.compare(MODEL, "config.json", endpoint=NOWHERE, through="both")
        self.assertEqual(nothing["error"], "LocalEntryNotFoundError")
        self.folder = self.path("cached")
        self.compare(MODEL, "config.json", endpoint=NOWHERE, before=fill(), through="both")
        self.folder = self.path("force")
        forced = self.compare(MODEL, "config.json", endpoint=NOWHERE, force_download=True, through="both")
        self.assertEqual(forced["error"], "ValueError")
        self.folder = self.path("only")
        local = self.compare(MODEL, "config.json", local_files_only=True, through="hub")
        self.assertEqual(local["error"], "LocalEntryNotFoundError")
        self.folder = self.path("cached-only")
        self.compare(MODEL, "config.json", local_files_only=True, before=fill(), through="hub")

    def test_offline(self) -> None:
        go_offline(self)
        nothing = self.compare(MODEL, "config.json", through="hub")
        self.assertEqual((nothing["error"], nothing["cause"]), ("LocalEntryNotFoundError", "OfflineModeIsEnabled"))

    def test_others(self) -> None:
        self.compare("alice/data", "parts/0.bin", repo_type="dataset")
        self.folder = self.path("agent")
        self.compare(MODEL, "config.json", user_agent="a/b; c/d", library_name="lib", etag_timeout=5.5)
        self.folder = self.path("headers")
        self.compare(MODEL, "config.json", headers={"x-mine": "1"}, through="hub")
        if MAJOR < 1:
            self.folder = self.path("proxies")
            self.compare(MODEL, "config.json", proxies={}, through="hub")
            self.folder = self.path("old")
            self.compare(MODEL, "config.json", resume_download=True, through="hub")
        else:
            self.folder = self.path("dry")
            self.compare(MODEL, "config.json", dry_run=True, through="hub")
            self.folder = self.path("bar")
            self.compare(MODEL, "model.bin", tqdm_class=Quiet)

    def test_resolved_revision(self) -> None:
        try:
            from huggingface_hub import resolve_revision
        except ImportError:
            self.assertLess(MAJOR, 2)
            return
        revision = resolve_revision(MODEL, cache_dir=self.path("elsewhere"))
        self.compare(MODEL, "config.json", revision=revision)
        self.folder = self.path("snapshot")
        type(self).function = staticmethod(snapshot_download)
        self.addCleanup(setattr, type(self), "function", staticmethod(hf_hub_download))
        self.compare(MODEL, revision=revision)


disable_progress_bars()
