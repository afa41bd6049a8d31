"""Fills a cache of zest's with what a hub hands out: zest_cache.py ENDPOINT REPO TOKEN FOLDER whole|parts.

`whole` keeps each xorb in one file, `parts` each range that the hub offers in a file of its own, named after the chunk
that it begins with. Only files whose ranges make up the whole xorb can be kept whole.
"""

import json
import pathlib
import sys
import urllib.request

endpoint, repo, token, folder, manner = sys.argv[1:]


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as reply:
        return reply.read()


bearer = {"Authorization": f"Bearer {token}"}
access = json.loads(get(f"{endpoint}/api/models/{repo}/xet-read-token/main", **bearer))
ranges = {}
for entry in json.loads(get(f"{endpoint}/api/models/{repo}/tree/main?recursive=1", **bearer)):
    if "xetHash" not in entry:
        continue
    plan = json.loads(
        get(
            f"{access['casUrl']}/v1/reconstructions/{entry['xetHash']}",
            Authorization=f"Bearer {access['accessToken']}",
        )
    )
    for xorb, fetches in plan["fetch_info"].items():
        for fetch in fetches:
            span = fetch["url_range"]
            content = get(fetch["url"], Range=f"bytes={span['start']}-{span['end']}")
            ranges.setdefault(xorb, {})[fetch["range"]["start"]] = (fetch["range"]["end"], content)
for xorb, parts in ranges.items():
    place = pathlib.Path(folder, "xorbs", xorb[:2])
    place.mkdir(parents=True, exist_ok=True)
    if manner == "parts":
        for start, (_, content) in parts.items():
            (place / f"{xorb}.{start}").write_bytes(content)
        continue
    whole, chunk = b"", 0
    while chunk in parts:
        chunk, content = parts[chunk]
        whole += content
    (place / xorb).write_bytes(whole)
print(sum(len(parts) for parts in ranges.values()))
