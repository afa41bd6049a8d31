"""Makes every call of the client that has to do with files, repositories and accounts, and says how each went.

matrix.py PREFIX: HF_ENDPOINT is the hub, HF_TOKEN the token of alice, BOB_TOKEN that of bob, who is a stranger to her.
Repositories are called PREFIX-something. Prints a JSON list of {"call", "result"}; the result is "ok", "absent" for a
call that this version of the client does not have, or what went wrong. Runs with huggingface_hub 0.36 and 2.4.
"""

import inspect
import io
import json
import os
import random
import sys
import tempfile
import traceback
from pathlib import Path

import huggingface_hub
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
    HfFileSystem,
    ModelCard,
    hf_hub_download,
    hf_hub_url,
    snapshot_download,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

prefix = sys.argv[1]
api = HfApi()
bob = HfApi(token=os.environ["BOB_TOKEN"])
nobody = HfApi(token=False)
random.seed(prefix)
# Far above what git takes, and no two alike.
BIG = random.randbytes(3_000_000)
OTHER = random.randbytes(400_000)
MODEL = f"alice/{prefix}-model"
DATASET = f"alice/{prefix}-dataset"
SPACE = f"alice/{prefix}-space"
CARD = "---\nlicense: mit\ntags:\n- tiny\nlibrary_name: shoal\n---\n# A model\n"
rows = []
state = {}


def call(name):
    def run(body):
        try:
            result = body() or "ok"
        except Exception as error:  # noqa: BLE001: the row shows it
            where = traceback.extract_tb(error.__traceback__)
            line = next((f.lineno for f in reversed(where) if f.filename == __file__), 0)
            result = f"line {line}: {type(error).__name__}: {str(error)[:300]}"
        rows.append({"call": name, "result": result})
        return body

    return run


def raises(kind, body, status=None):
    try:
        body()
    except kind as error:
        if status is not None:
            assert error.response.status_code == status, f"status {error.response.status_code}, not {status}"
        return error
    raise AssertionError(f"no {kind.__name__}")


def takes(function, parameter):
    return parameter in inspect.signature(function).parameters


def read(repo, path, client=api, **options):
    with tempfile.TemporaryDirectory() as cache:
        return Path(client.hf_hub_download(repo, path, cache_dir=cache, **options)).read_bytes()


def folder(files):
    root = Path(tempfile.mkdtemp())
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


# Accounts


@call("whoami")
def _():
    me = api.whoami()
    assert me["name"] == "alice" and me["type"] == "user" and me["auth"]["accessToken"]["role"], me
    # The older line raises an HTTPError of its own making.
    raises(Exception, lambda: HfApi(token="hf_wrong").whoami())


@call("auth_check")
def _():
    api.create_repo(f"alice/{prefix}-check", private=True)
    api.auth_check(f"alice/{prefix}-check")
    raises(RepositoryNotFoundError, lambda: bob.auth_check(f"alice/{prefix}-check"))


# Repositories


@call("create_repo")
def _():
    url = api.create_repo(MODEL)
    assert url.repo_id == MODEL and url.repo_type == "model", url
    raises(HfHubHTTPError, lambda: api.create_repo(MODEL), 409)
    assert api.create_repo(MODEL, exist_ok=True).repo_id == MODEL
    raises(HfHubHTTPError, lambda: bob.create_repo(f"alice/{prefix}-stolen"), 403)


@call("create_repo (dataset, space)")
def _():
    assert api.create_repo(DATASET, repo_type="dataset").repo_type == "dataset"
    assert api.create_repo(SPACE, repo_type="space", space_sdk="static").repo_type == "space"


@call("repo_exists, revision_exists, file_exists")
def _():
    assert api.repo_exists(MODEL) and not api.repo_exists(MODEL + "x")
    assert api.revision_exists(MODEL, "main") and not api.revision_exists(MODEL, "nope")
    assert api.file_exists(MODEL, ".gitattributes") and not api.file_exists(MODEL, "nope")


# Uploads


@call("upload_file (small)")
def _():
    commit = api.upload_file(path_or_fileobj=b"small", path_in_repo="a/small.txt", repo_id=MODEL)
    assert len(commit.oid) == 40 and commit.commit_url.endswith(commit.oid), commit
    assert read(MODEL, "a/small.txt") == b"small"


@call("upload_file (large: path, bytes, file object)")
def _():
    path = folder({"big.bin": BIG}) / "big.bin"
    api.upload_file(path_or_fileobj=path, path_in_repo="big.bin", repo_id=MODEL)
    api.upload_file(path_or_fileobj=OTHER, path_in_repo="bytes.bin", repo_id=MODEL)
    api.upload_file(path_or_fileobj=io.BytesIO(OTHER[::-1]), path_in_repo="object.bin", repo_id=MODEL)
    assert read(MODEL, "big.bin") == BIG
    assert read(MODEL, "bytes.bin") == OTHER
    assert read(MODEL, "object.bin") == OTHER[::-1]


@call("upload_file (unchanged)")
def _():
    before = api.model_info(MODEL).sha
    api.upload_file(path_or_fileobj=OTHER, path_in_repo="bytes.bin", repo_id=MODEL)
    assert api.model_info(MODEL).sha == before


@call("upload_folder (README, patterns, delete)")
def _():
    root = folder({"README.md": CARD.encode(), "w/1.bin": BIG[:900_000], "w/2.txt": b"2", "skip.tmp": b""})
    api.upload_folder(repo_id=MODEL, folder_path=root, ignore_patterns="*.tmp")
    files = api.list_repo_files(MODEL)
    assert {"README.md", "w/1.bin", "w/2.txt"} <= set(files) and "skip.tmp" not in files, files
    (root / "w/2.txt").unlink()
    api.upload_folder(repo_id=MODEL, folder_path=root / "w", path_in_repo="w", delete_patterns="*.txt")
    assert "w/2.txt" not in api.list_repo_files(MODEL)


@call("upload_folder (dataset, space)")
def _():
    for repo, kind in ((DATASET, "dataset"), (SPACE, "space")):
        api.upload_folder(repo_id=repo, repo_type=kind, folder_path=folder({"d/x.csv": b"a,b\n1,2\n", "y.bin": OTHER}))
        assert read(repo, "y.bin", repo_type=kind) == OTHER


@call("upload_large_folder")
def _():
    if not hasattr(api, "upload_large_folder"):
        return "absent"
    root = folder({"l/1.bin": random.randbytes(300_000), "l/2.txt": b"2"})
    api.upload_large_folder(repo_id=MODEL, repo_type="model", folder_path=root, print_report=False)
    assert "l/1.bin" in api.list_repo_files(MODEL)


@call("create_commit (add, copy, delete)")
def _():
    api.create_commit(
        MODEL,
        [
            CommitOperationAdd("n/new.txt", b"new"),
            CommitOperationCopy("big.bin", "n/copy.bin"),
            CommitOperationCopy("a/small.txt", "n/copy.txt"),
            CommitOperationDelete("object.bin"),
        ],
        commit_message="Several things",
        commit_description="at once",
    )
    assert read(MODEL, "n/copy.bin") == BIG and read(MODEL, "n/copy.txt") == b"small"
    assert not api.file_exists(MODEL, "object.bin")


@call("create_commit (parent_commit)")
def _():
    head = api.model_info(MODEL).sha
    api.create_commit(MODEL, [CommitOperationAdd("p.txt", b"1")], commit_message="p", parent_commit=head)
    stale = [CommitOperationAdd("p.txt", b"2")]
    raises(
        HfHubHTTPError, lambda: api.create_commit(MODEL, stale, commit_message="q", parent_commit=head), 412)


@call("create_commit (no right to write)")
def _():
    operations = [CommitOperationAdd("x", b"x")]
    raises(HfHubHTTPError, lambda: bob.create_commit(MODEL, operations, commit_message="x"), 403)


@call("delete_file, delete_files, delete_folder")
def _():
    root = folder({"x/1.txt": b"1", "x/2.txt": b"2", "y/3.txt": b"3", "z.txt": b"4"})
    api.upload_folder(repo_id=MODEL, folder_path=root, path_in_repo="gone")
    api.delete_file("gone/z.txt", MODEL)
    api.delete_folder("gone/x", MODEL)
    api.delete_files(MODEL, ["gone/y/*"])
    assert not [f for f in api.list_repo_files(MODEL) if f.startswith("gone/")]


# Downloads


@call("hf_hub_download (cache, again, by commit)")
def _():
    with tempfile.TemporaryDirectory() as cache:
        first = hf_hub_download(MODEL, "big.bin", cache_dir=cache)
        assert Path(first).read_bytes() == BIG
        assert hf_hub_download(MODEL, "big.bin", cache_dir=cache) == first
        sha = api.model_info(MODEL).sha
        assert hf_hub_download(MODEL, "big.bin", cache_dir=cache, revision=sha, local_files_only=True) == first


@call("snapshot_download (patterns, local_dir)")
def _():
    with tempfile.TemporaryDirectory() as root:
        path = snapshot_download(MODEL, cache_dir=root + "/c", allow_patterns=["*.bin"], ignore_patterns="n/*")
        found = {str(p.relative_to(path)) for p in Path(path).rglob("*") if p.is_file()}
        assert "big.bin" in found and "n/copy.bin" not in found and "README.md" not in found, found
        snapshot_download(MODEL, cache_dir=root + "/c", local_dir=root + "/l")
        assert (Path(root) / "l/big.bin").read_bytes() == BIG
        snapshot_download(MODEL, cache_dir=root + "/c", local_dir=root + "/l")


@call("snapshot_download (dry run)")
def _():
    if not takes(snapshot_download, "dry_run"):
        return "absent"
    with tempfile.TemporaryDirectory() as cache:
        plan = snapshot_download(MODEL, cache_dir=cache, dry_run=True)
        assert any(f.filename == "big.bin" and f.file_size == len(BIG) for f in plan), plan


@call("get_hf_file_metadata")
def _():
    facts = api.get_hf_file_metadata(url=hf_hub_url(MODEL, "big.bin", endpoint=os.environ["HF_ENDPOINT"]))
    assert facts.size == len(BIG) and len(facts.etag) == 64 and len(facts.commit_hash) == 40, facts
    assert facts.xet_file_data is not None


# Listings


@call("model_info, dataset_info, space_info")
def _():
    info = api.model_info(MODEL, files_metadata=True)
    big = next(s for s in info.siblings if s.rfilename == "big.bin")
    assert big.size == len(BIG) and big.lfs["sha256"] if isinstance(big.lfs, dict) else big.lfs.sha256, big
    assert "tiny" in info.tags and info.library_name == "shoal" and info.card_data["license"] == "mit", info
    assert info.author == "alice" and info.created_at and info.last_modified and info.gated is False
    assert api.dataset_info(DATASET).sha and api.space_info(SPACE).sha


@call("model_info (expand)")
def _():
    info = api.model_info(MODEL, expand=["sha", "siblings", "createdAt", "gated"])
    assert info.sha and info.siblings and info.created_at


@call("list_repo_files, list_repo_tree")
def _():
    top = list(api.list_repo_tree(MODEL))
    assert any(e.path == "n" and hasattr(e, "tree_id") for e in top)
    deep = list(api.list_repo_tree(MODEL, path_in_repo="n", recursive=True, expand=True))
    assert {e.path for e in deep} == {"n/new.txt", "n/copy.bin", "n/copy.txt"}, deep
    assert all(e.last_commit and e.last_commit.title for e in deep), deep
    raises(EntryNotFoundError, lambda: list(api.list_repo_tree(MODEL, path_in_repo="nope")))


@call("get_paths_info")
def _():
    infos = api.get_paths_info(MODEL, ["big.bin", "n", "nope"], expand=True)
    assert {i.path for i in infos} == {"big.bin", "n"}, infos


@call("list_repo_commits")
def _():
    commits = api.list_repo_commits(MODEL, formatted=True)
    assert commits[-1].title and commits[0].commit_id == api.model_info(MODEL).sha
    assert any(c.title == "Several things" and "at once" in c.message for c in commits), commits


@call("list_models, list_datasets, list_spaces")
def _():
    for listing, repo in (
        (api.list_models, MODEL),
        (api.list_datasets, DATASET),
        (api.list_spaces, SPACE),
    ):
        name = repo.split("/")[1]
        assert [r.id for r in listing(search=name)] == [repo], list(listing(search=name))
        assert repo in [r.id for r in listing(author="alice", limit=500)]
        assert repo in [r.id for r in listing(author="alice", sort="lastModified" if listing else None, full=True)]
    assert f"alice/{prefix}-check" not in [r.id for r in nobody.list_models(author="alice")]
    assert MODEL in [r.id for r in api.list_models(filter="tiny")]


# Branches, tags, history


@call("create_branch, delete_branch")
def _():
    api.create_branch(MODEL, branch="feat/x")
    api.upload_file(path_or_fileobj=b"on x", path_in_repo="x.txt", repo_id=MODEL, revision="feat/x")
    assert read(MODEL, "x.txt", revision="feat/x") == b"on x"
    assert not api.file_exists(MODEL, "x.txt")
    raises(HfHubHTTPError, lambda: api.create_branch(MODEL, branch="feat/x"), 409)
    api.create_branch(MODEL, branch="feat/x", exist_ok=True)
    api.delete_branch(MODEL, branch="feat/x")
    raises(RevisionNotFoundError, lambda: read(MODEL, "x.txt", revision="feat/x"))


@call("create_tag, delete_tag")
def _():
    api.create_tag(MODEL, tag="v1.0", tag_message="first")
    assert read(MODEL, "a/small.txt", revision="v1.0") == b"small"
    raises(HfHubHTTPError, lambda: api.create_tag(MODEL, tag="v1.0"), 409)
    assert [t.name for t in api.list_repo_refs(MODEL).tags] == ["v1.0"]
    api.delete_tag(MODEL, tag="v1.0")
    raises(RevisionNotFoundError, lambda: api.delete_tag(MODEL, tag="v1.0"))


@call("pull requests: create, commit, list, merge")
def _():
    operations = [CommitOperationAdd("pr.txt", b"from a request")]
    commit = api.create_commit(MODEL, operations, commit_message="A request", create_pr=True)
    assert commit.pr_url and commit.pr_num, commit
    number = commit.pr_num
    assert read(MODEL, "pr.txt", revision=f"refs/pr/{number}") == b"from a request"
    api.upload_file(
        path_or_fileobj=b"more", path_in_repo="pr2.txt", repo_id=MODEL, revision=f"refs/pr/{number}")
    refs = api.list_repo_refs(MODEL, include_pull_requests=True)
    assert [p.ref for p in refs.pull_requests] == [f"refs/pr/{number}"], refs
    assert [d.num for d in api.get_repo_discussions(MODEL)] == [number]
    details = api.get_discussion_details(MODEL, number)
    assert details.is_pull_request and details.title == "A request" and details.status == "open", details
    api.comment_discussion(MODEL, number, comment="looks good")
    api.merge_pull_request(MODEL, number)
    assert read(MODEL, "pr.txt") == b"from a request" and read(MODEL, "pr2.txt") == b"more"
    assert api.get_discussion_details(MODEL, number).status == "merged"


@call("create_pull_request, change_discussion_status")
def _():
    request = api.create_pull_request(MODEL, title="Empty", description="nothing yet")
    assert request.status in ("draft", "open"), request
    api.change_discussion_status(MODEL, request.num, "closed")
    assert api.get_discussion_details(MODEL, request.num).status == "closed"


@call("super_squash_history")
def _():
    repo = f"alice/{prefix}-squash"
    api.create_repo(repo)
    for number in range(3):
        api.upload_file(path_or_fileobj=b"%d" % number, path_in_repo="n", repo_id=repo)
    api.super_squash_history(repo)
    assert len(api.list_repo_commits(repo)) == 1 and read(repo, "n") == b"2"


# Administration


@call("update_repo_settings (private, gated)")
def _():
    repo = f"alice/{prefix}-settings"
    api.create_repo(repo)
    api.upload_file(path_or_fileobj=b"1", path_in_repo="n", repo_id=repo)
    api.update_repo_settings(repo, private=True) if takes(api.update_repo_settings, "private") else (
        api.update_repo_settings(repo, visibility="private"))
    assert api.model_info(repo).private is True
    for client in (bob, nobody):
        raises(RepositoryNotFoundError, lambda: read(repo, "n", client))
    api.update_repo_settings(repo, private=False) if takes(api.update_repo_settings, "private") else (
        api.update_repo_settings(repo, visibility="public"))
    api.update_repo_settings(repo, gated="manual")
    assert api.model_info(repo).gated == "manual"
    for client in (bob, nobody):
        raises(GatedRepoError, lambda: read(repo, "n", client))
    state["gated"] = repo


@call("access requests of a gated repository")
def _():
    repo = state["gated"]
    assert list(api.list_pending_access_requests(repo)) == []
    api.grant_access(repo, "bob")
    assert read(repo, "n", bob) == b"1"
    assert [r.username for r in api.list_accepted_access_requests(repo)] == ["bob"]
    api.reject_access_request(repo, "bob", rejection_reason=None)
    raises(GatedRepoError, lambda: read(repo, "n", bob))


@call("move_repo")
def _():
    old, new = f"alice/{prefix}-old", f"alice/{prefix}-new"
    api.create_repo(old)
    api.upload_file(path_or_fileobj=OTHER[:200_000], path_in_repo="n.bin", repo_id=old)
    api.move_repo(old, new)
    assert read(new, "n.bin") == OTHER[:200_000]
    assert read(old, "n.bin") == OTHER[:200_000], "the old name leads to the new one"
    assert api.model_info(old).id == new


@call("delete_repo")
def _():
    repo = f"alice/{prefix}-bin"
    api.create_repo(repo)
    api.delete_repo(repo)
    raises(RepositoryNotFoundError, lambda: api.model_info(repo))
    raises(RepositoryNotFoundError, lambda: api.delete_repo(repo))
    api.delete_repo(repo, missing_ok=True)


@call("list_lfs_files, permanently_delete_lfs_files")
def _():
    repo = f"alice/{prefix}-lfs"
    api.create_repo(repo)
    api.upload_file(path_or_fileobj=OTHER[:150_000], path_in_repo="n.bin", repo_id=repo)
    files = list(api.list_lfs_files(repo))
    assert [f.filename for f in files] == ["n.bin"] and files[0].size == 150_000, files
    api.permanently_delete_lfs_files(repo, files)
    assert "n.bin" not in api.list_repo_files(repo)


# Cards, file system


@call("ModelCard load and push")
def _():
    card = ModelCard.load(MODEL)
    assert card.data.license == "mit"
    card.data.license = "apache-2.0"
    if huggingface_hub.__version__ < "1":
        # Its push asks huggingface.co whether the card is right, whatever the endpoint.
        api.upload_file(path_or_fileobj=str(card).encode(), path_in_repo="README.md", repo_id=MODEL)
    else:
        card.push_to_hub(MODEL)
    assert ModelCard.load(MODEL).data.license == "apache-2.0"
    broken = b"---\nlicense: [unclosed\n---\n"
    raises(Exception, lambda: api.upload_file(path_or_fileobj=broken, path_in_repo="README.md", repo_id=MODEL))


@call("HfFileSystem: ls, find, glob, info, ranges")
def _():
    fs = HfFileSystem(skip_instance_cache=True)
    assert MODEL + "/big.bin" in fs.ls(MODEL, detail=False)
    assert MODEL + "/n/copy.bin" in fs.find(MODEL)
    assert set(fs.glob(MODEL + "/n/*.txt")) == {MODEL + "/n/new.txt", MODEL + "/n/copy.txt"}
    assert fs.info(MODEL + "/big.bin")["size"] == len(BIG)
    with fs.open(MODEL + "/big.bin", "rb", block_size=2**16) as file:
        file.seek(1_234_567)
        assert file.read(1000) == BIG[1_234_567:1_235_567]
    ranges = fs.cat_ranges([MODEL + "/big.bin"] * 2, [0, 2_999_990], [10, 3_000_000])
    assert ranges == [BIG[:10], BIG[2_999_990:]]
    assert fs.cat_file("datasets/" + DATASET + "/d/x.csv") == b"a,b\n1,2\n"


@call("HfFileSystem: write, copy, move, remove")
def _():
    fs = HfFileSystem(skip_instance_cache=True)
    with fs.open(MODEL + "/fs/written.bin", "wb") as file:
        file.write(OTHER)
    assert read(MODEL, "fs/written.bin") == OTHER
    fs.cp_file(MODEL + "/fs/written.bin", MODEL + "/fs/copied.bin")
    assert read(MODEL, "fs/copied.bin") == OTHER
    fs.mv(MODEL + "/fs/copied.bin", MODEL + "/fs/moved.bin")
    fs.rm(MODEL + "/fs/written.bin")
    assert fs.ls(MODEL + "/fs", detail=False) == [MODEL + "/fs/moved.bin"]


@call("get_safetensors_metadata")
def _():
    header = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(24)
    api.upload_file(path_or_fileobj=content, path_in_repo="model.safetensors", repo_id=MODEL)
    assert api.get_safetensors_metadata(MODEL).parameter_count == {"F32": 6}


# What libraries on top of the client do


@call("probing as transformers and datasets do")
def _():
    with tempfile.TemporaryDirectory() as cache:
        raises(EntryNotFoundError, lambda: hf_hub_download(MODEL, "adapter_config.json", cache_dir=cache))
        marker = [p for p in Path(cache).rglob("adapter_config.json") if ".no_exist" in str(p)]
        assert marker, "a missing file is remembered"
    raises(EntryNotFoundError, lambda: list(api.list_repo_tree(DATASET, "data", repo_type="dataset")))
    raises(RevisionNotFoundError, lambda: read(MODEL, "README.md", revision="nope"))
    raises(RepositoryNotFoundError, lambda: read("alice/never", "README.md"))


@call("nobody reads a private repository, or learns of it")
def _():
    private = f"alice/{prefix}-check"
    missing = f"alice/{prefix}-missing"
    for client, status in ((bob, 404), (nobody, 401)):
        for repo in (private, missing):
            error = raises(RepositoryNotFoundError, lambda: client.model_info(repo))
            assert error.response.status_code == status, error.response.status_code


json.dump({"version": huggingface_hub.__version__, "rows": rows}, sys.stdout)
