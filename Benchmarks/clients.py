"""What a push and a pull are for each client."""

import json
import os
from pathlib import Path

from cas import CAS
from processes import HF, PYTHON, SHOAL, client_environment, run

REPOSITORY = "bench/model"
#: Shoal beside the program that users of Python's client type, and beside the library that moves its bytes.
PROGRAM, LIBRARY = ("shoal", "hf"), ("shoal", "hf_xet")


def push(side, hub, home, what, repository=REPOSITORY, endpoint=None):
    """Pushes a file or a folder and returns what that took. hf_xet makes no commit."""
    environment = client_environment(home, hub, endpoint)
    os.sync()
    return run(push_command(side, hub, home, what, repository), environment)


def push_command(side, hub, home, what, repository=REPOSITORY):
    if side == "shoal":
        return [SHOAL, "push", repository, what]
    if side == "hf":
        return [HF, "upload", repository, what, what.name if what.is_file() else "."]
    files = [what] if what.is_file() else sorted(what.iterdir())
    return _xet("push", CAS(hub, "write", repository), home, list(map(str, files)))


def pull(side, hub, home, repository=REPOSITORY, endpoint=None):
    """Pulls a repository and returns what that took. hf_xet is told beforehand which files there are."""
    environment = client_environment(home, hub, endpoint)
    command = pull_command(side, hub, home, repository)
    os.sync()
    return run(command, environment)


def pull_command(side, hub, home, repository):
    if side == "shoal":
        return [SHOAL, "pull", repository]
    if side == "hf":
        return [HF, "download", repository]
    cas = CAS(hub, "read", repository)
    return _xet("pull", cas, home, [(str(home / name), file_hash, size) for name, file_hash, size in cas.files()])


def _xet(verb, cas, home, files):
    plan = home / "plan.json"
    plan.write_text(json.dumps({"endpoint": cas.url, "token": cas.token, "expiry": cas.expiry, "files": files}))
    return [PYTHON, Path(__file__).parent / "xet.py", verb, plan]
