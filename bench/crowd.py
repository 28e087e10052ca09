"""Many people on the page at once: nobody gets an error, and the server's memory stays.

    python -m bench.crowd [--products 10000] [--catalog CSV ...] [--photos FOLDER]
        [--people 30] [--seconds 60]

Visitors without a browser speak the page's own protocol. Each uploads a photo, then filters,
changes the category and looks at a product, with 1 to 3 seconds between. What counts is the time
from a click to its answer, and that there is an answer, or the page's own word that it is busy.
"""

import json
import random
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from bench.served import Served, memory_mb, parser, shop, table
from bench.visitor import Visitor

GROWTH = 1.1
"""Of the server's memory over the second half, at most."""
_THINKS_S = (1.0, 3.0)


@dataclass
class Crowd:
    """What became of everybody's clicks."""

    url: str
    photos: Sequence[bytes]
    ends: float
    outcomes: Counter[str] = field(default_factory=Counter)
    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def person(self, number: int) -> None:
        rnd = random.Random(number)
        visitor = Visitor(self.url, f"person{number}")
        with closing(visitor):
            time.sleep(rnd.uniform(0, _THINKS_S[1]))
            while time.monotonic() < self.ends:
                self._one_search(visitor, rnd)

    def _one_search(self, visitor: Visitor, rnd: random.Random) -> None:
        def click(name: str, event: str, data: dict[str, Any]) -> str:
            start = time.perf_counter()
            if name == "photo":
                data["path"] = visitor.upload(rnd.choice(self.photos))
            outcome, text = visitor.fire("answer", event, **data)
            with self.lock:
                self.outcomes[outcome] += 1
                self.times[name].append(time.perf_counter() - start)
            time.sleep(rnd.uniform(*_THINKS_S))
            return text

        text = click("photo", "photo", {"number": 1, "question": {}})
        found = re.search(r'data-question="(.*?)"', text)
        question = json.loads(unescape(found.group(1))) if found else {}
        click("filter", "ask", {"number": 2, "question": {**question, "available": True}})
        click("category", "ask", {"number": 3, "question": {**question, "category": "all"}})
        products = re.findall(r'data-open="(.*?)"', text)
        if products:
            click("product", "open", {"product": unescape(rnd.choice(products))})


def crowd(served: Served, people: int, seconds: float) -> tuple[Crowd, list[float]]:
    """Everybody at once; and the server's memory on the way, MB."""
    ends = time.monotonic() + seconds
    everybody = Crowd(served.url, served.photos, ends)
    threads = [threading.Thread(target=everybody.person, args=(n,)) for n in range(people)]
    for thread in threads:
        thread.start()
    memory = []
    while any(thread.is_alive() for thread in threads):
        memory.append(memory_mb(served.pid))
        time.sleep(seconds / 20)
    return everybody, memory


def main(argv: Sequence[str] | None = None) -> int:
    options = parser("bench.crowd", __doc__)
    options.add_argument("--people", type=int, default=30)
    options.add_argument("--seconds", type=float, default=60)
    given = options.parse_args(argv)
    with shop(given) as served:
        everybody, memory = crowd(served, given.people, given.seconds)
    half = memory[len(memory) // 2]
    most = max(memory[len(memory) // 2 :])
    print(f"{given.people} people for {given.seconds:.0f} s\n\n{table(everybody.times)}\n")
    print(f"outcomes: {dict(everybody.outcomes)}")
    print(f"memory: {memory[0]:.0f} MB at first, {half:.0f} at half time, {most:.0f} at most then")
    fine = everybody.outcomes.keys() <= {"answer", "busy"} and most <= GROWTH * half
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
