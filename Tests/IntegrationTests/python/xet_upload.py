"""Uploads files to the CAS of a model repository with hf_xet alone, without a commit: xet_upload.py REPO FILE...

Prints what deduplication did, as JSON. An error goes to stderr with its type, exit code 1.
"""

import json
import os
import sys
import urllib.request

import hf_xet


def write_token(repo: str) -> dict:
    request = urllib.request.Request(
        f"{os.environ['HF_ENDPOINT']}/api/models/{repo}/xet-write-token/main",
        headers={"Authorization": "Bearer " + os.environ["HF_TOKEN"]},
    )
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def main() -> int:
    repo, paths = sys.argv[1], sys.argv[2:]
    access = write_token(repo)
    try:
        commit = hf_xet.XetSession().new_upload_commit(
            endpoint=access["casUrl"], token=access["accessToken"], token_expiry_unix_secs=access["exp"]
        )
        for path in paths:
            commit.start_upload_file(path)
        metrics = commit.wait_to_finish().dedup_metrics
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    names = [name for name in dir(metrics) if not name.startswith("_")]
    print(json.dumps({name: getattr(metrics, name) for name in names}))
    return 0


sys.exit(main())
