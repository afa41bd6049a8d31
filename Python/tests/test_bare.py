"""Without huggingface_hub, and without tqdm."""

from __future__ import annotations

import importlib.util
import os

import shoal
from support import Case


class Bare(Case):
    def test_nothing_is_there(self) -> None:
        self.assertIsNone(importlib.util.find_spec("huggingface_hub"))
        self.assertIsNone(importlib.util.find_spec("tqdm"))

    def test_enable(self) -> None:
        with self.assertRaisesRegex(ImportError, "huggingface_hub, which is not installed"):
            shoal.enable()
        self.assertFalse(shoal.is_enabled())

    def test_start(self) -> None:
        ended = self.python("print('fine')", SHOAL="1")
        self.assertEqual((ended.stdout, ended.stderr), ("fine\n", ""))

    def test_pull(self) -> None:
        path = shoal.pull("alice/model", cache_dir=self.path("hub"), filename="model.bin")
        self.assertEqual(os.path.getsize(path), 1_500_000)
