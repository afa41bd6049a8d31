"""zest beside Shoal: a seeder and a leecher in a namespace in which huggingface.co is our hub.

zest knows no other hub. Run as a program inside that namespace (zest.py FOLDER HUB), this stands between them: it
answers for every name, and hands requests to HUB.
"""

import json
import os
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from processes import PYTHON, ROOT, BenchmarkSkipped, Server

sys.path.append(str(ROOT / "Tests/IntegrationTests/python"))

HTTP_PORT, PEER_PORT = 19847, 6881
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
CERTIFICATES = """
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=benchmarks' -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj '/CN=huggingface.co' -keyout hf.key -out hf.csr
printf 'subjectAltName=DNS:huggingface.co\\n' > names
openssl x509 -req -in hf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out hf.pem
"""


def program():
    found = sorted(ROOT.glob(".build/venv-zest/lib/python*/site-packages/zest/_bin/zest"))
    if not found:
        raise BenchmarkSkipped("zest is not installed; scripts/setup bench tries to")
    return found[0]


def environment(home, hub):
    """What zest takes its places from. It finds a seeder's door for programs at HTTP_PORT and starts no other."""
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "HF_HOME": str(home / "hf"),
        "ZEST_CACHE_DIR": str(home / "zest"), "ZEST_HTTP_PORT": str(HTTP_PORT), "HF_TOKEN": hub.token}


class HuggingFace(Server):
    """Makes huggingface.co of a hub, for those in a namespace."""

    def __init__(self, node, folder, hub):
        subprocess.run(["sh", "-ec", CERTIFICATES], cwd=folder, check=True, capture_output=True)
        for name, text in (
                ("hosts", "127.0.0.1 localhost huggingface.co\n"), ("resolv.conf", "nameserver 127.0.0.1\n")):
            (folder / name).write_text(text)
            node.bind(folder / name, f"/etc/{name}")
        node.bind(folder / "ca.pem", AUTHORITIES)
        self.start([*node.inside, PYTHON, __file__, folder, hub.url])


class ZestSeeder(Server):
    """Gives what its cache holds to peers."""

    def __init__(self, node, home, hub):
        self.address = f"127.0.0.1:{PEER_PORT}"
        self.process = subprocess.Popen(
            [*node.inside, program(), "serve", "--http-port", str(HTTP_PORT), "--listen-port", str(PEER_PORT)],
            env=environment(home, hub), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait = f"until curl -s -m 1 http://127.0.0.1:{HTTP_PORT}/v1/health; do sleep 0.1; done"
        node.run("timeout", "20", "sh", "-c", wait)

    def __exit__(self, *_):
        # Nothing less ends it.
        self.process.kill()
        self.process.wait()


class Relay(BaseHTTPRequestHandler):
    """Hands requests on; the bytes of xorbs do not come this way."""

    protocol_version = "HTTP/1.1"
    hub = ""

    def log_message(self, *_):
        pass

    def do_GET(self):
        headers = {"Authorization": value} if (value := self.headers.get("Authorization")) else {}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.hub + self.path, headers=headers)) as reply:
                status, kind, body = reply.status, reply.headers.get("Content-Type"), reply.read()
        except urllib.error.HTTPError as error:
            status, kind, body = error.code, "application/json", error.read()
        if status == 200 and "/xet-read-token/" in self.path:
            grant = json.loads(body)
            # zest asks for plans without the version in their address.
            body = json.dumps(grant | {"casUrl": grant["casUrl"] + "/v1"}, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind or "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    from zest_world import answer_names

    folder, Relay.hub = Path(sys.argv[1]), sys.argv[2]
    answer_names()
    server = ThreadingHTTPServer(("127.0.0.1", 443), Relay)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "hf.pem", folder / "hf.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
