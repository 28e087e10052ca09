"""A real Chromium on a real page: a photo goes in and similar products come out."""

import hashlib
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog.contract import CollectionInfo
from catalog.product import Product, Stamp
from catalog.store import Point, open_store
from catalog.thumbs import Thumbs
from search.request import SearchRequest
from search.result import SearchResult
from search.service import SearchService
from ui.offline import keep_to_itself
from vision.calibration import Calibration, MatchScores
from vision.embedder import Embedder, open_embedder
from vision.head import bare_head
from vision.image import decode, thumbnail

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# Random weights, always the same ones: enough to tell a red ball from a blue box, and there is
# nothing to download.
MODEL = "timm:mixer_s32_224?pretrained=false"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>${1/0}{{x}}\''
DESKTOP, PHONE = (1280, 900), (390, 844)


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
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def products() -> Iterator[tuple[Product, bytes]]:
    for category in ("Balls", "Boxes", "Ladders", "Crosses"):
        for n in range(12):
            product = Product(
                source="shop",
                product_id=f"{category}-{n}",
                title=f"{category} no. {n}",
                brand="Norrland",
                category=category,
                price=10.0 + n,
                currency="EUR",
                url=f"https://shop.example/{n}",
            )
            yield product, draw(category, n)
    for n in range(3):
        product = Product(
            source="shop",
            product_id=f"{HOSTILE}{n}",
            title=HOSTILE,
            brand=HOSTILE,
            category=HOSTILE,
            price=1.0,
            currency=HOSTILE,
            url="javascript:window.hacked=1",
        )
        yield product, draw("Balls", 100 + n)


def taught(bare: Embedder) -> Embedder:
    """The bare backbone, which has looked at the shelf once: what its scores mean, what is odd.

    A photo is odd in the directions where the products' features hardly reach: other photos of
    these kinds come to .008 there, noise to .022.
    """
    features = bare.features(np.stack([bare.preprocess(decode(data)) for _, data in products()]))
    beyond = np.ascontiguousarray(np.linalg.svd(features)[2][20:].T)
    calibration = Calibration(
        photos=len(features),
        set_thresholds={"0.8": 0.5, "0.95": 0.1},
        matches=MatchScores(same_product=0.99, very_similar=0.9, same_style=0.8),
        strange=0.013,
    )
    head = replace(bare_head(bare.backbone.feature_size), whitening=beyond)
    return Embedder(bare.backbone, head, (), calibration)


def noise() -> bytes:
    """A photo of nothing that the shop has."""
    pixels = np.random.default_rng(1).integers(0, 255, (160, 160, 3), np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")
    return buffer.getvalue()


def fill(folder: Path, embedder: Embedder) -> SearchService:
    store, thumbs = open_store(folder / "store"), Thumbs(folder / "thumbs")
    rows = list(products())
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
        if product.product_id != "Boxes-0":  # one product has no thumbnail
            thumbs.put(sha256, thumbnail(decode(data)))
        stamp = Stamp(sha256, embedder.fingerprint, "run", "2026-01-01T00:00:00Z")
        points.append(Point(product.point_id, vector, product.to_payload(stamp)))
    store.upsert(points)
    return SearchService(embedder, store)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shop")


class Moody:
    """The real service, which a test can make fail."""

    def __init__(self, service: SearchService) -> None:
        self.service = service
        self.failing = False

    def search(self, request: SearchRequest) -> SearchResult:
        if self.failing:
            raise RuntimeError("the innermost secret")
        return self.service.search(request)

    def categories(self) -> dict[str, int]:
        return self.service.categories()

    def count(self) -> int:
        return self.service.count()


@pytest.fixture(scope="module")
def service(folder: Path) -> Moody:
    return Moody(fill(folder, taught(open_embedder(MODEL))))


@pytest.fixture(scope="module")
def url(folder: Path, service: Moody) -> Iterator[str]:
    keep_to_itself(os.environ)  # before the first import of the page
    from ui.api import Api
    from ui.api_policy import Policy
    from ui.page.server import build_page, serve

    example = folder / "green_ladder.jpg"
    example.write_bytes(draw("Ladders", 500))
    page = build_page(service, thumbs=Thumbs(folder / "thumbs"), examples=[example])
    api = Api(service, page.desk.thumbs, Policy())
    yield serve(page, api, port=None, prevent_thread_lock=True)
    page.close(verbose=False)


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
                self.complaints.append(f"console: {said.text}") if said.type == "error" else None
            ),
        )
        self.page.on(
            "request",
            lambda sent: (
                None if sent.url.startswith(own) else self.complaints.append(f"to: {sent.url}")
            ),
        )

    def arrive(self) -> None:
        self.page.goto(self.url)
        self.page.wait_for_selector(".sf-welcome")

    def upload(self, data: bytes, name: str = "photo.jpg") -> None:
        self.page.set_input_files(
            "#photo input[type=file]",
            files={"name": name, "mimeType": "image/jpeg", "buffer": data},
        )

    def wait_for_chip(self, label: str) -> None:
        """Until an answer for this choice is on the page."""
        self.page.wait_for_selector(f".sf-chip[aria-pressed=true]:has-text('{label}')")

    def categories(self) -> list[str]:
        return self.page.locator(".sf-card .sf-fine > span:first-child").all_inner_texts()

    def wait_for_cards(self, n: int) -> None:
        self.page.wait_for_function(
            "n => document.querySelectorAll('.sf-card').length === n", arg=n
        )

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture
def visit(browser: "Browser", url: str) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def begin(size: tuple[int, int] = DESKTOP, scheme: str = "light") -> Visit:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        context.set_default_timeout(20_000)
        visit = Visit(context.new_page(), url)
        visit.watch()
        visit.arrive()
        visits.append(visit)
        return visit

    yield begin
    for visit in visits:
        assert visit.page.evaluate("window.hacked === undefined")
        visit.page.context.close()
        assert visit.complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_photo_finds_similar_products_of_its_category(
    visit: Callable[..., Visit], size: tuple[int, int]
) -> None:
    seen = visit(size)
    assert seen.overflow() <= 0
    seen.upload(draw("Boxes", 999))
    seen.wait_for_cards(9)
    assert set(seen.categories()) == {"Boxes"}
    told = seen.page.locator(".sf-card").first.inner_text()
    assert "Norrland" in told
    assert re.search(r"Boxes no\. \d+", told)
    assert re.search(r"€[12]\d\.00", told)
    assert re.search(r"0\.\d\d$", told.strip())  # the score
    assert "Boxes" in seen.page.locator(".sf-status").inner_text()
    assert "%" in seen.page.locator(".sf-chip", has_text="Boxes").inner_text()
    assert seen.overflow() <= 0


def test_each_card_says_in_words_how_alike_it_is(visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.upload(draw("Boxes", 1))  # a photo that the shop has
    seen.wait_for_cards(9)
    labels = seen.page.locator(".sf-card .sf-match").all_inner_texts()
    assert labels[0] == "Same product"
    assert len(labels) == 9
    assert set(labels[1:]) <= {"Same product", "Very similar", "Same style"}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_what_the_filter_left_out_keeps_a_seat_apart_from_the_rest(
    visit: Callable[..., Visit], size: tuple[int, int]
) -> None:
    seen = visit(size)
    seen.upload(draw("Balls", 999))  # balls, and the hostile product that is one
    seen.wait_for_cards(9)
    apart = seen.page.get_by_role("list", name="In case it is something else")
    assert apart.locator(".sf-card h3").all_inner_texts() == [HOSTILE]
    assert "8 look-alikes in Balls" in seen.page.locator(".sf-status").inner_text()
    assert "kept at the end" in seen.page.locator(".sf-status").inner_text()
    assert seen.overflow() <= 0
    likely = seen.page.get_by_role("button", name="likely:")
    assert [name.split()[0] for name in likely.locator("> span").all_inner_texts()] == [
        "Balls", HOSTILE.split()[0], "Boxes",
    ]  # fmt: skip
    seen.page.get_by_role("button", name="All categories").click()
    seen.wait_for_chip("All categories")
    assert apart.count() == 0
    assert likely.count() == 3  # still said, whatever was chosen


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_photo_of_nothing_here_is_told_so_with_what_to_try(
    visit: Callable[..., Visit], size: tuple[int, int]
) -> None:
    seen = visit(size)
    seen.upload(noise())
    seen.wait_for_cards(9)
    told = seen.page.get_by_role("status").filter(has_text="Nothing quite like this here")
    assert "cropped closer" in told.inner_text()
    assert "another category" in told.inner_text()
    assert "Looking in" not in told.inner_text()
    assert set(seen.page.locator(".sf-card .sf-match").all_inner_texts()) == {"Weak match"}
    assert seen.page.get_by_role("button", name="likely:").count() == 0
    assert seen.overflow() <= 0
    seen.page.get_by_role("button", name="Boxes").click()
    seen.wait_for_chip("Boxes")
    assert "Nothing quite like this here" in seen.page.locator(".sf-status").inner_text()


def test_pictures_are_shown_and_a_missing_one_has_a_placeholder(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.upload(draw("Boxes", 0))  # itself the product without a thumbnail
    seen.wait_for_cards(9)
    assert seen.page.locator(".sf-card").first.locator(".sf-nopic").is_visible()
    seen.page.wait_for_function(
        "[...document.querySelectorAll('.sf-pic img')].slice(0, 3)"
        ".every(image => image.complete && image.naturalWidth > 0)"
    )
    pictures = seen.page.locator(".sf-pic img")
    assert pictures.count() == 8
    assert all(image.get_attribute("alt") for image in pictures.all())


def test_one_click_changes_the_category_and_another_brings_automatic_back(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.upload(draw("Balls", 999))
    seen.wait_for_cards(9)
    seen.page.locator("#category input").click()
    seen.page.get_by_role("option", name="Crosses (12)").click()
    seen.wait_for_chip("Crosses")
    assert set(seen.categories()) == {"Crosses"}
    seen.page.get_by_role("button", name="All categories").click()
    seen.wait_for_chip("All categories")
    assert seen.page.locator("#category input").input_value() == "All categories"
    seen.page.get_by_role("button", name="Balls").click()
    seen.wait_for_chip("Balls")
    assert set(seen.categories()) == {"Balls"}
    assert seen.page.locator("#category input").input_value() == "Balls (12)"
    seen.page.get_by_role("button", name="Automatic").click()
    seen.wait_for_chip("Automatic")


def test_a_new_photo_forgets_the_category_chosen_for_the_last_one(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.upload(draw("Ladders", 999))
    seen.wait_for_cards(9)
    seen.page.get_by_role("button", name="All categories").click()
    seen.wait_for_chip("All categories")
    seen.page.get_by_label("Remove Image").click()
    seen.page.wait_for_selector(".sf-welcome")
    seen.upload(draw("Crosses", 999))
    seen.wait_for_chip("Automatic")
    assert set(seen.categories()) == {"Crosses"}


def test_the_number_of_results_follows_the_slider(visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.upload(draw("Ladders", 999))
    seen.wait_for_cards(9)
    number = seen.page.locator("#results input[type=number]")
    number.fill("4")
    number.press("Enter")
    seen.wait_for_cards(4)
    slider = seen.page.locator("#results input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    seen.wait_for_cards(5)


def test_an_example_is_one_click_away(visit: Callable[..., Visit]) -> None:
    seen = visit((1280, 600))
    seen.page.get_by_role("button", name="Search with Green ladder").click()
    seen.wait_for_cards(9)
    assert set(seen.categories()) == {"Ladders"}
    seen.page.wait_for_selector("#photo img")
    # still below the photo, now that the menus stand between them
    left = "e => Math.round(e.getBoundingClientRect().left)"
    tile = seen.page.locator(".sf-examples")
    assert tile.evaluate(left) == seen.page.locator("#photo").evaluate(left)


def test_a_copied_picture_can_be_pasted(visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=seen.url)
    buffer = BytesIO()
    decode(draw("Crosses", 999)).save(buffer, "PNG")
    copy = """async bytes => navigator.clipboard.write([new ClipboardItem(
        {'image/png': new Blob([new Uint8Array(bytes)], {type: 'image/png'})})])"""
    seen.page.evaluate(copy, list(buffer.getvalue()))
    seen.page.get_by_label("Paste from clipboard").click()
    seen.wait_for_cards(9)
    assert set(seen.categories()) == {"Crosses"}


def test_the_camera_can_take_the_photo(visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.page.get_by_label("Capture from camera").click()
    seen.page.get_by_text("Click to Access Webcam").click()
    # a click before the first frame takes no photo
    seen.page.wait_for_function("document.querySelector('#photo video')?.videoWidth > 0")
    seen.page.get_by_label("capture photo").click()
    seen.wait_for_cards(9)
    seen.page.wait_for_selector("#photo img")


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"<html><body>Not a photo</body></html>", "photo.jpg", "That file is not a picture"),
        (b"", "photo.jpg", "That file is empty"),
        (draw("Balls", 1)[:900], "photo.jpg", "That picture is"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.svg", "That file is not a picture"),
    ],
    ids=["html", "empty", "truncated", "svg"],
)
def test_a_bad_file_is_explained_and_the_next_photo_works(
    visit: Callable[..., Visit], data: bytes, name: str, words: str
) -> None:
    seen = visit()
    seen.upload(data, name)
    seen.page.wait_for_selector(".sf-notice")
    told = seen.page.locator(".sf-notice").inner_text()
    assert words in told
    assert "Traceback" not in seen.page.content()
    seen.page.get_by_text("Drop a photo here").wait_for()  # the frame is free again
    seen.upload(draw("Boxes", 999))
    seen.wait_for_cards(9)


def test_hostile_catalog_text_is_only_text(visit: Callable[..., Visit]) -> None:
    seen = visit()
    assert "onerror" in seen.page.locator(".sf-shelf").inner_text()
    seen.upload(draw("Balls", 100))
    seen.wait_for_cards(9)
    seen.page.locator("#category input").click()
    seen.page.get_by_role("option", name="onerror").click()
    seen.wait_for_cards(3)
    assert seen.page.locator(".sf-card h3").first.inner_text() == HOSTILE
    assert seen.page.locator(".sf-card a").count() == 0
    seen.page.wait_for_timeout(300)  # what would run, runs now; the fixture looks for it


def test_a_fault_is_admitted_without_its_details(
    visit: Callable[..., Visit], service: Moody
) -> None:
    seen = visit()
    service.failing = True
    try:
        seen.upload(draw("Boxes", 999))
        seen.page.wait_for_selector(".sf-notice")
    finally:
        service.failing = False
    assert "Something went wrong" in seen.page.locator(".sf-notice").inner_text()
    assert "secret" not in seen.page.content()
    assert "Traceback" not in seen.page.content()
    seen.upload(draw("Boxes", 999))
    seen.wait_for_cards(9)


def test_everything_can_be_reached_and_told_apart_without_a_mouse(
    visit: Callable[..., Visit],
) -> None:
    seen = visit(scheme="dark")
    seen.upload(draw("Boxes", 999))
    seen.wait_for_cards(9)
    chip = seen.page.get_by_role("button", name="All categories")
    chip.focus()
    chip.press("Enter")
    seen.wait_for_chip("All categories")
    unnamed = [
        button.evaluate("b => b.outerHTML.slice(0, 120)")
        for button in seen.page.locator("button:visible").all()
        if not (button.get_attribute("aria-label") or button.inner_text().strip())
    ]
    assert unnamed == []
    assert seen.page.locator("h1").count() == 1
    assert seen.page.evaluate("document.documentElement.lang") == "en"
    assert seen.page.title() == "Snapshelf"
