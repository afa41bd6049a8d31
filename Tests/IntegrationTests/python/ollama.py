"""Makes the requests that Ollama makes for `ollama pull`, in their order: ollama.py BASE NS/REPO:TAG FOLDER [cut].

The manifest, then for each layer HEAD for the size, GET whose body is left unread to learn the address, and ranges, up to
16 at once, into a sparse file beside which the progress of each part is kept. With `cut` every part stops half way and the
exit code is 3; the next run goes on there. At the end the digests of all layers are compared. Prints the manifest.
PART_BYTES is the least size of a part, 100 MB in the original.
"""

import concurrent.futures
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlparse

base, name, folder = sys.argv[1:4]
isCut = sys.argv[4:] == ["cut"]
repo, tag = name.rsplit(":", 1)
root = Path(folder)
root.mkdir(parents=True, exist_ok=True)
LEAST = int(os.environ.get("PART_BYTES", "100000000"))
MOST = 1_000_000_000
AGENT = {"User-Agent": "ollama/0.9.0 (amd64 linux) Go/go1.24.1"}


def ask(method, path, **headers):
    parsed = urlparse(base)
    connection = HTTPConnection(parsed.hostname, parsed.port, timeout=60)
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    connection.request(method, path, headers=AGENT | named)
    return connection, connection.getresponse()


def parts(size):
    step = min(max(size // 16, LEAST), MOST)
    return [(start, min(start + step, size)) for start in range(0, size, step)]


def fetch(path, target, part, done):
    start, end = part
    position = start + done
    stop = start + (end - start) // 2 if isCut else end
    if position >= stop:
        return position - start
    connection, reply = ask("GET", path, Range=f"bytes={position}-{end - 1}")
    assert reply.status == 206, (reply.status, path)
    assert int(reply.headers["Content-Length"]) == end - position
    with open(target, "r+b") as file:
        file.seek(position)
        while position < stop:
            piece = reply.read(min(256 << 10, stop - position))
            assert piece, "closed short"
            file.write(piece)
            position += len(piece)
    reply.close()
    connection.close()
    return position - start


def blob(layer):
    digest = layer["digest"]
    target = root / digest.replace(":", "-")
    if target.exists():
        return
    path = f"/v2/{repo}/blobs/{digest}"
    partial, notes = Path(f"{target}-partial"), Path(f"{target}-notes")
    if notes.exists():
        saved = [tuple(entry) for entry in json.loads(notes.read_text())]
    else:
        connection, reply = ask("HEAD", path)
        assert reply.status == 200, (reply.status, path)
        size = int(reply.headers["Content-Length"])
        assert size == layer["size"], (size, layer)
        saved = [(part, 0) for part in parts(size)]
        partial.write_bytes(b"")
        os.truncate(partial, size)
        connection.close()
    connection, reply = ask("GET", path)
    assert reply.status == 200, reply.status
    # The body is left alone.
    reply.close()
    connection.close()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(lambda entry: fetch(path, partial, entry[0], entry[1]), saved))
    if isCut:
        notes.write_text(json.dumps([[part, count] for (part, _), count in zip(saved, counts)]))
        return
    with open(partial, "rb") as file:
        assert "sha256:" + hashlib.file_digest(file, "sha256").hexdigest() == digest, "digest mismatch"
    os.rename(partial, target)
    notes.unlink(missing_ok=True)


connection, reply = ask(
    "GET", f"/v2/{repo}/manifests/{tag}", Accept="application/vnd.docker.distribution.manifest.v2+json"
)
text = reply.read()
if reply.status >= 400:
    print(f"{reply.status}: {text.decode()}", file=sys.stderr)
    sys.exit(1)
manifest = json.loads(text)
assert manifest["schemaVersion"] == 2
assert manifest["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
for layer in manifest["layers"] + [manifest["config"]]:
    blob(layer)
if isCut:
    sys.exit(3)
config = json.loads((root / manifest["config"]["digest"].replace(":", "-")).read_text())
assert config["model_format"] == "gguf", config
print(json.dumps(manifest | {"configuration": config}))
