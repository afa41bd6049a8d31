"""Shoal in Python: models over the Xet protocol, every byte verified before it becomes visible.

>>> import shoal
>>> shoal.enable()                       # huggingface_hub downloads through Shoal from here on
>>> shoal.pull("org/model")              # the path of the snapshot
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .hub import disable, enable, is_enabled

if TYPE_CHECKING:
    from .agent import status, stop
    from .errors import AgentNotRunning, ProgramNotFound, ShoalError
    from .pulling import pull

    __version__: str

__all__ = [
    "AgentNotRunning",
    "ProgramNotFound",
    "ShoalError",
    "disable",
    "enable",
    "is_enabled",
    "pull",
    "status",
    "stop",
]

#: Imported when they are asked for: with SHOAL=1 every interpreter imports this package when it starts.
_LATER = {
    "AgentNotRunning": "errors",
    "ProgramNotFound": "errors",
    "ShoalError": "errors",
    "pull": "pulling",
    "status": "agent",
    "stop": "agent",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("shoal")
    raise AttributeError(f"module 'shoal' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LATER, "__version__"])
