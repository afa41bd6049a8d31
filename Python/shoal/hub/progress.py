"""Bars as huggingface_hub shows them: its own class, or the caller's, and its switches."""

from __future__ import annotations

import os
from typing import Any, Mapping

from huggingface_hub.utils import logging
from huggingface_hub.utils import tqdm as hub_tqdm

from ..bars import Bars, BarMaker
from .arguments import _MAJOR

#: What `disable_progress_bars(name)` turns off with this name, or with a beginning of it.
_FILE_GROUP = "huggingface_hub.xet_get"
_SNAPSHOT_GROUP = "huggingface_hub.snapshot_download"


def bars_for(given: Mapping[str, Any], *, is_file: bool) -> Bars:
    own = given["tqdm_class"]
    if is_file:
        name = given["filename"]
        title = name if len(name) <= 40 else f"(…){name[-40:]}"
        return Bars(bytes=_maker(own, _FILE_GROUP, unit="B", unit_scale=True, desc=title), lazy=True)

    def files(total: int) -> Any:
        return _maker(own, _SNAPSHOT_GROUP, desc=f"Fetching {total} files")(total)

    # Before version 1 the caller's class saw the count of files alone.
    by_bytes = own if _MAJOR >= 1 else None
    return Bars(
        files=files,
        bytes=_maker(by_bytes, _SNAPSHOT_GROUP, unit="B", unit_scale=True, desc="Downloading bytes"),
    )


def _maker(own: Any, group: str, **settings: Any) -> BarMaker:
    def make(total: int) -> Any:
        cls = hub_tqdm if own is None else own
        if isinstance(cls, type) and issubclass(cls, hub_tqdm):
            return cls(total=total, name=group, disable=_is_disabled(), **settings)
        # Others do not know these two words, and decide for themselves whether they show.
        return cls(total=total, **settings)

    return make


def _is_disabled() -> bool | None:
    """None shows the bar on a terminal only."""
    if logging.get_logger("huggingface_hub.file_download").getEffectiveLevel() == logging.NOTSET:
        return True
    return False if os.environ.get("TQDM_POSITION") == "-1" else None
