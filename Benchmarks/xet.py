"""Moves the files of a plan with hf_xet alone: xet.py push|pull PLAN. A process of its own in the benchmarks."""

import json
import sys

import hf_xet


def main():
    verb, path = sys.argv[1:]
    with open(path) as file:
        plan = json.load(file)
    session = hf_xet.XetSession()
    access = {
        "endpoint": plan["endpoint"], "token": plan["token"], "token_expiry_unix_secs": plan["expiry"]}
    if verb == "push":
        commit = session.new_upload_commit(**access)
        for name in plan["files"]:
            commit.start_upload_file(name, sha256=hf_xet.COMPUTE_SHA256)
        commit.wait_to_finish()
    else:
        group = session.new_file_download_group(**access)
        for name, file_hash, size in plan["files"]:
            group.start_download_file(hf_xet.XetFileInfo(file_hash, size), name)
        group.wait_to_finish()


main()
