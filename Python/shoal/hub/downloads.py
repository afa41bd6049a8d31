"""What stands in the place of huggingface_hub's two download functions.

The program brings the files into the cache, or the folder, where huggingface_hub expects them. Then huggingface_hub's
own function is asked for the result, at the very commit and without network: so the path has its form, and its own
knowledge of the cache says that everything is there. Failures that huggingface_hub has exceptions for are left to it as
well, for they carry a server's reply. What it would take for good although it is not, it is not asked about.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
from typing import Any, Callable, Dict, Mapping

from .. import process
from ..errors import ShoalError
from .arguments import Left, cache_folder, command_for, is_commit, local_folder
from .progress import bars_for

logger = logging.getLogger("shoal")

Function = Callable[..., Any]

#: Answers of a hub, and of what is on the disk, that huggingface_hub words itself.
_ORDINARY = frozenset(
    "bad_reference bad_request bad_token connection_refused disabled entry_not_found forbidden gated host_not_found "
    "no_match not_a_hub not_cached not_logged_in offline rate_limited repo_not_found revision_not_found server_error "
    "timed_out unreachable usage".split()
)

#: The source lies, or what it sent is damaged, or would lie where it must not: nobody else shall accept it either. And
#: a disk that is too small for one is for the other.
_FINAL = frozenset(
    "bad_magic bad_range bad_reply cas_bad_reply count_out_of_range decompression_failed digest_mismatch hash_mismatch "
    "length_out_of_range malformed no_space not_sorted source_changed trailing_bytes truncated unsafe_path "
    "unsupported_scheme unsupported_version verification_failed".split()
)


def through_shoal(original: Function, *, is_file: bool) -> Function:
    """What to call in place of `original`, which is `hf_hub_download` (`is_file`) or `snapshot_download`."""
    signature = inspect.signature(original)

    @functools.wraps(original)
    def download(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return original(*args, **kwargs)
        bound.apply_defaults()
        given = _Given(bound.arguments)
        try:
            command = command_for(given, signature, is_file=is_file)
        except Left as left:
            logger.debug("%s is left to huggingface_hub: %s", original.__name__, left)
            return original(*args, **kwargs)
        present = _present(original, given) if is_file else None
        if present is not None:
            return present
        try:
            with bars_for(given, is_file=is_file) as bars:
                document = process.run(command, bars)
        except ShoalError as error:
            if error.code in _FINAL:
                raise
            level = logging.DEBUG if error.code in _ORDINARY else logging.WARNING
            logger.log(level, "%s is left to huggingface_hub: %s: %s", original.__name__, error.code, error)
            return original(*args, **kwargs)
        if document.get("offline") or (is_file and [file["path"] for file in document["files"]] != [command.file]):
            logger.debug("%s is left to huggingface_hub: the hub is away, or there is no such file", original.__name__)
            return original(*args, **kwargs)
        return _found(original, given, args, kwargs, document["commit"], is_file=is_file)

    return download


class _Given(Dict[str, Any]):
    """Arguments by their names; those that the installed version does not have are None."""

    def __missing__(self, name: str) -> None:
        return None


def _present(original: Function, given: Mapping[str, Any]) -> Any:
    """The file of an exact commit that is in the cache: it takes no program to find it. Else None."""
    if not is_commit(given["revision"]) or given["force_download"] or given["local_dir"] is not None:
        return None
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return original(**{**given, "local_files_only": True})
    except (LocalEntryNotFoundError, ValueError):
        return None


def _found(original: Function, given: Mapping[str, Any], args: Any, kwargs: Any, commit: str, *, is_file: bool) -> Any:
    """What `original` returns for files that are in place."""
    if not is_file and given["local_dir"] is not None:
        _note_revision(given, commit)
        return os.path.realpath(local_folder(given["local_dir"]))
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return original(**{**given, "revision": commit, "local_files_only": True, "force_download": False})
    except LocalEntryNotFoundError as error:
        logger.warning("huggingface_hub does not find what was pulled, and downloads it again: %s", error)
        return original(*args, **kwargs)


def _repo_folder(given: Mapping[str, Any]) -> str:
    """The repository's folder in the cache."""
    from huggingface_hub.file_download import repo_folder_name

    name = repo_folder_name(repo_id=given["repo_id"], repo_type=given["repo_type"] or "model")
    return os.path.join(cache_folder(given["cache_dir"]), name)


def _note_revision(given: Mapping[str, Any], commit: str) -> None:
    """Notes in the cache what a branch or tag stands for, as huggingface_hub does also when the files go elsewhere: so
    it finds the commit of a folder while the hub is away."""
    if is_commit(given["revision"]):
        return
    path = os.path.join(_repo_folder(given), "refs", given["revision"] or "main")
    new = f"{path}.{os.getpid()}-{threading.get_ident()}.tmp"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(new, "w") as file:
            file.write(commit)
        os.replace(new, path)
    except OSError as error:
        logger.warning("the revision is not noted in the cache: %s", error)
