"""The arguments of huggingface_hub's download functions as a pull of Shoal's."""

from __future__ import annotations

import inspect
import os
import re
from typing import Any, Mapping, Optional

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.utils import build_hf_headers

from ..command import PullCommand


class Left(Exception):
    """Why a call is left to huggingface_hub."""


#: Arguments that are looked at here; any other one must have its default.
_UNDERSTOOD = frozenset(
    "repo_id filename subfolder repo_type revision cache_dir local_dir library_name library_version user_agent "
    "force_download etag_timeout token local_files_only headers endpoint tqdm_class dry_run allow_patterns "
    "ignore_patterns max_workers".split()
)

_COMMIT = re.compile(r"[0-9a-f]{40}")
#: First parts of an id that are not a namespace to the program.
_RESERVED = frozenset(["models", "datasets", "spaces", "kernels", "buckets"])
_MAJOR = int(huggingface_hub.__version__.split(".")[0])


def is_commit(revision: Any) -> bool:
    """Whether a revision names a commit by its full hash, or was resolved to one."""
    return isinstance(revision, str) and _COMMIT.fullmatch(getattr(revision, "resolved", revision)) is not None


def local_folder(path: Any) -> str:
    """A folder as the installed huggingface_hub understands it: `~` stands for the home only in newer versions."""
    text = str(os.fspath(path))
    return os.path.abspath(os.path.expanduser(text) if _MAJOR >= 2 else text)


def cache_folder(path: Any) -> str:
    """The folder of the cache that an argument `cache_dir` means."""
    return _folder(constants.HF_HUB_CACHE if path is None else path)


def command_for(given: Mapping[str, Any], signature: inspect.Signature, *, is_file: bool) -> PullCommand:
    """The pull for a call with these arguments, defaults included. Raises Left with the reason where there is none."""
    _check(given, signature)
    command = PullCommand(
        repo=_repo(given["repo_id"]),
        repo_type=_repo_type(given["repo_type"]),
        revision=_revision(given["revision"]),
        local_dir=None if given["local_dir"] is None else _folder(given["local_dir"]),
        force=bool(given["force_download"]),
        endpoint=_endpoint(given["endpoint"]),
    )
    if is_file:
        command.file = _path(given["subfolder"], given["filename"])
    else:
        command.include = _patterns(given["allow_patterns"], may_be_empty=False)
        command.exclude = _patterns(given["ignore_patterns"], may_be_empty=True)
        command.max_workers = _workers(given["max_workers"])
    command.variables.update(
        {
            "HF_HUB_CACHE": cache_folder(given["cache_dir"]),
            "HF_HUB_ETAG_TIMEOUT": _timeout(given["etag_timeout"]),
            # This process may have been told otherwise since it started, and the settings file may say anything.
            "HF_HUB_OFFLINE": "0",
            "TRANSFORMERS_OFFLINE": None,
            "HF_HUB_DISABLE_XET": "1" if constants.HF_HUB_DISABLE_XET else "0",
        }
    )
    if not hasattr(constants, "HF_HUB_DISABLE_SHARED_BLOBS"):
        # An older huggingface_hub has no blobs that repositories share, and would not count them when it clears up.
        command.variables["HF_HUB_DISABLE_SHARED_BLOBS"] = "1"
    _introduce(command, given)
    return command


def _check(given: Mapping[str, Any], signature: inspect.Signature) -> None:
    """Calls that move nothing, and arguments that are not known here."""
    for name, value in given.items():
        if name not in _UNDERSTOOD and value != signature.parameters[name].default:
            raise Left(f"the argument {name}")
    if given["local_files_only"] or constants.HF_HUB_OFFLINE:
        raise Left("nothing is to be downloaded")
    if given["dry_run"]:
        raise Left("a dry run")
    if _has_own_client():
        raise Left("the process has its own HTTP client")


def _has_own_client() -> bool:
    """Whether somebody has given huggingface_hub another way to the network: a proxy, a login, a recorder of tests."""
    from huggingface_hub.utils import _http

    for current, usual in (
        ("_GLOBAL_CLIENT_FACTORY", "default_client_factory"),
        ("_GLOBAL_BACKEND_FACTORY", "_default_backend_factory"),
    ):
        if getattr(_http, current, None) is not getattr(_http, usual, None):
            return True
    return False


def _repo(repo_id: Any) -> str:
    if not isinstance(repo_id, str) or not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", repo_id):
        raise Left("not the id of a repository")
    if repo_id.split("/")[0] in _RESERVED:
        raise Left("the id says a type")
    return repo_id


def _repo_type(repo_type: Any) -> str:
    if repo_type not in (None, "model", "dataset", "space"):
        raise Left(f"the repository type {repo_type}")
    return repo_type or "model"


def _revision(revision: Any) -> Optional[str]:
    if revision is None:
        return str(constants.DEFAULT_REVISION)
    if not isinstance(revision, str) or not revision:
        raise Left("not a revision")
    return str(getattr(revision, "resolved", revision))


def _path(subfolder: Any, filename: Any) -> str:
    if not isinstance(filename, str) or not isinstance(subfolder, (str, type(None))):
        raise Left("not the path of a file")
    path = f"{subfolder}/{filename}" if subfolder else filename
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise Left("not the path of a file")
    if "\\" in path or "\0" in path:
        raise Left("no path of a repository")
    return path


def _patterns(patterns: Any, *, may_be_empty: bool) -> list[str]:
    if patterns is None:
        return []
    if not isinstance(patterns, (str, list, tuple, set, frozenset)):
        # An iterator can be read once, and whoever the call is left to wants to read it too.
        raise Left("patterns that are no list")
    listed = [patterns] if isinstance(patterns, str) else list(patterns)
    if not all(isinstance(pattern, str) and pattern and "\0" not in pattern for pattern in listed):
        raise Left("not patterns")
    if not listed and not may_be_empty:
        raise Left("no pattern, so no file")
    return listed


def _workers(count: Any) -> Optional[int]:
    if count is None:
        return None
    if not isinstance(count, int) or count < 1:
        raise Left("not a number of workers")
    return min(count, 256)


def _folder(path: Any) -> str:
    text = os.fspath(path)
    if not isinstance(text, str) or not text:
        raise Left("not a folder")
    if text.startswith("~") and _MAJOR == 1:
        raise Left("what ~ means depends on the version")
    return local_folder(text)


def _endpoint(endpoint: Any) -> str:
    """Always said, so that the settings file does not send the program elsewhere than huggingface_hub goes."""
    text = constants.ENDPOINT if endpoint is None else endpoint
    if not isinstance(text, str) or not text or "," in text:
        raise Left("not the address of a hub")
    if "@" in text:
        raise Left("the address has a password, which others could read among the program's arguments")
    return text


def _timeout(timeout: Any) -> str:
    if timeout is None or constants.HF_HUB_ETAG_TIMEOUT != constants.DEFAULT_ETAG_TIMEOUT:
        timeout = constants.HF_HUB_ETAG_TIMEOUT
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout <= 0:
        raise Left("not a time")
    return str(float(timeout))


def _introduce(command: PullCommand, given: Mapping[str, Any]) -> None:
    """Whose token is sent, and who asks: both as huggingface_hub decides it."""
    try:
        headers = build_hf_headers(
            token=given["token"],
            library_name=given["library_name"],
            library_version=given["library_version"],
            user_agent=given["user_agent"],
            headers=given["headers"],
        )
    except Exception as error:
        # A token is demanded and there is none; huggingface_hub says so.
        raise Left(f"its headers: {error}") from error
    names = {name.lower(): value for name, value in headers.items()}
    if set(names) - {"authorization", "user-agent"}:
        raise Left("headers")
    scheme, _, token = names.get("authorization", "").partition(" ")
    if scheme and (scheme.lower() != "bearer" or not token.strip()):
        raise Left("an authorization that is no token")
    command.use_token(token.strip() if scheme else None)
    origin = os.environ.get("HF_HUB_USER_AGENT_ORIGIN") or "huggingface_hub"
    parts = [part.strip() for part in names.get("user-agent", "").split(";")]
    said = [origin, *(part for part in parts if part and part != f"origin/{origin}")]
    text = "; ".join(said)
    command.variables["HF_HUB_USER_AGENT_ORIGIN"] = "".join(c for c in text if " " <= c <= "~")
