"""The page's own protocol, spoken without a browser: the toolkit's queue and its events."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import httpx

Outcome = str
"""How an event ended: `answer`, `busy`, `error`, `no answer`, or `refused <status>`."""


class Visitor:
    """One person on the page. Not for several threads."""

    def __init__(self, url: str, session: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=90, trust_env=False)
        self._session = session
        config = self._client.get("config").json()
        parts = {one["id"]: one["props"] for one in config["components"]}
        self._events: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for dependency in config["dependencies"]:
            for component, event in dependency["targets"]:
                told = parts.get(component, {})
                # a tab is known by its id
                part = str(told.get("elem_id") or told.get("id"))
                self._events[part, event].append(dependency["id"])

    def upload(self, photo: bytes) -> str:
        files = {"files": ("photo.jpg", photo)}
        return str(self._client.post("gradio_api/upload", files=files).json()[0])

    def fire(self, part: str, event: str, **data: Any) -> tuple[Outcome, str]:
        """How the handlers of a part's event ended, the last bad one if any, and what they drew."""
        ended, drawn = "answer", ""
        for number in self._events[part, event]:
            outcome, text = self._ask(number, data)
            ended, drawn = outcome if outcome != "answer" else ended, drawn + text
        return ended, drawn

    def _ask(self, number: int, data: Mapping[str, Any]) -> tuple[Outcome, str]:
        body = {
            "data": [], "fn_index": number, "session_hash": self._session,
            "event_data": data,
        }  # fmt: skip
        joined = self._client.post("gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            return f"refused {joined.status_code}", ""
        query = {"session_hash": self._session}
        with self._client.stream("GET", "gradio_api/queue/data", params=query) as stream:
            for line in stream.iter_lines():
                message = json.loads(line.removeprefix("data:")) if line else {}
                if message.get("msg") == "process_completed":
                    text = "".join(map(str, message["output"].get("data") or []))
                    if not message["success"]:
                        return "error", ""
                    return ("busy" if "Many people are searching" in text else "answer"), text
        return "no answer", ""

    def close(self) -> None:
        self._client.close()
