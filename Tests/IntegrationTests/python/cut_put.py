"""Starts an LFS upload that goes wrong: cut_put.py BATCH_URL TOKEN FILE BYTES [wait].

Asks for an upload of the file and sends that many of its bytes. Closes the connection then or, told to wait, when the
hub does.
"""

import hashlib
import http.client
import json
import pathlib
import sys
import urllib.parse
import urllib.request

url, token, path, count, *rest = sys.argv[1:]
content = pathlib.Path(path).read_bytes()
body = {"operation": "upload", "objects": [{"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}]}
request = urllib.request.Request(
    url, json.dumps(body).encode(), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
)
with urllib.request.urlopen(request) as reply:
    target = urllib.parse.urlsplit(json.load(reply)["objects"][0]["actions"]["upload"]["href"])
connection = http.client.HTTPConnection(target.netloc)
connection.putrequest("PUT", f"{target.path}?{target.query}")
connection.putheader("Content-Length", str(len(content)))
connection.endheaders()
try:
    connection.send(content[: int(count)])
    if rest == ["wait"]:
        print(connection.getresponse().status)
except (OSError, http.client.HTTPException):
    print("cut")
connection.close()
