"""Prints what huggingface_hub finds in a cache folder as JSON, with the numbers that `hf cache ls` turns into words."""

import json
import sys

from huggingface_hub import scan_cache_dir

info = scan_cache_dir(sys.argv[1])
repos = [
    {
        "id": repo.cache_id,
        "repo_id": repo.repo_id,
        "repo_type": repo.repo_type,
        "size": repo.size_on_disk,
        "files": repo.nb_files,
        "last_accessed": repo.last_accessed,
        "last_modified": repo.last_modified,
        "refs": sorted(repo.refs),
    }
    for repo in sorted(info.repos, key=lambda repo: repo.cache_id)
]
revisions = [
    {
        "id": repo.cache_id,
        "repo_id": repo.repo_id,
        "repo_type": repo.repo_type,
        "revision": revision.commit_hash,
        "snapshot_path": str(revision.snapshot_path),
        "size": revision.size_on_disk,
        "files": revision.nb_files,
        "last_modified": revision.last_modified,
        "refs": sorted(revision.refs),
    }
    for repo in sorted(info.repos, key=lambda repo: repo.cache_id)
    for revision in sorted(repo.revisions, key=lambda revision: revision.commit_hash)
]
print(
    json.dumps(
        {
            "repos": repos,
            "revisions": revisions,
            "size": info.size_on_disk,
            "warnings": len(info.warnings),
            "incomplete": sorted(str(file.file_path) for file in info.incomplete_files),
        }
    )
)
