"""Keeps the listing that the program leaves in the cache out of sight after single files.

huggingface_hub leaves one, `trees/COMMIT.json`, after a snapshot only, and from then on takes a snapshot that lacks
files of it for incomplete while the hub is away. Who has fetched one file at a time would find nothing any more. The
program would have to ask for the listing again with every file, so it is kept where huggingface_hub does not look.
"""

from __future__ import annotations

import contextlib
import os
from typing import Iterator


@contextlib.contextmanager
def out_of_sight(folder: str) -> Iterator[None]:
    """For the length of one run, gives the program the listings that earlier ones have left, then takes them away.

    folder: has `trees`: that of the repository in the cache, or the notes of a plain folder.
    """
    seen, aside = os.path.join(folder, "trees"), os.path.join(folder, ".shoal", "trees")
    for name in _names(aside):
        with contextlib.suppress(OSError):
            os.makedirs(seen, exist_ok=True)
            os.link(os.path.join(aside, name), os.path.join(seen, name))
    before = {name for name in _names(seen) if not _is_same(os.path.join(seen, name), os.path.join(aside, name))}
    try:
        yield
    finally:
        for name in _names(seen) - before:
            # Another thread may be about the same, and a listing that is asked for again costs time only.
            with contextlib.suppress(OSError):
                os.makedirs(aside, exist_ok=True)
                _put_aside(os.path.join(seen, name), os.path.join(aside, name))


def _put_aside(path: str, aside: str) -> None:
    # Renaming one name of a file to another name of it does nothing.
    if _is_same(path, aside):
        os.unlink(path)
    else:
        os.replace(path, aside)


def _names(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _is_same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
