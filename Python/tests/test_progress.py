"""Bars: those of the caller, and those of huggingface_hub with its switches."""

from __future__ import annotations

from typing import Any

import huggingface_hub
from huggingface_hub import hf_hub_download, snapshot_download
from tqdm.auto import tqdm

import shoal
from support import Case

MAJOR = int(huggingface_hub.__version__.split(".")[0])


class Bar(tqdm):
    made: list[Bar] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.given = kwargs
        self.is_closed = False
        kwargs["file"] = open("/dev/null", "w")
        super().__init__(*args, **kwargs)
        Bar.made.append(self)

    def close(self) -> None:
        if not getattr(self, "is_closed", True):
            self.is_closed = True
            super().close()
            self.fp.fp.close() if hasattr(self.fp, "fp") else self.fp.close()


class Bars(Case):
    def setUp(self) -> None:
        super().setUp()
        Bar.made = []

    def bars(self, unit: str) -> list[Bar]:
        return [bar for bar in Bar.made if bar.unit == unit]

    def test_snapshot(self) -> None:
        shoal.enable()
        self.addCleanup(shoal.disable)
        snapshot_download("alice/model", cache_dir=self.path("hub"), tqdm_class=Bar)
        self.assert_through_shoal()
        (files,) = self.bars("it")
        self.assertEqual(files.given["desc"], f"Fetching {files.total} files")
        self.assertEqual((files.n, files.is_closed), (files.total, True))
        self.assertGreater(files.total, 5)
        if MAJOR < 1:
            self.assertEqual(self.bars("B"), [])
            return
        (total,) = self.bars("B")
        self.assertEqual((total.n, total.is_closed), (total.total, True))
        self.assertGreater(total.total, 1_500_000)

    def test_file(self) -> None:
        if MAJOR < 1:
            return  # the argument came later
        shoal.enable()
        self.addCleanup(shoal.disable)
        hf_hub_download("alice/model", "model.bin", cache_dir=self.path("hub"), tqdm_class=Bar)
        (bar,) = Bar.made
        self.assertEqual((bar.n, bar.total, bar.given["desc"]), (1_500_000, 1_500_000, "model.bin"))
        self.assertTrue(bar.is_closed)
        hf_hub_download("alice/model", "model.bin", cache_dir=self.path("hub"), tqdm_class=Bar)
        self.assertEqual(len(Bar.made), 1, "a file in place needs no bar")

    def test_pull(self) -> None:
        shoal.pull("alice/model", cache_dir=self.path("hub"), tqdm_class=Bar)
        (bar,) = Bar.made
        self.assertEqual(bar.n, bar.total)
        shoal.pull("alice/model", cache_dir=self.path("again"), tqdm_class=False)
        self.assertEqual(len(Bar.made), 1)

    def test_what_a_user_sees(self) -> None:
        code = "import shoal; shoal.enable(); from huggingface_hub import snapshot_download as s; s('alice/model')"
        silent = {"HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        self.assertIn("Fetching", self.python(code, TQDM_POSITION="-1").stderr)
        self.assertEqual(self.python(code, home="second").stderr, "", "no terminal, no bar")
        self.assertEqual(self.python(code, home="third", TQDM_POSITION="-1", **silent).stderr, "")
        code = "from huggingface_hub.utils import disable_progress_bars as d; d('huggingface_hub'); " + code
        self.assertEqual(self.python(code, home="fourth", TQDM_POSITION="-1").stderr, "")
