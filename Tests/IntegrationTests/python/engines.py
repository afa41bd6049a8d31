"""Makes the calls with which programs load a model by huggingface_hub: engines.py transformers|vllm|sglang REPO SOURCE.

SOURCE is the folder that was pushed; what comes is compared with it byte by byte.
"""

import filecmp
import os
import sys
from pathlib import Path

from huggingface_hub import HfApi, HfFileSystem, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub import _CACHED_NO_EXIST
from huggingface_hub.errors import EntryNotFoundError

engine, repo, source = sys.argv[1:]
api = HfApi()
AGENT = {"transformers": "5.23.0", "python": "3.12", "file_type": "model"}


def same(path, name):
    assert filecmp.cmp(path, Path(source) / name, shallow=False), name


def missing(body):
    try:
        body()
    except EntryNotFoundError:
        return
    raise AssertionError("nothing was missing")


def transformers():
    commit = api.model_info(repo).sha
    for round in range(2):
        same(hf_hub_download(repo, "config.json", revision=commit, user_agent=AGENT), "config.json")
        same(hf_hub_download(repo, "tokenizer_config.json", revision=commit, user_agent=AGENT), "tokenizer_config.json")
        missing(lambda: list(api.list_repo_tree(repo, "additional_chat_templates", revision=commit)))
        tree = [entry.path for entry in api.list_repo_tree(repo, revision=commit, recursive=True)]
        assert "model.safetensors" in tree, tree
        for name in ["tokenizer.model", "added_tokens.json", "chat_template.jinja", "generation_config.json"]:
            if try_to_load_from_cache(repo, name, revision=commit) is not _CACHED_NO_EXIST:
                assert round == 0, name
                missing(lambda: hf_hub_download(repo, name, revision=commit, user_agent=AGENT))
        same(hf_hub_download(repo, "model.safetensors", revision=commit, user_agent=AGENT), "model.safetensors")


def listed():
    return HfFileSystem().ls(repo, detail=False, revision="main")


def vllm():
    assert api.file_exists(repo, "config.json") and not api.file_exists(repo, "params.json")
    assert "model.safetensors" in api.list_repo_files(repo)
    same(hf_hub_download(repo, "config.json"), "config.json")
    assert any(name.endswith(".safetensors") for name in listed())
    folder = snapshot_download(repo, allow_patterns=["*.safetensors"], revision="main", max_workers=8)
    same(Path(folder) / "model.safetensors", "model.safetensors")
    missing(lambda: hf_hub_download(repo, "model.safetensors.index.json"))
    # The header of a file is looked at without the file.
    found = api.get_safetensors_metadata(repo)
    assert found.files_metadata, found


def sglang():
    assert any(name.endswith(".safetensors") for name in listed())
    wanted = {"allow_patterns": ["*.safetensors", "*.bin", "*.json"], "ignore_patterns": ["original/**/*"]}
    folder = snapshot_download(repo, revision=None, **wanted)
    for name in ["model.safetensors", "config.json", "tokenizer_config.json"]:
        same(Path(folder) / name, name)
    assert not (Path(folder) / "original").exists()
    same(snapshot_download(repo, local_files_only=True, **wanted) + "/config.json", "config.json")
    with HfFileSystem().open(f"{repo}/model.safetensors", "rb", block_size=1 << 20) as file:
        file.seek(1_000_003)
        part = file.read(2_000_000)
    with open(Path(source) / "model.safetensors", "rb") as file:
        file.seek(1_000_003)
        assert part == file.read(2_000_000)


{"transformers": transformers, "vllm": vllm, "sglang": sglang}[engine]()
assert not (Path(os.environ["HF_HOME"]) / "xet" / "chunk-cache").exists()
