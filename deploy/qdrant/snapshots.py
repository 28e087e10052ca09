"""A snapshot of every collection on every node of a Qdrant cluster, by Qdrant's own API.

    QDRANT_API_KEY_FILE=… python snapshots.py KEEP URL [URL …]

A node's snapshot holds what lies on that node, so each is asked. It stays in that node's snapshot
volume (or bucket), the newest KEEP of each collection do. Exit 1 when a node could not be asked;
the others are asked all the same.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

# of a large collection; the server says nothing meanwhile
PATIENCE_S = 3600

Ask = Callable[[str, str], Any]


def asking(url: str, key: str) -> Ask:
    """Requests to one node, past any proxy; `result` of its answers."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(method: str, path: str) -> Any:
        request = urllib.request.Request(url + path, method=method, headers={"api-key": key})
        with direct.open(request, timeout=PATIENCE_S) as response:
            return json.load(response)["result"]

    return ask


def snapshot(ask: Ask, keep: int) -> list[str]:
    """One of each collection, then the oldest go; the names of what was made."""
    made = []
    for collection in ask("GET", "/collections")["collections"]:
        at = f"/collections/{quote(collection['name'], safe='')}/snapshots"
        made.append(ask("POST", f"{at}?wait=true")["name"])
        known = sorted(ask("GET", at), key=lambda one: one["creation_time"], reverse=True)
        for old in known[keep:]:
            ask("DELETE", f"{at}/{quote(old['name'], safe='')}?wait=true")
    return made


def main(keep: int, urls: list[str]) -> int:
    file = Path(os.environ.get("QDRANT_API_KEY_FILE", os.devnull))
    failed = False
    for url in urls:
        try:
            made = snapshot(asking(url, file.read_text().strip()), keep)
        except (OSError, HTTPException, ValueError) as error:  # away, gone midway, or no Qdrant
            failed = True
            print(f"{url}: no snapshot · {error}", file=sys.stderr)
        else:
            print(f"{url}: {', '.join(made) or 'no collection yet'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
