"""What a client of a hub knows about its storage before it moves bytes."""

import json
import urllib.error
import urllib.request

#: Parts of a file that a client asks for at a time.
PART = 16 << 20


class CAS:
    """Access to a repository's storage, which is made if it is missing."""

    def __init__(self, hub, access, repository):
        self.hub, self.repository = hub, repository
        if access == "write":
            self._create()
        grant = self._json(f"{hub.url}/api/models/{repository}/xet-{access}-token/main", hub.token)
        self.url, self.token, self.expiry = grant["casUrl"], grant["accessToken"], grant["exp"]

    def _create(self):
        namespace, _, name = self.repository.partition("/")
        body = json.dumps({"name": name, "organization": namespace, "type": "model"}).encode()
        try:
            self._json(f"{self.hub.url}/api/repos/create", self.hub.token, body, **{"Content-Type": "application/json"})
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise

    def files(self):
        """(path, Xet hash, bytes) of the repository's files."""
        url = f"{self.hub.url}/api/models/{self.repository}/tree/main?recursive=true"
        found = []
        while url:
            with self._open(url, self.hub.token) as reply:
                found += [(entry["path"], entry["xetHash"], entry["size"])
                          for entry in json.load(reply) if "xetHash" in entry]
                link = reply.headers.get("Link")
            url = link[link.index("<") + 1:link.index(">")] if link else None
        return found

    def ranges(self, file_hash, size):
        """(xorb, signed URL, first byte, last byte) of what a pull of a file fetches, part by part."""
        ranges = []
        for start in range(0, size, PART):
            plan = self._json(
                f"{self.url}/v1/reconstructions/{file_hash}", self.token, Range=f"bytes={start}-{start + PART - 1}")
            for xorb, fetches in plan["fetch_info"].items():
                for fetch in fetches:
                    ranges.append((xorb, fetch["url"], fetch["url_range"]["start"], fetch["url_range"]["end"]))
        return ranges

    def _json(self, url, token, body=None, **headers):
        with self._open(url, token, body, **headers) as reply:
            return json.load(reply)

    @staticmethod
    def _open(url, token, body=None, **headers):
        request = urllib.request.Request(url, body, {"Authorization": f"Bearer {token}"} | headers)
        return urllib.request.urlopen(request)
