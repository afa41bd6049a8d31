"""Makes the requests that llama.cpp makes for `-hf NS/REPO[:TAG]`: llama_cpp.py new|old BASE NS/REPO[:TAG] TARGET.

`new` lists branches and the commit's tree and chooses by itself; `old` asks `/v2/…/manifests/` for the file's name. Then
HEAD, GET, and after half of the file another GET for the rest. HF_TOKEN goes with them as it does there. Prints the path
of the file in the repository.
"""

import json
import os
import re
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlparse

line, base, name, target = sys.argv[1:]
repo, _, tag = name.partition(":")
token = os.environ.get("HF_TOKEN", "")


def ask(method, path, **headers):
    parsed = urlparse(base)
    connection = HTTPConnection(parsed.hostname, parsed.port, timeout=60)
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    named["User-Agent"] = "llama-cpp/b6700" if line == "new" else "llama-cpp"
    if re.fullmatch(r"hf_[A-Za-z0-9]{34,}", token) or (line == "old" and token):
        named["Authorization"] = f"Bearer {token}"
    connection.request(method, path, headers=named)
    return connection, connection.getresponse()


def document(path, **headers):
    connection, reply = ask("GET", path, **headers)
    assert reply.status == 200, (reply.status, path, reply.read())
    return json.loads(reply.read())


def chosen(paths):
    left_out = ("mmproj", "imatrix", "mtp-", "eagle3-", "dflash-", "dspark-")
    models = [path for path in paths if path.endswith(".gguf") and not any(word in path for word in left_out)]
    for wanted in [tag] if tag else ["Q4_K_M", "Q8_0"]:
        for path in models:
            if re.search(re.escape(wanted) + r"[.-]", path, re.IGNORECASE):
                return path
    assert not tag, "no such tag"
    return models[0]


if line == "new":
    refs = document(f"/api/models/{repo}/refs")
    commit = next(branch["targetCommit"] for branch in refs["branches"] if branch["name"] == "main")
    assert re.fullmatch(r"[0-9a-f]{40}", commit)
    entries = document(f"/api/models/{repo}/tree/{commit}?recursive=true")
    path = chosen([entry["path"] for entry in entries if entry["type"] == "file"])
else:
    manifest = document(f"/v2/{repo}/manifests/{tag or 'latest'}", Accept="application/json")
    assert manifest["ggufFile"]["lfs"]["size"] == manifest["ggufFile"]["size"]
    path, commit = manifest["ggufFile"]["rfilename"], "main"

address = f"/{repo}/resolve/{commit}/{quote(path)}"
connection, reply = ask("HEAD", address)
# A hub behind another host would send it there; its own address must answer by itself.
assert reply.status == 200, (reply.status, reply.headers.items())
size = int(reply.headers["Content-Length"])
etag = reply.headers["ETag"]
assert etag and reply.headers["Accept-Ranges"] == "bytes"
connection.close()
connection, reply = ask("GET", address)
assert reply.status == 200, reply.status
with open(target, "wb") as file:
    while file.tell() < size // 2:
        piece = reply.read(256 << 10)
        assert piece, "closed short"
        file.write(piece)
reply.close()
connection.close()
with open(target, "ab") as file:
    position = file.tell()
    connection, reply = ask("GET", address, Range=f"bytes={position}-")
    assert reply.status == 206, reply.status
    assert reply.headers["Content-Range"] == f"bytes {position}-{size - 1}/{size}"
    assert reply.headers["ETag"] == etag
    while piece := reply.read(1 << 20):
        file.write(piece)
    assert file.tell() == size
print(path)
