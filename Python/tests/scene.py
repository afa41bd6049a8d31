"""What the tests pull: makes repositories on the hub of HF_ENDPOINT, as alice, with huggingface_hub itself.

Prints `{"commit": …}`, the first commit of alice/model.
"""

from __future__ import annotations

import json
import random

from huggingface_hub import CommitOperationAdd, HfApi

api = HfApi()
chance = random.Random(5)
WEIGHTS = chance.randbytes(1_500_000)
FILES = {
    "README.md": b"---\nlicense: mit\n---\n# A model\n",
    "config.json": b'{"model_type": "tiny"}\n',
    "model.bin": WEIGHTS,
    "empty.txt": b"",
    "names/with space.txt": b"a name with a blank\n",
    "names/Zürich.txt": "ü\n".encode(),
    "names/brackets[1].txt": b"brackets\n",
    "-dash.txt": b"looks like an option\n",
    "onnx/model.onnx": chance.randbytes(300_000),
    "onnx/quantized/model.onnx": chance.randbytes(100_000),
}


def make(repo: str, files: dict[str, bytes], **settings: object) -> str:
    api.create_repo(repo, **settings)
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    kind = settings.get("repo_type")
    return api.create_commit(repo, operations, commit_message="The files", repo_type=kind).oid


first = make("alice/model", FILES)
api.create_tag("alice/model", tag="v1")
api.create_branch("alice/model", branch="feat/x")
api.upload_file(repo_id="alice/model", path_in_repo="only-here.txt", path_or_fileobj=b"x\n", revision="feat/x")
api.upload_file(repo_id="alice/model", path_in_repo="config.json", path_or_fileobj=b'{"newer": true}\n')
api.upload_file(repo_id="alice/model", path_in_repo="in-pr.txt", path_or_fileobj=b"pr\n", create_pr=True)
make("alice/data", {"train.csv": b"a,b\n1,2\n", "parts/0.bin": chance.randbytes(200_000)}, repo_type="dataset")
make("alice/space", {"app.py": b"print()\n"}, repo_type="space", space_sdk="static")
make("alice/private", {"config.json": b"{}\n", "model.bin": chance.randbytes(90_000)}, private=True)
make("alice/gated", {"config.json": b"{}\n"})
api.update_repo_settings("alice/gated", gated="manual")
# Long enough on the way that it can be interrupted.
make("alice/large", {"model.bin": chance.randbytes(48_000_000)})
print(json.dumps({"commit": first}))
