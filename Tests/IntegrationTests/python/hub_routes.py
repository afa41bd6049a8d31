"""Drives the routes of a hub with the unmodified client: hub_routes.py SCENARIO.

HF_ENDPOINT is the hub and HF_TOKEN the token of alice; BOB_TOKEN is that of bob, who is nobody here. The scenario
works in repositories of its own. An unmet expectation is an AssertionError, exit code 1.
"""

import json
import os
import random
import sys
import tempfile
import warnings
from pathlib import Path

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    HfFileSystem,
    hf_hub_download,
    snapshot_download,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

api = HfApi()
bob = HfApi(token=os.environ["BOB_TOKEN"])
nobody = HfApi(token=False)
# Far above what git would take, and different in every scenario.
random.seed(" ".join(sys.argv))
BIG = random.randbytes(700_000)


def raises(kind, call, status=None):
    try:
        call()
    except kind as error:
        if status is not None:
            assert error.response.status_code == status, error
        return error
    raise AssertionError(f"no {kind.__name__}")


def new(name, **options):
    api.create_repo(f"alice/{name}", **options)
    return f"alice/{name}"


def folder(files):
    root = Path(tempfile.mkdtemp())
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def read(repo, path, client=api, **options):
    with tempfile.TemporaryDirectory() as cache:
        return Path(client.hf_hub_download(repo, path, cache_dir=cache, **options)).read_bytes()


def refs():
    repo = new("refs")
    first = api.model_info(repo).sha
    api.upload_file(path_or_fileobj=b"one", path_in_repo="a.txt", repo_id=repo)
    api.create_branch(repo, branch="feat/x", revision=first)
    raises(HfHubHTTPError, lambda: api.create_branch(repo, branch="feat/x"), 409)
    api.create_branch(repo, branch="feat/x", exist_ok=True)
    raises(HfHubHTTPError, lambda: api.create_branch(repo, branch="refs/pr/5"), 400)
    raises(RevisionNotFoundError, lambda: api.create_branch(repo, branch="y", revision="nope"))
    api.upload_file(path_or_fileobj=b"two", path_in_repo="b.txt", repo_id=repo, revision="feat/x")
    assert read(repo, "b.txt", revision="feat/x") == b"two"
    raises(EntryNotFoundError, lambda: read(repo, "b.txt"))
    api.create_tag(repo, tag="v1", revision="feat/x", tag_message="first")
    raises(HfHubHTTPError, lambda: api.create_tag(repo, tag="v1"), 409)
    api.create_tag(repo, tag="v1", exist_ok=True)
    found = api.list_repo_refs(repo, include_pull_requests=True)
    assert [b.name for b in found.branches] == ["feat/x", "main"], found
    assert [t.name for t in found.tags] == ["v1"] and found.pull_requests == []
    assert api.revision_exists(repo, "v1") and not api.revision_exists(repo, "v2")
    assert read(repo, "b.txt", revision="v1") == b"two"
    api.delete_branch(repo, branch="feat/x")
    raises(RevisionNotFoundError, lambda: api.delete_branch(repo, branch="feat/x"))
    raises(HfHubHTTPError, lambda: api.delete_branch(repo, branch="main"), 403)
    api.delete_tag(repo, tag="v1")
    raises(RevisionNotFoundError, lambda: api.delete_tag(repo, tag="v1"))
    commits = api.list_repo_commits(repo, formatted=True)
    assert [c.title for c in commits] == ["Upload a.txt with huggingface_hub", "initial commit"], commits
    assert commits[0].authors == ["alice"] and commits[0].formatted_title == commits[0].title
    for index in range(55):
        api.create_commit(repo, [CommitOperationAdd("n", str(index).encode())], commit_message=f"c{index}")
    assert len(api.list_repo_commits(repo)) == 57
    api.super_squash_history(repo, commit_message="All")
    assert [c.title for c in api.list_repo_commits(repo)] == ["All"]
    assert read(repo, "n") == b"54"


def lifecycle():
    repo = new("life", private=True)
    raises(HfHubHTTPError, lambda: api.create_repo(repo), 409)
    assert api.create_repo(repo, exist_ok=True).repo_id == repo
    raises(HfHubHTTPError, lambda: api.create_repo("bob/x"), 403)
    api.upload_folder(repo_id=repo, folder_path=folder({"d/big.bin": BIG, "a.txt": "a"}))
    raises(RepositoryNotFoundError, lambda: bob.model_info(repo))
    raises(RepositoryNotFoundError, lambda: nobody.model_info(repo))
    raises(RepositoryNotFoundError, lambda: nobody.hf_hub_download(repo, "a.txt"))
    api.update_repo_settings(repo, private=False)
    assert read(repo, "d/big.bin", client=bob) == BIG
    raises(HfHubHTTPError, lambda: bob.update_repo_settings(repo, private=True), 403)
    raises(HfHubHTTPError, lambda: bob.delete_repo(repo), 403)

    copy = api.duplicate_repo(repo, "alice/life-copy")
    assert copy.repo_id == "alice/life-copy" and read("alice/life-copy", "d/big.bin") == BIG
    raises(HfHubHTTPError, lambda: api.duplicate_repo(repo, "alice/life-copy"), 409)

    api.move_repo(repo, "alice/moved")
    assert api.model_info(repo).id == "alice/moved"
    assert read(repo, "d/big.bin") == BIG
    with tempfile.TemporaryDirectory() as cache:
        path = Path(snapshot_download(repo, cache_dir=cache))
        assert (path / "d/big.bin").read_bytes() == BIG
    api.upload_file(path_or_fileobj=b"b", path_in_repo="b.txt", repo_id=repo)
    assert read("alice/moved", "b.txt") == b"b"
    raises(HfHubHTTPError, lambda: api.move_repo("alice/moved", "alice/life-copy"), 409)
    api.delete_repo("alice/moved")
    raises(RepositoryNotFoundError, lambda: api.delete_repo("alice/moved"))
    api.delete_repo("alice/moved", missing_ok=True)
    assert not api.repo_exists("alice/moved") and not api.repo_exists(repo)
    api.auth_check("alice/life-copy", write=True)
    raises(HfHubHTTPError, lambda: bob.auth_check("alice/life-copy", write=True), 403)


def commits():
    repo = new("commits")
    big = folder({"big.bin": BIG})
    api.upload_file(path_or_fileobj=big / "big.bin", path_in_repo="big.bin", repo_id=repo)
    head = api.model_info(repo).sha
    same = api.upload_file(path_or_fileobj=big / "big.bin", path_in_repo="big.bin", repo_id=repo)
    assert same.oid == head
    done = api.create_commit(
        repo,
        [
            CommitOperationAdd("d/text.txt", b"text"),
            CommitOperationCopy("big.bin", "copies/big.bin"),
            CommitOperationAdd("old.txt", b"old"),
        ],
        commit_message="Title",
        commit_description="Why\n\nand how",
        parent_commit=head,
    )
    raises(
        HfHubHTTPError,
        lambda: api.create_commit(repo, [CommitOperationAdd("x", b"x")], commit_message="x", parent_commit=head),
        412,
    )
    assert read(repo, "copies/big.bin") == BIG
    api.create_commit(
        repo,
        [
            CommitOperationDelete("d/"),
            CommitOperationDelete("old.txt"),
            CommitOperationCopy("d/text.txt", "text.txt", src_revision=done.oid),
        ],
        commit_message="Tidy",
    )
    assert sorted(api.list_repo_files(repo)) == [".gitattributes", "big.bin", "copies/big.bin", "text.txt"]
    assert api.list_repo_commits(repo)[1].message == "Why\n\nand how"
    raises(EntryNotFoundError, lambda: api.delete_file("nope", repo))
    api.delete_files(repo, ["*.txt"])
    assert not api.file_exists(repo, "text.txt")
    raises(EntryNotFoundError, lambda: list(api.list_repo_tree(repo, "nope")))

    other = new("commits-copy")
    api.create_commit(
        other,
        [CommitOperationCopy("big.bin", "from/big.bin", src_repo_id=repo, src_repo_type="model")],
        commit_message="Copy from elsewhere",
    )
    assert read(other, "from/big.bin") == BIG

    files = list(api.list_lfs_files(repo))
    assert [(f.size, f.filename) for f in files] == [(len(BIG), "big.bin")], files
    api.permanently_delete_lfs_files(repo, files, rewrite_history=True)
    assert api.list_repo_files(repo) == [".gitattributes"] and list(api.list_lfs_files(repo)) == []
    assert read(other, "from/big.bin") == BIG

    # Without its history the file is gone, and its pointer is all that is left.
    files = list(api.list_lfs_files(other))
    api.permanently_delete_lfs_files(other, files, rewrite_history=False)
    assert read(other, "from/big.bin").startswith(b"version https://git-lfs"), "a pointer"

    for index in range(3):
        api.upload_folder(
            repo_id=repo, folder_path=folder({f"p{index}/f{n}.txt": f"{index} {n}" for n in range(30)})
        )
    tree = list(api.list_repo_tree(repo, recursive=True, expand=True))
    assert len(tree) == 94 and all(entry.last_commit is not None for entry in tree)
    assert tree[-1].security.status == "unscanned"
    infos = api.get_paths_info(repo, ["p0", "p1/f3.txt", "nope"], expand=True)
    assert [i.path for i in infos] == ["p0", "p1/f3.txt"]
    info = api.model_info(repo, files_metadata=True)
    assert {s.rfilename: s.size for s in info.siblings}["p0/f1.txt"] == 3
    assert api.model_info(repo, expand=["sha", "usedStorage"]).used_storage > 0


def discussions():
    repo = new("talk")
    opened = bob.create_discussion(repo, title="Question", description="How?")
    assert opened.num == 1 and opened.status == "open" and opened.events[0].content == "How?"
    comment = api.comment_discussion(repo, 1, "So.")
    assert api.edit_discussion_comment(repo, 1, comment.id, "So it is.").content == "So it is."
    assert bob.rename_discussion(repo, 1, "Answered").new_title == "Answered"
    assert api.change_discussion_status(repo, 1, "closed", comment="Done").new_status == "closed"

    # By a stranger, with a file that git does not take.
    files = folder({"big.bin": BIG, "note.txt": "note"})
    done = bob.upload_folder(repo_id=repo, folder_path=files, create_pr=True, commit_message="Proposal")
    proposed = done.pr_num if hasattr(done, "pr_num") else 2
    assert proposed == 2, done
    raises(EntryNotFoundError, lambda: read(repo, "note.txt"))
    assert read(repo, "big.bin", revision="refs/pr/2") == BIG
    details = api.get_discussion_details(repo, 2)
    assert details.is_pull_request and details.git_reference == "refs/pr/2" and details.author == "bob"
    assert details.target_branch == "refs/heads/main" and details.conflicting_files == []
    assert "+note" in details.diff
    raises(HfHubHTTPError, lambda: bob.merge_pull_request(repo, 2), 403)
    api.merge_pull_request(repo, 2, comment="Thanks")
    assert api.get_discussion_details(repo, 2).merge_commit_oid == api.model_info(repo).sha
    assert read(repo, "big.bin") == BIG and read(repo, "note.txt") == b"note"

    one = api.upload_file(path_or_fileobj=b"1", path_in_repo="note.txt", repo_id=repo, create_pr=True)
    assert one.pr_revision == "refs/pr/3" and one.pr_num == 3
    api.upload_file(path_or_fileobj=b"2", path_in_repo="note.txt", repo_id=repo)
    assert api.get_discussion_details(repo, 3).conflicting_files == ["note.txt"]
    raises(HfHubHTTPError, lambda: api.merge_pull_request(repo, 3), 409)
    api.change_discussion_status(repo, 3, "closed")
    empty = api.create_pull_request(repo, title="Draft")
    assert empty.status == "draft"
    listed = {d.num: d.status for d in api.get_repo_discussions(repo)}
    assert listed == {1: "closed", 2: "merged", 3: "closed", 4: "draft"}, listed
    assert [d.num for d in api.get_repo_discussions(repo, discussion_type="discussion")] == [1]
    assert [r.name for r in api.list_repo_refs(repo, include_pull_requests=True).pull_requests] == ["2", "3", "4"]


def gated():
    repo = new("gated")
    api.upload_folder(repo_id=repo, folder_path=folder({"big.bin": BIG, "a.txt": "a"}))
    api.update_repo_settings(repo, gated="manual")
    assert nobody.model_info(repo).gated == "manual"
    for client, status in [(nobody, 401), (bob, 403)]:
        for path in ["big.bin", "a.txt"]:
            raises(GatedRepoError, lambda: read(repo, path, client=client), status)
        raises(GatedRepoError, lambda: client.snapshot_download(repo, cache_dir=tempfile.mkdtemp()))
        raises(GatedRepoError, lambda: client.auth_check(repo), status)
    assert list(api.list_pending_access_requests(repo)) == []
    raises(HfHubHTTPError, lambda: bob.list_pending_access_requests(repo).__iter__().__next__(), 403)
    api.grant_access(repo, "bob")
    raises(HfHubHTTPError, lambda: api.grant_access(repo, "bob"), 400)
    raises(HfHubHTTPError, lambda: api.grant_access(repo, "nobody"), 404)
    assert [r.username for r in api.list_accepted_access_requests(repo)] == ["bob"]
    assert read(repo, "big.bin", client=bob) == BIG
    bob.auth_check(repo)
    api.reject_access_request(repo, "bob", rejection_reason="no")
    raises(GatedRepoError, lambda: read(repo, "a.txt", client=bob), 403)
    api.accept_access_request(repo, "bob")
    assert read(repo, "a.txt", client=bob) == b"a"
    api.update_repo_settings(repo, gated=False)
    assert read(repo, "a.txt", client=nobody) == b"a"


CARD = """---
license: mit
language: en
tags: [tiny]
pipeline_tag: text-generation
library_name: transformers
---
# Text
"""


def catalogue():
    for name in ["bert-a", "bert-b", "bert-c"]:
        new(name)
    new("hidden-bert", private=True)
    api.create_repo("alice/words", repo_type="dataset")
    api.create_repo("alice/show", repo_type="space", space_sdk="static")
    api.upload_file(path_or_fileobj=CARD.encode(), path_in_repo="README.md", repo_id="alice/bert-b")
    names = lambda client, **options: [m.id for m in client.list_models(**options)]
    assert set(names(bob, search="bert", author="alice")) == {"alice/bert-a", "alice/bert-b", "alice/bert-c"}
    assert "alice/hidden-bert" in names(api, search="bert")
    assert names(bob, search="bert", limit=2, sort="created_at") == ["alice/bert-c", "alice/bert-b"]
    assert names(bob, filter=["tiny", "license:mit"]) == ["alice/bert-b"]
    assert names(bob, pipeline_tag="text-generation") == ["alice/bert-b"]
    assert names(bob, gated=True) == []
    assert [d.id for d in bob.list_datasets(author="alice")] == ["alice/words"]
    assert [s.id for s in bob.list_spaces(author="alice")] == ["alice/show"]
    assert bob.space_info("alice/show").sdk == "static"
    full = list(bob.list_models(search="bert-b", full=True, cardData=True))[0]
    assert full.card_data.license == "mit" and len(full.siblings) == 2
    info = bob.model_info("alice/bert-b")
    assert info.library_name == "transformers" and "license:mit" in info.tags and info.card_data.language == "en"
    header = json.dumps({
        "__metadata__": {"format": "pt"},
        "a": {"dtype": "F16", "shape": [10, 20], "data_offsets": [0, 400]},
        "b": {"dtype": "F32", "shape": [], "data_offsets": [400, 404]},
    }).encode()
    weights = folder({"model.safetensors": len(header).to_bytes(8, "little") + header + bytes(404)})
    api.upload_folder(repo_id="alice/bert-c", folder_path=weights)
    for _ in range(2):
        counted = api.model_info("alice/bert-c").safetensors
        assert counted.total == 201 and counted.parameters == {"F16": 200, "F32": 1}, counted

    own = {r.id: r.visibility for r in api.list_user_repos()}
    assert own["alice/hidden-bert"] == "private" and own["alice/words"] == "public", own
    me = api.whoami()
    assert me["name"] == "alice" and me["type"] == "user" and me["orgs"] == []
    assert api.get_user_overview("alice").num_models == 4
    raises(ValueError, lambda: api.upload_file(
        path_or_fileobj=b"---\na: [\n---\n", path_in_repo="README.md", repo_id="alice/bert-a"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        api.upload_file(path_or_fileobj=b"# bare", path_in_repo="README.md", repo_id="alice/bert-a")
        assert any("empty or missing yaml" in str(w.message) for w in caught)


def filesystem():
    repo = new("files")
    api.upload_folder(repo_id=repo, folder_path=folder({"d/big.bin": BIG, "d/e/a.txt": "text", "b.txt": "b"}))
    fs = HfFileSystem()
    assert sorted(fs.ls(repo, detail=False)) == [f"{repo}/.gitattributes", f"{repo}/b.txt", f"{repo}/d"]
    assert fs.find(f"{repo}/d") == [f"{repo}/d/big.bin", f"{repo}/d/e/a.txt"]
    assert fs.glob(f"{repo}/**/*.txt") == [f"{repo}/b.txt", f"{repo}/d/e/a.txt"]
    assert fs.info(f"{repo}/d/big.bin")["size"] == len(BIG) and fs.isdir(f"{repo}/d/e")
    with fs.open(f"{repo}/d/big.bin", "rb") as file:
        file.seek(600_001)
        assert file.read(1000) == BIG[600_001:601_001]
    assert fs.cat_ranges([f"{repo}/d/big.bin"] * 2, [5, 699_990], [10, 700_000]) == [BIG[5:10], BIG[699_990:]]
    with fs.open(f"{repo}/w/new.txt", "w") as file:
        file.write("written")
    with fs.open(f"{repo}/w/new.bin", "wb") as file:
        file.write(BIG)
    assert fs.cat_file(f"{repo}/w/new.bin") == BIG and fs.read_text(f"{repo}/w/new.txt") == "written"
    fs.cp_file(f"{repo}/d/big.bin", f"{repo}/d/copy.bin")
    fs.mv(f"{repo}/b.txt", f"{repo}/c.txt")
    fs.rm(f"{repo}/d/e", recursive=True)
    fs.invalidate_cache()
    assert fs.find(repo) == [
        f"{repo}/.gitattributes", f"{repo}/c.txt", f"{repo}/d/big.bin", f"{repo}/d/copy.bin",
        f"{repo}/w/new.bin", f"{repo}/w/new.txt",
    ]
    assert fs.exists(f"{repo}@main/c.txt") and not fs.exists(f"{repo}/b.txt")
    raises(FileNotFoundError, lambda: fs.ls("alice/absent"))


SCENARIOS = [refs, lifecycle, commits, discussions, gated, catalogue, filesystem]

if __name__ == "__main__":
    chosen = {scenario.__name__: scenario for scenario in SCENARIOS}[sys.argv[1]]
    chosen()
    print("ok")
