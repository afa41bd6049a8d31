"""Serves the files of torrents below a folder: web_seed.py good|half|lies FOLDER.

Prints its port, then the path and range of each request. `half` breaks every second reply off in the middle; `lies` sends
wrong bytes.
"""

import http.server
import itertools
import os
import re
import sys
import urllib.parse

CONDUCT, ROOT = sys.argv[1], os.path.realpath(sys.argv[2])
COUNT = itertools.count(1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = os.path.normpath(ROOT + "/" + urllib.parse.unquote(self.path))
        if not path.startswith(ROOT + "/") or not os.path.isfile(path):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        with open(path, "rb") as file:
            content = file.read()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(asked[1]), int(asked[2] or len(content) - 1)) if asked else (0, len(content) - 1)
        body = content[first : last + 1]
        if CONDUCT == "lies":
            body = bytes(byte ^ 0xFF for byte in body)
        print(f"{self.path} {first}-{last}", flush=True)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if CONDUCT == "half" and next(COUNT) % 2 == 0:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
