"""Goes back to commits that no branch leads to any more, while a collection may take them: revert.py REPO SECONDS.

The repository must not exist. Whatever the hub acknowledges must be readable with the right bytes, again and again.
Prints how often it could go back and how often the commit had gone.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from huggingface_hub import CommitOperationCopy, HfApi
from huggingface_hub.errors import BadRequestError, EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError

repo, seconds = sys.argv[1], float(sys.argv[2])
api = HfApi()
api.create_repo(repo)
kept = gone = turn = 0
deadline = time.monotonic() + seconds


def read(revision):
    with tempfile.TemporaryDirectory(dir=os.environ["HF_HOME"]) as cache:
        return Path(api.hf_hub_download(repo, "x.bin", revision=revision, cache_dir=cache)).read_bytes()


def upload():
    # A collection without grace may take what waits for its commit. The client then goes on believing that the hub has
    # those bytes, so the next try has others.
    for _ in range(40):
        content = random.randbytes(150_000)
        try:
            return api.upload_file(path_or_fileobj=content, path_in_repo="x.bin", repo_id=repo).oid, content
        except (BadRequestError, RuntimeError) as error:
            assert any(word in str(error) for word in ("has not been uploaded", "upload again", "upload it again")), error
    raise AssertionError("no upload came through")


while time.monotonic() < deadline:
    turn += 1
    old, first = upload()
    upload()
    api.super_squash_history(repo)
    time.sleep(random.random() * 0.15)
    try:
        if turn % 2:
            api.create_branch(repo, branch="back", revision=old)
            back = "back"
        else:
            copy = CommitOperationCopy("x.bin", "x.bin", src_revision=old)
            api.create_commit(repo, [copy], commit_message="Go back")
            back = "main"
    except (EntryNotFoundError, RevisionNotFoundError, HfHubHTTPError) as error:
        assert error.response.status_code < 500, error
        gone += 1
        continue
    kept += 1
    for _ in range(2):
        assert read(back) == first, f"turn {turn}: other bytes on {back}"
        time.sleep(0.05)
    if back == "back":
        api.delete_branch(repo, branch="back")
print(kept, gone)
