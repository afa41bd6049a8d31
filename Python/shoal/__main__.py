"""The command `shoal`, and `python -m shoal`: becomes the program that the package carries."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from .errors import ProgramNotFound
from .program import shoal


def main() -> NoReturn:
    try:
        path = shoal()
    except ProgramNotFound as error:
        sys.exit(f"error: {error}")
    os.execv(path, ["shoal", *sys.argv[1:]])


if __name__ == "__main__":
    main()
