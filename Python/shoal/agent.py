"""`shoal.status` and `shoal.stop`: the agent of this user, by its control API."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from .errors import AgentNotRunning, ShoalError

#: How long the agent may take to answer, and to end, in seconds.
_PATIENCE = 10.0


def status() -> dict[str, Any]:
    """What the agent does: addresses, transfers, peers, bytes by source (docs/agent.md has the members).

    Raises AgentNotRunning, or ShoalError when the agent refuses.
    """
    return _ask("GET", "/v1/status")


def stop() -> None:
    """Ends the agent; returns when it has ended. Its pulls are cancelled, and go on from there another time.

    Raises AgentNotRunning, or ShoalError when the agent refuses, or does not end.
    """
    _ask("POST", "/v1/stop")
    deadline = time.monotonic() + _PATIENCE
    while _is_running():
        if time.monotonic() > deadline:
            raise ShoalError("the agent does not end", code="timed_out", hint="its log is agent.log in its folder")
        time.sleep(0.05)


def _folder() -> str:
    own = os.environ.get("SHOAL_AGENT_DIR")
    if own:
        return own
    state = os.environ.get("XDG_STATE_HOME")
    return os.path.join(state or os.path.expanduser("~/.local/state"), "shoal", "agent")


def _is_running() -> bool:
    """Whether somebody holds the lock that a running agent holds."""
    try:
        with open(os.path.join(_folder(), "agent.lock"), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _ask(method: str, path: str) -> dict[str, Any]:
    if not _is_running():
        raise AgentNotRunning(f"no agent runs (looked in {_folder()})", hint="start it with `shoal start`")
    try:
        with open(os.path.join(_folder(), "agent.json"), encoding="utf-8") as file:
            address = str(json.load(file)["url"])
        with open(os.path.join(_folder(), "token"), encoding="utf-8") as file:
            token = file.read().strip()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AgentNotRunning(f"the agent does not say where it is: {error}", hint="it may be starting") from error
    request = urllib.request.Request(address + path, method=method, headers={"Authorization": f"Bearer {token}"})
    # The agent is on this machine: no proxy of the environment has anything to do with it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_PATIENCE) as reply:
            answer = json.load(reply)
    except urllib.error.HTTPError as error:
        raise _refusal(error) from None
    except OSError as error:
        raise ShoalError(f"the agent at {address} does not answer: {error}", code="unreachable") from error
    return answer if isinstance(answer, dict) else {}


def _refusal(error: urllib.error.HTTPError) -> ShoalError:
    document: Any = None
    with error, contextlib.suppress(OSError, ValueError):
        document = json.load(error)
    if not isinstance(document, dict):
        document = {}
    words = str(document.get("error", f"the agent answers with HTTP {error.code}"))
    code = str(document.get("code", "failed"))
    return ShoalError(words, code=code, hint=document.get("hint"), status=error.code)
