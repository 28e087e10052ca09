"""An hour of a shop's life on one machine: searches, changes of the catalog, a change of model.

    python -m bench.load [--products 2000] [--minutes 60] [--clients 8] [--pause 1] [--every 120]
        [--to MODEL]

A catalog is drawn and ingested with the bundled model into the embedded engine. Then
`snapshelf serve` answers clients who search all the time, with `pause` seconds on average after
each answer: most as services do, two as visitors of the page. Meanwhile a manager, on the page's
catalog tab, brings in the catalog with changes (prices, new pictures, new products, vanished ones)
after each pause of `every` seconds, and at half time `snapshelf reindex` changes the model, to one
that was trained on the catalog before all began.

What counts: that every answer comes, that the server's own memory is at the end what it was in the
second quarter, and that ledger and index agree when all is over.
"""

import argparse
import csv
import html
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image, ImageOps

from bench.bounds import Bound, told
from bench.served import command, memory_mb, serving, table
from bench.visitor import Visitor
from ingest.drawn.catalog import draw_catalog, draw_queries
from ingest.readers import open_catalog
from ui.build import samples_of
from vision.spec import BUNDLED_MODEL

GROWTH = 1.1
"""Of the server's own memory: the last quarter's median beside the second quarter's."""
VISITORS = 2
"""Of the clients."""
LOOK_S = 5.0
# Of the products: how many change at a time, and in what way.
PRICES, PICTURES, COME_AND_GO = 0.02, 0.005, 0.005
SEARCHES = ("photo", "photo, narrowed", "words", "more like this")
WORDS = ("red", "blue", "lamp", "bag", "hammer", "shoe")


@dataclass
class Log:
    """What everybody saw. Safe for several threads."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, began: float, outcome: str, detail: str = "") -> None:
        with self.lock:
            self.times[what].append(time.perf_counter() - began)
            self.outcomes[outcome] += 1
            if outcome not in ("answer", "busy"):
                self.errors.append(f"{what}: {outcome} {detail[:300]}")


@dataclass(frozen=True)
class Asked:
    """With what searches are made: photos, and products that stay in the catalog."""

    photos: Sequence[bytes]
    products: Sequence[str]


class Service:
    """A client of the REST interface."""

    def __init__(self, url: str, asked: Asked, number: int) -> None:
        self._client = httpx.Client(base_url=url, timeout=90, trust_env=False)
        self._asked, self._random = asked, random.Random(number)

    def search(self, log: Log) -> None:
        name, ask = self._random.choice(self._questions())
        began = time.perf_counter()
        try:
            answer = ask()
        except httpx.HTTPError as error:
            log.note(name, began, repr(error))
            return
        fine = answer.status_code == 200
        log.note(name, began, "answer" if fine else str(answer.status_code), answer.text)

    def _questions(self) -> list[tuple[str, Callable[[], httpx.Response]]]:
        choose, client = self._random.choice, self._client

        def photo(**fields: Any) -> httpx.Response:
            files = {"image": ("photo.jpg", choose(self._asked.photos))}
            return client.post("/v1/search", files=files, data=fields)

        product = choose(self._asked.products)
        return [
            ("photo", photo),
            ("photo", photo),
            ("photo, narrowed", lambda: photo(price_max="60", k="24", facets="true")),
            ("words", lambda: client.post("/v1/search", json={"text": choose(WORDS)})),
            ("more like this", lambda: client.get(f"/v1/products/{product}/similar")),
        ]

    def close(self) -> None:
        self._client.close()


class Person(Visitor):
    """A visitor of the page: a photo, a filter on it, one of its products."""

    def __init__(self, url: str, asked: Asked, number: int) -> None:
        super().__init__(url, f"visitor{number}")
        self._asked, self._random = asked, random.Random(number)

    def search(self, log: Log) -> None:
        path = self.upload(self._random.choice(self._asked.photos))
        text = self._click(log, "page: photo", "photo", path=path, question={})
        found = re.search(r'data-question="(.*?)"', text)
        question = json.loads(html.unescape(found.group(1))) if found else {}
        self._click(log, "page: filter", "ask", question={**question, "category": "all"})
        if products := re.findall(r'data-open="(.*?)"', text):
            self._click(log, "page: product", "open", product=html.unescape(products[0]))

    def _click(self, log: Log, name: str, event: str, **data: Any) -> str:
        began = time.perf_counter()
        outcome, text = self.fire("answer", event, number=1, **data)
        log.note(name, began, outcome)
        return text


class Manager:
    """Changes the catalog, and brings it in on the catalog tab."""

    def __init__(self, catalog: Path, url: str) -> None:
        self._catalog, self._random = catalog, random.Random(0)
        with catalog.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            self._names, self._rows = list(reader.fieldnames or ()), list(reader)
        self._some = max(1, round(COME_AND_GO * len(self._rows)))
        self._away: list[dict[str, str]] = []
        self._visitor = Visitor(url, "manager")
        self.rounds: list[Counter[str]] = []

    @property
    def staying(self) -> list[str]:
        """Ids of the products that never go: the first half's."""
        return [row["id"] for row in self._rows[: len(self._rows) // 2]]

    def change(self) -> None:
        """Prices, pictures, and some of the second half's products, which come back next time."""
        some, rows = self._random, self._rows
        for row in some.sample(rows, max(1, round(PRICES * len(rows)))):
            row["price"] = f"{some.uniform(5, 200):.2f}"
        for row in some.sample(rows, max(1, round(PICTURES * len(rows)))):
            self._another_picture(row)
        back, self._away = self._away, []
        for _ in range(self._some):
            self._away.append(rows.pop(some.randrange(len(rows) // 2 + 1, len(rows))))
        rows.extend(back)
        fresh = self._catalog.with_suffix(".tmp")
        with fresh.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._names)
            writer.writeheader()
            writer.writerows(rows)
        fresh.replace(self._catalog)

    def _another_picture(self, row: dict[str, str]) -> None:
        first, *others = row["image"].split("|")
        name = f"images/{row['id']}-again{len(self.rounds)}.jpg"
        with Image.open(self._catalog.parent / first) as old:
            ImageOps.mirror(old).save(self._catalog.parent / name, quality=90)
        row["image"] = "|".join([name, *others])

    def bring_in(self, log: Log, limit_s: float = 600) -> None:
        """Raises TimeoutError."""
        began = time.perf_counter()
        visitor = self._visitor
        _, sources = visitor.fire("catalog", "select")
        place = re.search(r'data-key="place (\w+)"', sources)
        _, draft = visitor.fire("catalog-sources", "look", place=place and place.group(1))
        token = re.search(r'data-draft="([\w-]+)"', draft)
        outcome, _ = visitor.fire(
            "catalog-draft", "bring", draft=token and token.group(1), prune=True, most=20
        )
        state, text = "running", ""
        while state == "running" and outcome == "answer":
            if time.perf_counter() - began > limit_s:
                raise TimeoutError(f"the catalog was not in within {limit_s:.0f} s")
            time.sleep(1)
            outcome, text = visitor.fire("catalog", "select")
            found = re.search(r'sf-intake.*?data-state="(\w+)"', text)
            state = found.group(1) if found else "lost"
        wrong = "" if state == "done" else re.sub("<[^>]*>|\\s+", " ", text)
        log.note("catalog in", began, "answer" if state == "done" else state, wrong)
        counts = re.findall(r'<li class="is-(\w+)[^>]*><b>([\d,.]+)</b>', text)
        self.rounds.append(Counter({name: int(re.sub(r"\D", "", n)) for name, n in counts}))

    def close(self) -> None:
        self._visitor.close()


@dataclass
class Watched:
    """The server's memory, MB: its own, and with the pages of files that are mapped."""

    pid: int
    own: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)

    def look(self) -> None:
        self.own.append(memory_mb(self.pid, "RssAnon"))
        self.resident.append(memory_mb(self.pid))

    @property
    def growth(self) -> float:
        quarter = max(1, len(self.own) // 4)
        return float(np.median(self.own[-quarter:]) / np.median(self.own[quarter : 2 * quarter]))

    def told(self) -> str:
        lines = ["| memory, MB | " + " | ".join(f"{n}/8" for n in range(1, 9)) + " |"]
        lines.append("|---" * 9 + "|")
        for name, values in (("its own", self.own), ("resident", self.resident)):
            parts = np.array_split(np.asarray(values), 8)
            cells = (f"{np.median(part):.0f}" if part.size else "–" for part in parts)
            lines.append(f"| {name} | {' | '.join(cells)} |")
        return "\n".join(lines)


def run(home: Path, catalog: Path, photos: Sequence[bytes], options: argparse.Namespace) -> int:
    snapshelf(home, "ingest", str(catalog))
    if options.to is None:
        options.to = str(home / "taught")
        train = ("train", str(catalog), "--backbone", BUNDLED_MODEL, "--out", options.to)
        snapshelf(home, *train)
    log, ended = Log(), threading.Event()
    where = {"SNAPSHELF_CATALOGS": str(catalog.parent)}
    with serving(home, **where) as (url, pid), closing(Manager(catalog, url)) as manager:
        watched, asked = Watched(pid), Asked(photos, manager.staying)
        threads = [
            threading.Thread(target=_client, args=(url, asked, number, options.pause, log, ended))
            for number in range(options.clients)
        ]
        threads.append(threading.Thread(target=_looks, args=(watched, ended)))
        for thread in threads:
            thread.start()
        try:
            _work(manager, home, options, log)
        finally:
            ended.set()
            for thread in threads:
                thread.join()
    verified = snapshelf(home, "verify")
    changes = sum(manager.rounds, Counter[str]())
    print(f"\n{table(log.times)}\n\n{watched.told()}\n")
    print(f"outcomes: {dict(log.outcomes)}; {len(manager.rounds)} catalogs in: {dict(changes)}")
    print("\n".join(f"- {error}" for error in log.errors[:20]))
    searches = [one for name in SEARCHES for one in log.times[name]]
    p50, p95, p99 = np.percentile(searches, [50, 95, 99]) * 1e3
    print(f"{len(searches)} searches of services: p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms")
    grown = "the server's own memory, last quarter beside second"
    return told(
        [
            Bound("errors", len(log.errors), 0, at_most=True),
            Bound(grown, watched.growth, GROWTH, "×", at_most=True),
            Bound("exit code of verify", verified, 0, at_most=True),
        ]
    )


def _work(manager: Manager, home: Path, options: argparse.Namespace, log: Log) -> None:
    """What is brought in and changed, until the time is over."""
    began, reindexed, length = time.monotonic(), False, options.minutes * 60
    while (spent := time.monotonic() - began) < length:
        if not reindexed and spent > length / 2:
            reindexed, at = True, time.perf_counter()
            code = snapshelf(home, "reindex", "--model", options.to)
            log.note("reindex", at, "answer" if code == 0 else f"exit code {code}")
        manager.change()
        manager.bring_in(log)
        print(f"{spent / 60:.1f} min: {dict(manager.rounds[-1])}", flush=True)
        time.sleep(max(0.0, min(options.every, length - (time.monotonic() - began))))


def _client(
    url: str, asked: Asked, number: int, pause: float, log: Log, ended: threading.Event
) -> None:
    made = Person if number < VISITORS else Service
    rest = random.Random(number)
    with closing(made(url, asked, number)) as client:
        while not ended.wait(rest.uniform(0, 2 * pause)):
            try:
                client.search(log)
            except Exception as error:  # noqa: BLE001 - whatever it is, the shopper saw it
                log.note("broke", time.perf_counter(), repr(error))


def _looks(watched: Watched, ended: threading.Event) -> None:
    while not ended.wait(LOOK_S):
        watched.look()


def snapshelf(home: Path, *argv: str) -> int:
    """One command in a process of its own; its exit code."""
    words, environment = command(home, *argv)
    return subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, check=False).returncode


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.load", description=__doc__.split("\n")[0])
    parser.add_argument("--products", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pause", type=float, default=1, help="mean seconds after an answer")
    parser.add_argument("--every", type=float, default=120, help="seconds between two catalogs")
    parser.add_argument("--to", help="the new model; default: one trained on the catalog")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        catalog = draw_catalog(Path(folder) / "shop", products=options.products)
        # beside the shop, so that the manager is offered one catalog only
        queries = draw_queries(Path(folder) / "photos", per_category=10, products=options.products)
        photos = [sample.read() for sample in samples_of(open_catalog(queries), print)]
        print(f"{options.products} products, {options.clients} clients, {options.minutes:g} min\n")
        return run(Path(folder) / "home", catalog, photos, options)


if __name__ == "__main__":
    sys.exit(main())
