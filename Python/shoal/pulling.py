"""`shoal.pull`: a pull without huggingface_hub."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Optional, Sequence, Union

from . import process
from .bars import Bars
from .command import PullCommand

Path = Union[str, "os.PathLike[str]"]
Patterns = Union[str, Sequence[str], None]


def pull(
    repo_id: str,
    revision: Optional[str] = None,
    *,
    filename: Optional[str] = None,
    repo_type: Optional[str] = None,
    allow_patterns: Patterns = None,
    ignore_patterns: Patterns = None,
    quant: Optional[str] = None,
    cache_dir: Optional[Path] = None,
    local_dir: Optional[Path] = None,
    force_download: bool = False,
    max_workers: Optional[int] = None,
    token: Union[str, bool, None] = None,
    endpoint: Optional[str] = None,
    tqdm_class: Any = None,
) -> str:
    """Brings a repository, or part of it, to this machine; every byte is verified before it becomes visible.

    repo_id: `namespace/name`, or any address that `shoal pull` takes.
    revision: a branch, tag or commit; the default branch without it.
    filename: the exact path of one file.
    repo_type: `model`, `dataset` or `space`.
    allow_patterns, ignore_patterns: of `fnmatch`, as in huggingface_hub.
    quant: one quantisation of a repository of GGUF files, such as `Q4_K_M`.
    cache_dir: in place of the Hugging Face cache. local_dir: a plain folder to fill.
    token: a string, False for none; else `HF_TOKEN` or the saved login.
    endpoint: the hub; else `HF_ENDPOINT`.
    tqdm_class: for the bar, by default tqdm's own if it is installed; False for no bar.

    Returns the path of the snapshot, of `local_dir`, or of the file. Raises ShoalError.
    """
    if filename is not None and (allow_patterns or ignore_patterns or quant):
        raise ValueError("filename names one file: there is nothing for patterns and quant to choose from")
    command = PullCommand(
        repo=repo_id,
        repo_type=repo_type,
        revision=revision,
        file=filename,
        include=_listed(allow_patterns),
        exclude=_listed(ignore_patterns),
        quant=quant,
        local_dir=None if local_dir is None else os.path.abspath(os.path.expanduser(local_dir)),
        force=force_download,
        max_workers=max_workers,
        endpoint=endpoint,
    )
    if cache_dir is not None:
        command.variables["HF_HUB_CACHE"] = os.path.abspath(os.path.expanduser(cache_dir))
    if token is False:
        command.use_token(None)
    elif isinstance(token, str):
        command.use_token(token)
    with _bars(filename or repo_id, tqdm_class) as bars:
        return str(process.run(command, bars)["path"])


def _listed(patterns: Patterns) -> list[str]:
    if patterns is None:
        return []
    return [patterns] if isinstance(patterns, str) else list(patterns)


def _bars(title: str, tqdm_class: Any) -> Bars:
    if tqdm_class is None:
        try:
            tqdm_class = import_module("tqdm.auto").tqdm
        except ImportError:
            tqdm_class = False
    if tqdm_class is False:
        return Bars()
    return Bars(bytes=lambda total: tqdm_class(total=total, unit="B", unit_scale=True, desc=title), lazy=True)
