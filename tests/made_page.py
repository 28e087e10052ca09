"""A small shop behind a real page, and a visitor with a real browser."""

import hashlib
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import Hit, Point, open_store
from catalog.thumbs import Thumbs
from search.request import SearchRequest
from search.result import SearchResult
from search.service import SearchService
from vision.calibration import Calibration, MatchScores
from vision.embedder import Embedder
from vision.head import bare_head
from vision.image import decode, thumbnail

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# The toolkit's words for events that a page leaves behind when another one is loaded.
LEFT = re.compile(r"AbortError: signal is aborted|Connection errored out")
# Random weights, always the same ones: enough to tell a red ball from a blue box, and there is
# nothing to download.
MODEL = "timm:mixer_s32_224?pretrained=false"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>${1/0}{{x}}\''
DESKTOP, PHONE = (1280, 900), (390, 844)
KINDS = {"Balls": "red", "Boxes": "blue", "Ladders": "green", "Crosses": "yellow"}


def draw(category: str, seed: int) -> bytes:
    """A product photo of one of four kinds, a little different for every seed."""
    rnd = random.Random(f"{category}/{seed}")
    side, x, y, r = 160, rnd.randint(65, 95), rnd.randint(65, 95), rnd.randint(38, 58)
    picture = Image.new("RGB", (side, side), (250, 250, 250 - rnd.randint(0, 15)))
    pen, shade = ImageDraw.Draw(picture), rnd.randint(0, 60)
    if category == "Balls":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(220, shade, shade))
    elif category == "Boxes":
        pen.rectangle((x - r, y - r, x + r, y + r), fill=(shade, shade, 210))
    elif category == "Ladders":
        for step in range(x % 20, side, 20):
            pen.rectangle((step, 0, step + 8, side), fill=(shade, 150, shade))
    else:
        picture.paste((40, 40, 40), (0, 0, side, side))
        pen.line((x - r, y, x + r, y), fill=(240, 220, shade), width=22)
        pen.line((x, y - r, x, y + r), fill=(240, 220, shade), width=22)
    return jpeg(picture)


def jpeg(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def both(left: str, right: str) -> bytes:
    """Two things side by side in one photo."""
    picture = Image.new("RGB", (320, 160), "white")
    for place, category in enumerate((left, right)):
        picture.paste(decode(draw(category, 700 + place)), (160 * place, 0))
    return jpeg(picture)


def noise() -> bytes:
    """A photo of nothing that the shop has."""
    return jpeg(Image.fromarray(np.random.default_rng(1).integers(0, 255, (160, 160, 3), np.uint8)))


def products() -> Iterator[tuple[Product, bytes]]:
    """Twelve of each kind, every sixth with a second view; and three hostile ones."""
    for category, color in KINDS.items():
        for n in range(12):
            product = Product(
                source="shop",
                product_id=f"{category}-{n}",
                title=f"{category} no. {n}",
                description=f"A thing of the kind {category}.",
                brand="Acme" if n % 2 else "Norrland",
                category=category,
                category_path=("Things", f"Things > {category}"),
                price=10.0 + n,
                currency="EUR",
                colors=(color,),
                available=n % 4 != 0,
                url=f"https://shop.example/{category}/{n}",
                attributes={"material": "felt" if n % 3 else "wool"},
                related={"also_bought": (f"{category}-{(n + 1) % 12}", "Boxes-3")},
            )
            yield product, draw(category, n)
            if n % 6 == 0:
                yield replace(product, image_slot=1), draw(category, 50 + n)
    for n in range(3):
        hostile = Product(
            source="shop", product_id=f"{HOSTILE}{n}", title=HOSTILE, description=HOSTILE,
            brand=HOSTILE, category=HOSTILE, category_path=(HOSTILE,), price=1.0,
            currency=HOSTILE, colors=(HOSTILE,), url="javascript:window.hacked=1",
            attributes={"material": f"{HOSTILE}{n}", HOSTILE.replace('"', ""): HOSTILE},
            related={HOSTILE: ("Boxes-3",)},
        )  # fmt: skip
        yield hostile, draw("Balls", 100 + n)


def taught(bare: Embedder, rows: Sequence[tuple[Product, bytes]]) -> Embedder:
    """The bare backbone, which has looked at the shelf once: what its scores mean, what is odd.

    A photo is odd in the directions where the products' features hardly reach: other photos of
    these kinds come to .008 there, noise to .022.
    """
    features = bare.features(np.stack([bare.preprocess(decode(data)) for _, data in rows]))
    beyond = np.ascontiguousarray(np.linalg.svd(features)[2][20:].T)
    calibration = Calibration(
        photos=len(features),
        set_thresholds={"0.8": 0.5, "0.95": 0.1},
        matches=MatchScores(same_product=0.99, very_similar=0.9, same_style=0.8),
        strange=0.013,
    )
    head = replace(bare_head(bare.backbone.feature_size), whitening=beyond)
    return Embedder(bare.backbone, head, (), calibration)


def fill(folder: Path, embedder: Embedder, rows: Sequence[tuple[Product, bytes]]) -> SearchService:
    """An index with thumbnails; one product, Boxes-0, has none."""
    store, thumbs = open_store(folder / "store"), Thumbs(folder / "thumbs")
    encoded = embedder.encode([decode(data) for _, data in rows])
    store.ensure(
        CollectionInfo(
            fingerprint=embedder.fingerprint,
            dim=embedder.dim,
            backbone=embedder.spec,
            labels_hash=embedder.labels_hash,
            created_at="2026-01-01T00:00:00Z",
        )
    )
    points = []
    for (product, data), vector in zip(rows, encoded.vectors, strict=True):
        sha256 = hashlib.sha256(data).hexdigest()
        if product.product_id != "Boxes-0":
            thumbs.put(sha256, thumbnail(decode(data)))
        stamp = Stamp(sha256, embedder.fingerprint, "run", "2026-01-01T00:00:00Z")
        points.append(Point(product.point_id, vector, product.to_payload(stamp)))
    store.upsert(points)
    return SearchService(embedder, store)


class Moody:
    """The real service, which a test can make fail or dawdle."""

    def __init__(self, service: SearchService) -> None:
        self.service = service
        self.failing = False

    def search(self, request: SearchRequest) -> SearchResult:
        if self.failing:
            raise RuntimeError("the innermost secret")
        return self.service.search(request)

    def product(self, product_id: str) -> Sequence[Hit]:
        return self.service.product(product_id)

    def categories(self) -> dict[str, int]:
        return self.service.categories()

    def count(self) -> int:
        return self.service.count()


@dataclass
class Visit:
    """One visitor's page, and everything about it that must not happen."""

    page: "Page"
    url: str
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        own = (self.url, "data:", f"blob:{self.url}")
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on(
            "console",
            lambda said: (
                self.complaints.append(f"console: {said.text}")
                if said.type == "error" and not LEFT.search(said.text)
                else None
            ),
        )
        self.page.on(
            "request",
            lambda sent: (
                None if sent.url.startswith(own) else self.complaints.append(f"to: {sent.url}")
            ),
        )

    def arrive(self, path: str = "") -> None:
        self.page.goto(f"{self.url.rstrip('/')}/{path}")
        self.page.wait_for_selector("#answer [data-question]")
        self.page.wait_for_selector("#photo")

    def upload(self, data: bytes, name: str = "photo.jpg") -> None:
        self.page.locator("#photo input[type=file]").first.set_input_files(
            {"name": name, "mimeType": "image/jpeg", "buffer": data}
        )

    def find(self, data: bytes, name: str = "photo.jpg") -> None:
        """Upload, and wait for the answer to it."""
        with self.answered():
            self.upload(data, name)

    def answered(self) -> "Answered":
        """What happens inside is a question; at the end its answer is on the page."""
        return Answered(self)

    def number(self) -> int:
        """Of the answer that is shown."""
        return int(
            self.page.evaluate("document.querySelector('#answer [data-question]').dataset.number")
        )

    def wait_for_chip(self, label: str) -> None:
        """Until an answer for this choice is on the page."""
        self.page.wait_for_selector(f".sf-chips [aria-pressed=true]:has-text('{label}')")

    def categories(self) -> list[str]:
        return self.page.locator(".sf-card .sf-fine > span:first-child").all_inner_texts()

    def titles(self) -> list[str]:
        return self.page.locator(".sf-card .sf-open").all_inner_texts()

    def headline(self) -> str:
        return self.page.locator("#answer h2").first.inner_text()

    def wait_for_cards(self, n: int) -> None:
        self.page.wait_for_function(
            "n => document.querySelectorAll('.sf-card').length === n", arg=n
        )

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@dataclass
class Answered:
    visit: Visit
    before: int = 0

    def __enter__(self) -> None:
        self.before = self.visit.number()

    def __exit__(self, *raised: object) -> None:
        if raised[0] is None:
            self.visit.page.wait_for_function(
                """before => {
                  const shown = document.querySelector('#answer [data-question]');
                  return shown && Number(shown.dataset.number) > before
                    && !document.querySelector('#answer .pending');
                }""",
                arg=self.before,
            )


def begin(
    browser: "Browser",
    url: str,
    size: tuple[int, int] = DESKTOP,
    scheme: str = "light",
    language: str = "en-US",
    **more: Any,
) -> Visit:
    """A visitor on the page, watched from the first request on."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
        **more,
    )
    context.set_default_timeout(20_000)
    visit = Visit(context.new_page(), url)
    visit.watch()
    visit.arrive()
    return visit


def end(visit: Visit) -> None:
    """Nothing ran that a catalog holds, nothing was asked elsewhere, nothing was complained of."""
    assert visit.page.evaluate("window.hacked === undefined")
    visit.page.context.close()
    assert visit.complaints == [], visit.complaints


def grave(page: "Page", context: str | None = None) -> list[tuple[str, list[str]]]:
    """What axe-core finds serious or critical on the page as it is now, rule by rule."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_timeout(400)  # while things fade in, contrast is less
    # off by default in the axe-core that comes along, and on in later ones
    rules = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
    found = Axe().run(page, context=context, options=rules).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def in_sight(thing: Any) -> Any:
    """Where a mouse finds it, once the page has stopped scrolling to its answer."""
    until, height = time.monotonic() + 20, thing.page.viewport_size["height"]
    while True:
        place = at_rest(thing)
        if place["y"] >= 0 and place["y"] + place["height"] <= height:
            return place
        assert time.monotonic() < until
        thing.scroll_into_view_if_needed()


def at_rest(thing: Any) -> Any:
    """Where a thing of the page is, once it has stopped moving: what loads pushes it about."""
    before, until = None, time.monotonic() + 20
    while (found := thing.bounding_box()) != before or found is None:
        assert time.monotonic() < until
        before = found
        thing.page.wait_for_timeout(200)
    return found
