"""Where the programs are."""

from __future__ import annotations

import os

from .errors import ProgramNotFound


def shoal() -> str:
    """The path of the program `shoal`: `SHOAL_PROGRAM`, else the one in this package, with `shoal-server` beside it."""
    named = os.environ.get("SHOAL_PROGRAM")
    path = named or os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bin", "shoal")
    if os.path.isfile(path) and os.access(path, os.X_OK):
        return path
    if named:
        raise ProgramNotFound(f"SHOAL_PROGRAM names {path}, which is no program")
    raise ProgramNotFound(
        f"{path} is not there: this package was installed without its programs",
        hint="install a wheel made by `make wheel`, or name the program with SHOAL_PROGRAM",
    )
