"""Makes calls of huggingface_hub one after another, so that a proxy can tell which requests each of them makes.

sequences.py plain|xet MODEL: HF_ENDPOINT is a proxy that counts. Before each call `GET /mark/NAME` says what follows.
MODEL is the repository's id; it must not exist yet. Calls that this version of the client does not have are left out.
"""

import io
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from huggingface_hub import (
    CommitOperationCopy,
    HfApi,
    HfFileSystem,
    _CACHED_NO_EXIST,
    hf_hub_download,
    snapshot_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

mode, model = sys.argv[1:]
name = model.split("/")[1]
api = HfApi()
root = Path(tempfile.mkdtemp(dir=os.environ["HF_HOME"]))
random.seed(name)
LARGE = random.randbytes(300_000)
OTHER = random.randbytes(200_000)
PARTS = random.randbytes(5_000_000)
(root / "model.bin").write_bytes(LARGE)
(root / "parts.bin").write_bytes(PARTS)


def mark(text):
    urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/mark/" + urllib.request.quote(text)).read()


def missing(body):
    try:
        body()
    except (EntryNotFoundError, LocalEntryNotFoundError):
        return
    raise AssertionError("nothing was missing")


def hf(*arguments):
    program = str(Path(sys.executable).parent / "hf")
    subprocess.run([sys.executable, program, *arguments], check=True, stdout=subprocess.DEVNULL)


def folder(**files):
    made = Path(tempfile.mkdtemp(dir=root))
    for file, content in files.items():
        (made / file.replace("__", "/").replace("_", ".")).parent.mkdir(parents=True, exist_ok=True)
        (made / file.replace("__", "/").replace("_", ".")).write_bytes(content)
    return made


def snapshot(**options):
    return snapshot_download(model, max_workers=1, **options)


def uploads():
    mark("create_repo")
    api.create_repo(model)
    mark("create_repo, exists")
    api.create_repo(model, exist_ok=True)
    mark("README before a push")
    missing(lambda: hf_hub_download(model, "README.md", cache_dir=root / "push"))
    mark("upload_file, small")
    api.upload_file(path_or_fileobj=b'{"a": 1}\n', path_in_repo="config.json", repo_id=model)
    mark("upload_file, large")
    api.upload_file(path_or_fileobj=root / "model.bin", path_in_repo="model.bin", repo_id=model)
    mark("upload_file, stored already")
    api.upload_file(path_or_fileobj=root / "model.bin", path_in_repo="again.bin", repo_id=model)
    mark("upload_file, unchanged")
    api.upload_file(path_or_fileobj=root / "model.bin", path_in_repo="model.bin", repo_id=model)
    mark("upload_file, file object")
    api.upload_file(path_or_fileobj=io.BytesIO(OTHER[::-1]), path_in_repo="object.bin", repo_id=model)
    if mode == "plain":
        mark("upload_file, multipart")
        api.upload_file(path_or_fileobj=root / "parts.bin", path_in_repo="parts.bin", repo_id=model)
    mark("upload_folder")
    files = folder(README_md=b"# A model\n", d__x_txt=b"x", d__y_bin=OTHER)
    api.upload_folder(repo_id=model, folder_path=files, delete_patterns="object.bin")
    mark("upload_file, create_pr")
    api.upload_file(path_or_fileobj=b"pr", path_in_repo="pr.txt", repo_id=model, create_pr=True)
    if mode == "xet":
        mark("upload_folder, create_pr")
        api.upload_folder(repo_id=model, folder_path=folder(p_txt=b"p"), create_pr=True)
        return
    mark("delete_file")
    api.delete_file("again.bin", model)
    mark("delete_folder")
    api.delete_folder("d", model)
    mark("delete_files")
    api.delete_files(model, ["par*"])
    mark("copy")
    operations = [CommitOperationCopy("model.bin", "copy.bin"), CommitOperationCopy("config.json", "copy.json")]
    api.create_commit(model, operations, commit_message="Copy")
    mark("branch")
    api.create_branch(model, branch="feat/x")
    mark("hf_hub_download of a branch and of a pull request")
    hf_hub_download(model, "config.json", cache_dir=root / "branch", revision="feat/x")
    hf_hub_download(model, "pr.txt", cache_dir=root / "branch", revision="refs/pr/1")
    mark("tag")
    api.create_tag(model, tag="v1", tag_message="first")
    mark("delete branch and tag")
    api.delete_tag(model, tag="v1")
    api.delete_branch(model, branch="feat/x")
    mark("hf upload to a new branch")
    hf("upload", model, str(root / "model.bin"), "dev.bin", "--revision", "dev")


def downloads():
    cache = root / "one"
    mark("hf_hub_download")
    hf_hub_download(model, "config.json", cache_dir=cache)
    mark("hf_hub_download again")
    hf_hub_download(model, "config.json", cache_dir=cache)
    mark("model_info")
    sha = api.model_info(model).sha
    mark("hf_hub_download by commit, cached")
    hf_hub_download(model, "config.json", cache_dir=cache, revision=sha)
    mark("hf_hub_download of a large file")
    hf_hub_download(model, "model.bin", cache_dir=cache)
    mark("hf_hub_download, missing")
    missing(lambda: hf_hub_download(model, "nope.json", cache_dir=cache))
    mark("known to be missing")
    assert try_to_load_from_cache(model, "nope.json", cache_dir=cache, revision=sha) is _CACHED_NO_EXIST
    cache = root / "all"
    mark("snapshot_download")
    snapshot(cache_dir=cache)
    mark("snapshot_download again")
    snapshot(cache_dir=cache)
    mark("snapshot_download, local_dir after the cache")
    snapshot(cache_dir=cache, local_dir=root / "local")
    if mode == "xet":
        return
    if "dry_run" in snapshot_download.__annotations__:
        mark("snapshot_download, dry run")
        snapshot(cache_dir=root / "dry", dry_run=True)
    mark("file_exists, repo_exists, revision_exists")
    assert api.file_exists(model, "model.bin") and api.repo_exists(model) and api.revision_exists(model, "main")
    if hasattr(api, "resolve_revision"):
        mark("resolve_revision")
        api.resolve_revision(model)


def file_system():
    def new():
        return HfFileSystem(skip_instance_cache=True, use_listings_cache=False)

    path = model + "/model.bin"
    mark("ls")
    new().ls(model)
    mark("open and read")
    with new().open(path, "rb") as file:
        file.seek(1000)
        assert file.read(10) == LARGE[1000:1010]
    mark("open as a stream and read")
    with new().open(path, "rb", block_size=0) as file:
        assert file.read() == LARGE
    mark("cat_ranges")
    assert new().cat_ranges([path, path], [0, 299_990], [10, 300_000]) == [LARGE[:10], LARGE[-10:]]
    mark("cat_file")
    assert new().cat_file(path) == LARGE
    mark("get_file")
    new().get_file(path, str(root / "got.bin"))
    assert (root / "got.bin").read_bytes() == LARGE


def probes():
    """What transformers and datasets ask (their own lists of requests, made with the same calls)."""
    mark("additional_chat_templates")
    missing(lambda: list(api.list_repo_tree(model, path_in_repo="additional_chat_templates")))
    dataset = f"alice/{name}-data"
    table = b"a,b\n" + b"1,2\n" * 50_000 + OTHER
    mark("dataset, created and filled")
    api.create_repo(dataset, repo_type="dataset")
    api.upload_file(path_or_fileobj=table, path_in_repo="train.parquet", repo_id=dataset, repo_type="dataset")
    cache, kind = root / "data", {"repo_type": "dataset"}
    mark("dataset, README at main")
    missing(lambda: hf_hub_download(dataset, "README.md", cache_dir=cache, **kind))
    mark("dataset, info")
    sha = api.dataset_info(dataset).sha
    mark("dataset, scripts and infos")
    for file in (f"{name}-data.py", ".huggingface.yaml", "dataset_infos.json"):
        missing(lambda file=file: hf_hub_download(dataset, file, cache_dir=cache, revision=sha, **kind))
    mark("dataset, revision")
    api.dataset_info(dataset, revision=sha)
    mark("dataset, tree of data")
    missing(lambda: list(api.list_repo_tree(dataset, "data", revision=sha, **kind)))
    mark("dataset, tree")
    list(api.list_repo_tree(dataset, revision=sha, **kind))
    mark("dataset, streaming")
    fs = HfFileSystem(skip_instance_cache=True, use_listings_cache=False)
    with fs.open(f"datasets/{dataset}@{sha}/train.parquet", "rb", block_size=65_536) as file:
        file.seek(len(table) - 8)
        assert file.read() == table[-8:]
        file.seek(4)
        assert file.read(4) == table[4:8]
    mark("dataset, table")
    hf_hub_download(dataset, "train.parquet", cache_dir=cache, revision=sha, **kind)


def renamed():
    mark("move_repo")
    api.move_repo(model, model + "-new")
    mark("hf_hub_download of a renamed repository")
    hf_hub_download(model, "config.json", cache_dir=root / "renamed")


uploads()
downloads()
file_system()
probes()
if mode == "plain":
    renamed()
