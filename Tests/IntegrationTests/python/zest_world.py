"""A world for zest, which knows no endpoint but huggingface.co: run in namespaces of its own.

zest_world.py relay SOCKET PORT ...       outside: carries connections of Unix sockets to TCP ports
zest_world.py plan ENDPOINT REPO TOKEN FOLDER   outside: writes tree.json and plan.json for the file of a repository
zest_world.py pull FOLDER ZEST SOCKET PORT ... -- ARGUMENT ...
                                          inside: makes huggingface.co out of FOLDER, then runs a pull

FOLDER holds hf.pem, hf.key, ca.pem, tree.json and plan.json. The ports of 127.0.0.1 lead to the sockets. Whoever asks for a xorb by HTTP gets 404 and is noted in FOLDER/asked.
"""
import fcntl, json, os, socket, ssl, struct, subprocess, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def carry(a, b):
    try:
        while data := a.recv(1 << 18):
            b.sendall(data)
    except OSError:
        pass
    for side in (a, b):
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def relay(listener, connect):
    def loop():
        while True:
            near = listener.accept()[0]
            try:
                far = connect()
            except OSError:
                near.close()
                continue
            threading.Thread(target=carry, args=(near, far), daemon=True).start()
            threading.Thread(target=carry, args=(far, near), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


def unix(path):
    side = socket.socket(socket.AF_UNIX)
    side.connect(path)
    return side


def answer_names():
    """Every name is this machine."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def loop():
        while True:
            query, sender = server.recvfrom(1500)
            end = query.index(0, 12) + 5
            isV4 = query[end - 4 : end - 2] == b"\0\1"
            found = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if isV4 else b""
            head = query[:2] + b"\x81\x80\0\1" + struct.pack(">H", 1 if found else 0) + b"\0\0\0\0"
            server.sendto(head + query[12:end] + found, sender)

    threading.Thread(target=loop, daemon=True).start()


def hub(folder):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *arguments):
            pass

        def do_GET(self):
            path, status = self.path.split("?")[0], 200
            if "/tree/" in path:
                body = open(folder + "/tree.json", "rb").read()
            elif "/xet-read-token/" in path:
                body = b'{"accessToken":"t","casUrl":"http://127.0.0.1:8099","exp":%d}' % (time.time() + 3600)
            elif "/revision/" in path:
                body = b'{"_id":"1","id":"t/m","sha":"%s"}' % COMMIT.encode()
            elif "reconstructions/" in path:
                body = open(folder + "/plan.json", "rb").read()
            else:
                status, body = 404, b"{}"
                with open(folder + "/asked", "a") as asked:
                    asked.write(path + "\n")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/hf.pem", folder + "/hf.key")
    for port in (443, 8099):
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        if port == 443:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()


def enter(folder):
    """The loopback interface up, names and the authority in place of the machine's own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as side:
        IFF_UP, SIOCSIFFLAGS = 1, 0x8914
        fcntl.ioctl(side, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    for name, text in (("hosts", "127.0.0.1 localhost huggingface.co\n"), ("resolv.conf", "nameserver 127.0.0.1\n")):
        with open(folder + "/" + name, "w") as file:
            file.write(text)
        subprocess.run(["mount", "--bind", folder + "/" + name, os.path.realpath("/etc/" + name)], check=True)
    subprocess.run(["mount", "--bind", folder + "/ca.pem", "/etc/ssl/certs/ca-certificates.crt"], check=True)


def pairs(words):
    return zip(words[::2], words[1::2])


def plan(endpoint, repo, token, folder):
    def get(url, bearer):
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + bearer})
        with urllib.request.urlopen(request) as reply:
            return json.loads(reply.read())

    access = get(f"{endpoint}/api/models/{repo}/xet-read-token/main", token)
    tree = [file for file in get(f"{endpoint}/api/models/{repo}/tree/main", token) if "xetHash" in file]
    found = get(f"{access['casUrl']}/v1/reconstructions/{tree[0]['xetHash']}", access["accessToken"])
    for xorb, fetches in found["fetch_info"].items():
        for fetch in fetches:
            fetch["url"] = "http://127.0.0.1:8099/xorb/" + xorb
    for name, content in (("tree", tree[:1]), ("plan", found)):
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump(content, file)
    print(*found["fetch_info"])


def pull(folder, zest, *words):
    end = words.index("--")
    enter(folder)
    answer_names()
    hub(folder)
    for path, port in pairs(words[:end]):
        relay(socket.create_server(("127.0.0.1", int(port))), lambda path=path: unix(path))
    base = {"PATH": os.environ["PATH"], "HF_TOKEN": "hf_none", "ZEST_HTTP_PORT": "19847"}

    def start(name, *arguments):
        home = folder + "/" + name
        os.makedirs(home, exist_ok=True)
        environment = base | {"HOME": home, "HF_HOME": home + "/hf", "ZEST_CACHE_DIR": home + "/zest"}
        return subprocess.Popen(
            [zest, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )

    # Only so that the pull does not start one that outlives it.
    other = start("other", "serve", "--http-port", "19847", "--listen-port", "6882")
    time.sleep(0.5)
    pulling = start("pull", "pull", "t/m", *words[end + 1 :])
    try:
        text = pulling.communicate(timeout=60)[0]
    finally:
        pulling.kill()
        other.kill()
    sys.stdout.write(text.decode(errors="replace"))


if __name__ == "__main__":
    if sys.argv[1] == "relay":
        for path, port in pairs(sys.argv[2:]):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(64)
            relay(listener, lambda port=port: socket.create_connection(("127.0.0.1", int(port))))
        print("ready", flush=True)
        threading.Event().wait()
    elif sys.argv[1] == "plan":
        plan(*sys.argv[2:])
    else:
        pull(*sys.argv[2:])
