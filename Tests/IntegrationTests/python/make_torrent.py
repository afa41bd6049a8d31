"""Writes v1 torrents as others might: make_torrent.py OUTPUT NAME JSON [FOLDER].

JSON is a list of paths, each a list of names; their content is that of FOLDER, or ten bytes each without one. Nothing
is checked: hostile torrents are made by it too.
"""

import hashlib
import json
import os
import sys

PIECE = 16384


def bencoded(value) -> bytes:
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    return b"d" + b"".join(bencoded(key) + bencoded(value[key]) for key in sorted(value)) + b"e"


def content(path) -> bytes:
    if len(sys.argv) < 5:
        return b"0123456789"
    with open(os.path.join(sys.argv[4], *path), "rb") as file:
        return file.read()


paths = json.loads(sys.argv[3])
parts = [content(path) for path in paths]
whole = b"".join(parts)
pieces = b"".join(hashlib.sha1(whole[start : start + PIECE]).digest() for start in range(0, len(whole), PIECE))
files = [{"length": len(part), "path": path} for path, part in zip(paths, parts)]
info = {"name": sys.argv[2], "piece length": PIECE, "pieces": pieces, "files": files}
with open(sys.argv[1], "wb") as output:
    output.write(bencoded({"info": info}))
