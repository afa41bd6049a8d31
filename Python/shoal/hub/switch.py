"""Turns the change of huggingface_hub on and off."""

from __future__ import annotations

import re
import sys
import threading
from types import ModuleType
from typing import Any

from .importing import ImportHook

#: Where the functions are that all others of huggingface_hub, and of what builds on it, end up in. The second module
#: calls the function of the first.
FILES = "huggingface_hub.file_download"
SNAPSHOTS = "huggingface_hub._snapshot_download"
#: The oldest version whose functions are known.
OLDEST = (0, 36)

_lock = threading.RLock()
_hook: ImportHook | None = None
#: The changes that are in force, by module.
_changes: dict[str, Any] = {}


def enable() -> None:
    """Makes `huggingface_hub.hf_hub_download` and `snapshot_download` go through Shoal, also for code that has imported
    them before, and for all that calls them: `HfApi`, transformers, diffusers, datasets, the command `hf`.

    Does nothing when it is on already. Raises ImportError without huggingface_hub, ProgramNotFound without the program.
    """
    from .. import program

    program.shoal()
    _check_version()
    turn_on()


def turn_on() -> None:
    """As enable, without looking whether anything is there that it needs."""
    global _hook
    with _lock:
        if _hook is not None:
            return
        _hook = ImportHook({FILES: _change_files, SNAPSHOTS: _change_snapshots})
        sys.meta_path.insert(0, _hook)
        for name, change in ((FILES, _change_files), (SNAPSHOTS, _change_snapshots)):
            module = sys.modules.get(name)
            if module is not None:
                change(module)


def disable() -> None:
    """Gives huggingface_hub its own functions back, wherever they have been imported. Does nothing when it is off."""
    global _hook
    with _lock:
        if _hook is None:
            return
        sys.meta_path.remove(_hook)
        _hook = None
        for name in (SNAPSHOTS, FILES):
            change = _changes.pop(name, None)
            if change is not None:
                change.undo()


def is_enabled() -> bool:
    """Whether downloads of huggingface_hub go through Shoal."""
    return _hook is not None


def _check_version() -> None:
    """Raises ImportError with the reason when there is no huggingface_hub whose functions are known here."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("huggingface_hub")
    except PackageNotFoundError:
        reason = "which is not installed; shoal.pull() works without"
        raise ImportError(f"shoal.enable() changes huggingface_hub, {reason}") from None
    if tuple(int(part) for part in re.findall(r"\d+", installed)[:2]) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ImportError(f"shoal.enable() needs huggingface_hub {oldest} or newer, and {installed} is installed")


def _change_files(module: ModuleType) -> None:
    _check_version()
    from .downloads import through_shoal
    from .functions import FunctionChange

    with _lock:
        if _hook is None or FILES in _changes:
            return
        change = FunctionChange(module, "hf_hub_download")
        change.apply(through_shoal(change.original, is_file=True))
        _changes[FILES] = change


def _change_snapshots(module: ModuleType) -> None:
    from .downloads import through_shoal
    from .functions import AttributeChange, Changes, FunctionChange

    with _lock:
        if _hook is None or SNAPSHOTS in _changes or FILES not in _changes:
            return
        change = FunctionChange(module, "snapshot_download")
        # What is left to huggingface_hub is left to it as a whole: its snapshots take their files its way.
        inner = AttributeChange(module, "hf_hub_download", _changes[FILES].original)
        change.apply(through_shoal(change.original, is_file=False))
        _changes[SNAPSHOTS] = Changes(change, inner)
