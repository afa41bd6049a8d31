"""Counts the bytes between a client and a hub."""

import socket
import threading


class Meter:
    """A TCP proxy to a hub on loopback. The `Host` header passes, so the hub's own links lead through it as well."""

    def __init__(self, url):
        self.port = int(url.rsplit(":", 1)[1])
        self.up = self.down = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Closing alone would leave the thread in `accept`.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                return
            for source, target, name in ((client, server, "up"), (server, client, "down")):
                threading.Thread(target=self.pump, args=(source, target, name), daemon=True).start()

    def pump(self, source, target, name):
        try:
            while part := source.recv(1 << 18):
                with self.lock:
                    setattr(self, name, getattr(self, name) + len(part))
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, target):
                end.close()

    def take(self):
        """MiB up and down since the last call."""
        with self.lock:
            counts = (self.up / 2**20, self.down / 2**20)
            self.up = self.down = 0
            return counts
