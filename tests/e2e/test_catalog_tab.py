"""A catalog manager in a real Chromium: catalogs come in, are looked at, and others stay out."""

import csv
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from made import TINY, picture
from made_page import LEFT, grave

from catalog.store import open_store
from catalog.thumbs import Thumbs
from search.demand import DemandLog, Unmet
from ui.build import Target
from ui.offline import keep_to_itself
from ui.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from ui.page.office import Office
    from ui.page.server import Page as Blocks

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>${1/0}{{x}}\''
PASSWORD = "a long password"
# Rows that take a few seconds.
MANY = 2500
DESKTOP, PHONE = (1280, 900), (390, 844)


@dataclass(frozen=True)
class Site:
    """A running page and what stands behind it."""

    url: str
    office: "Office"
    page: "Blocks"
    allowed: Path


@contextmanager
def served(folder: Path, password: str | None = None, **how: Any) -> Iterator[Site]:
    """The page over the index in `folder`, which need not be there."""
    keep_to_itself(os.environ)  # before the first import of the page
    from ui.api import Api
    from ui.api_policy import Policy
    from ui.page.gate import Gate
    from ui.page.office import Office
    from ui.page.server import build_page, serve
    from ui.reindexing import following

    allowed = folder / "allowed"
    allowed.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=folder / "home", model=TINY)
    target = Target(settings, str(folder / "store"), "products")
    office = Office(target, Gate(password, "127.0.0.1"), catalogs=(allowed,), **how)
    thumbs = Thumbs(settings.thumbs)
    with following(None, target) as service:
        page = build_page(service, thumbs=thumbs, office=office)
        api = Api(service, thumbs, Policy())
        url = serve(page, api, port=None, prevent_thread_lock=True)
        yield Site(url, office, page, allowed)
        page.close(verbose=False)
        office.close()


def table(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([["id", "title", "category", "image", "price"], *rows])
    return text.getvalue().encode()


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def lamps(number: int, *more: list[str]) -> bytes:
    """A ZIP of so many lamps, each with a file of its own, and `more` rows."""
    rows = [[f"L{n}", f"Lamp {n}", "Lamps", f"pics/{n}.jpg", f"{n}.5"] for n in range(number)]
    # what follows a JPEG's end makes another file of it, and no other picture
    some = [picture(n) for n in range(50)]
    files = {f"pics/{n}.jpg": some[n % 50] + str(n).encode() for n in range(number)}
    return packed({"lamps.csv": table([*rows, *more]), **files})


@dataclass
class Visit:
    """One manager's page, and everything about it that must not happen."""

    page: "Page"
    url: str
    complaints: list[str] = field(default_factory=list)
    refused: bool = False
    """What the toolkit says of a refused event is what the test is about."""

    def watch(self) -> None:
        own = (self.url, "data:", f"blob:{self.url}")
        page = self.page
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: (
                self.complaints.append(f"console: {said.text}")
                if said.type == "error" and not self.refused and not LEFT.search(said.text)
                else None
            ),
        )
        page.on(
            "request",
            lambda sent: (
                None if sent.url.startswith(own) else self.complaints.append(f"to: {sent.url}")
            ),
        )

    def arrive(self) -> None:
        self.page.goto(f"{self.url}?tab=catalog")
        self.page.locator("#catalog-stock section").wait_for()

    def send(self, name: str, data: bytes) -> None:
        """Until it can be looked at."""
        self.page.set_input_files(
            "input[data-catalog]",
            files={"name": name, "mimeType": "application/octet-stream", "buffer": data},
        )
        self.page.locator("#catalog-draft section").wait_for()

    def start(self) -> None:
        self.page.get_by_role("button", name="Bring it in").click()
        self.page.locator("#catalog-draft section").wait_for(state="hidden")
        self.page.locator("#catalog-intake [data-state]").wait_for()

    def wait_for(self, state: str) -> None:
        self.page.locator(f"#catalog-intake [data-state={state}]").wait_for()

    def outcomes(self) -> dict[str, int]:
        """Those that occurred."""
        texts = self.page.locator(".sf-outcomes li").all_inner_texts()
        pairs = (text.split("\n") for text in texts)
        return {name: int(n.replace(",", "")) for n, name in pairs if n != "0"}

    def text(self, part: str) -> str:
        return self.page.locator(f"#catalog-{part}").inner_text()

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def wait_for_pictures(self, part: str) -> int:
        """All that are in sight have something to show; how many there are."""
        self.page.wait_for_function(
            """part => [...document.querySelectorAll(`#catalog-${part} img`)].every(image => {
                 image.scrollIntoView(); return image.complete && image.naturalWidth > 0; })""",
            arg=part,
        )
        return self.page.locator(f"#catalog-{part} img").count()


@pytest.fixture(params=[(DESKTOP, False), (PHONE, True)], ids=["desktop-light", "phone-dark"])
def look(request: pytest.FixtureRequest) -> tuple[tuple[int, int], bool]:
    """Every flow is gone through in both."""
    found: tuple[tuple[int, int], bool] = request.param
    return found


@pytest.fixture
def visit(browser: "Browser", look: tuple[tuple[int, int], bool]) -> Iterator[Callable[..., Visit]]:
    visits: list[tuple[Visit, BrowserContext]] = []

    def begin(site: Site, *, language: str = "en") -> Visit:
        size, dark = look
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            locale=language,
        )
        context.set_default_timeout(30_000)
        made = Visit(context.new_page(), site.url)
        made.watch()
        visits.append((made, context))
        return made

    yield begin
    for made, context in visits:
        assert made.page.evaluate("window.hacked === undefined")
        context.close()
        assert made.complaints == []


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as site:
        yield site


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A shelf with hostile texts, one picture on six products, and something to choose from."""
    from ui.page.drafts import Drafts
    from ui.page.intake import Options, bring_in

    folder = tmp_path_factory.mktemp("shop")
    with served(folder) as site:
        place = site.allowed / "first"
        place.mkdir()
        rows = []
        for n in range(30):
            seed = 0 if n < 6 else n
            (place / f"{n}.jpg").write_bytes(picture(seed, size=(160, 200)))
            category = ("Hats", "Shoes", HOSTILE, "")[n % 4]
            rows.append([f"{HOSTILE}{n}", f"{HOSTILE} {n}", category, f"{n}.jpg", "1"])
        rows.append([f"{HOSTILE}x", HOSTILE, HOSTILE, HOSTILE, HOSTILE])
        (place / "list.csv").write_bytes(table(rows))
        drafts = Drafts(site.office.kept, site.office.uploads)
        draft = drafts.of_place(place / "list.csv", HOSTILE)
        bring_in(site.office.target, site.office.jobs, drafts, draft, Options())
        site.office.jobs._thread.join()  # type: ignore[union-attr]
        yield site


def test_the_first_catalog_comes_in_by_the_page_and_is_found_at_once(
    empty: Site, visit: Callable[..., Visit]
) -> None:
    seen = visit(empty)
    ready = f"{empty.url}readyz"
    assert httpx.get(ready, trust_env=False).status_code == 503
    seen.page.goto(empty.url)
    seen.page.get_by_text("The shelf is empty").wait_for()
    seen.page.get_by_role("tab", name="Catalog").click()
    seen.page.locator("#catalog-stock", has_text="The shelf is empty").wait_for()
    bad = [
        ["L0", "twice", "Lamps", "pics/0.jpg", "1"],
        ["X1", "no picture", "Lamps", "pics/none.jpg", "1"],
        ["X2", "no picture", "Lamps", "", "1"],
        ["X3", "a bad price", "Lamps", "pics/1.jpg", "cheap"],
    ]
    seen.send("lamps.zip", lamps(40, *bad))
    told = seen.text("draft")
    assert "lamps, before it is brought in" in told
    assert "pics/0.jpg" in told
    assert not (empty.office.kept / "lamps").exists()
    seen.start()
    seen.wait_for("done")
    assert seen.outcomes() == {"new": 41, "repeated": 1, "not taken": 2}
    told = seen.text("intake")
    for words in ("44 of 44 rows", "picture not found", "no picture named", "unreadable price"):
        assert words in told
    with seen.page.expect_download() as download:
        seen.page.get_by_role("link", name="Download the rows that were not taken").click()
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"]: row["reason"] for row in rows} == {
        "L0": "duplicate", "X1": "not_found", "X2": "no_image",
    }  # fmt: skip
    seen.page.locator("#catalog-stock", has_text="41").wait_for()
    assert "catalogs/lamps" in seen.text("sources")
    assert "Lamps" in seen.text("shelf")
    assert httpx.get(ready, trust_env=False).json() == {"images": 41}
    # the search tab was loaded when there was nothing
    seen.page.get_by_role("tab", name="Search").click()
    seen.page.get_by_text("41 product photos in 1 category").wait_for(state="attached")
    seen.page.locator(".sf-shelf", has_text="Lamps").wait_for()
    seen.page.set_input_files(
        "#photo .sf-drop input[type=file]",
        files={"name": "p.jpg", "mimeType": "image/jpeg", "buffer": picture(7)},
    )
    assert seen.page.locator(".sf-card h3").first.inner_text() == "Lamp 7"


def test_progress_is_seen_by_all_and_a_stopped_run_goes_on(
    empty: Site, visit: Callable[..., Visit]
) -> None:
    other = visit(empty)
    other.page.goto(empty.url)
    seen = visit(empty)
    seen.arrive()
    seen.send("lamps.zip", lamps(MANY))
    seen.start()
    seen.page.wait_for_function(
        "() => document.querySelector('#catalog-intake progress')?.value > 20"
    )
    # another browser, and this one again
    other.page.get_by_role("tab", name="Catalog").click()
    seen.page.reload()
    for one in (other, seen):
        one.wait_for("running")
        assert "Bringing in lamps" in one.text("intake")
        bar = one.page.locator("#catalog-intake progress")
        value, most = bar.evaluate("bar => [bar.value, bar.max]")
        assert 20 < value < most == MANY
    other.page.get_by_role("button", name="Stop").click()
    for one in (seen, other):
        one.wait_for("stopped")
        assert "the next run goes on from here" in one.text("intake")
    new = seen.outcomes()["new"]
    assert new < MANY
    # what is in can be searched
    assert httpx.get(f"{empty.url}readyz", trust_env=False).json() == {"images": new}
    seen.page.locator("#catalog-sources", has_text="stopped before its end").wait_for()
    seen.page.get_by_role("button", name="Run again: catalogs/lamps").click()
    seen.page.locator("#catalog-draft section").wait_for()
    seen.start()
    seen.wait_for("done")
    assert seen.outcomes() == {"unchanged": new, "new": MANY - new}


def test_a_newer_edition_costs_only_what_changed_and_may_take_products_away(
    empty: Site, visit: Callable[..., Visit]
) -> None:
    seen = visit(empty)
    seen.arrive()
    seen.send("lamps.zip", lamps(20))
    seen.start()
    seen.page.get_by_text("20 of 20 rows").wait_for()
    seen.wait_for("done")
    seen.send("lamps.zip", lamps(17, ["N", "New", "Lamps", "pics/1.jpg", "1"]))
    seen.page.get_by_text("Remove products that are not in this catalog").click()
    seen.start()
    seen.page.get_by_text("18 of 18 rows").wait_for()
    seen.wait_for("done")
    assert seen.outcomes() == {"unchanged": 17, "new": 1}
    assert "3 vanished products were removed" in seen.text("intake")
    seen.page.locator("#catalog-sources", has_text="18 products").wait_for()
    assert seen.page.locator(".sf-sources li").count() == 1


def test_columns_are_chosen_where_their_names_say_nothing(
    empty: Site, visit: Callable[..., Visit]
) -> None:
    (empty.allowed / "0.jpg").write_bytes(picture(0))
    (empty.allowed / "odd.csv").write_text(f'nr,"{HOSTILE.replace(chr(34), chr(34) * 2)}",where\n'
                                           "A,Lamp of a kind,0.jpg\n")  # fmt: skip
    seen = visit(empty)
    seen.arrive()
    seen.page.get_by_role("button", name="Look at it: odd.csv").click()
    seen.page.get_by_text("This cannot be read as a catalog").wait_for()
    assert seen.page.get_by_role("button", name="Bring it in").count() == 0
    for field_, column in (("id", "nr"), ("image", "where"), ("title", HOSTILE)):
        seen.page.locator(f"select[data-column={field_}]").select_option(column)
        seen.page.wait_for_timeout(200)
    seen.page.get_by_role("button", name="Bring it in").wait_for()
    seen.page.locator(".sf-rows", has_text="Lamp of a kind").wait_for()
    seen.start()
    seen.wait_for("done")
    assert seen.outcomes() == {"new": 1}
    # read in the same way when it is run again
    seen.page.get_by_role("button", name="Run again: allowed/odd.csv").click()
    seen.page.locator(".sf-rows", has_text="Lamp of a kind").wait_for()


def test_a_file_that_is_no_catalog_is_refused_with_words(
    visit: Callable[..., Visit], shop: Site
) -> None:
    seen = visit(shop)
    seen.arrive()
    for name, data, words in (
        ("photo.jpg", picture(0), "cannot be read"),
        ("empty.csv", b"", "no header row"),
        ("book.xlsx", packed({"[Content_Types].xml": b"x"}), "save its table as CSV"),
        ("evil.zip", packed({"../../x.csv": b"id,image\n"}), "a path that leads out of it"),
    ):
        seen.send(name, data)
        assert words in seen.text("draft")
        assert seen.page.get_by_role("button", name="Bring it in").count() == 0
        seen.page.get_by_role("button", name="Leave it").click()
        seen.page.locator("#catalog-draft section").wait_for(state="hidden")
    kept = [path for path in shop.office.kept.rglob("*") if ".arriving" not in path.parts]
    assert kept == []


def test_a_shelf_is_told_by_category_with_samples(visit: Callable[..., Visit], shop: Site) -> None:
    seen = visit(shop)
    seen.arrive()
    assert seen.page.locator("#catalog-stock .sf-tiles b").all_inner_texts() == [
        "30", "30", "3", "1",
    ]  # fmt: skip
    bars = seen.page.locator("#catalog-shelf button")
    assert [text.split("\n")[0] for text in bars.all_inner_texts()] == [
        "without a category", "Hats", "Shoes", HOSTILE,
    ]  # fmt: skip
    bars.filter(has_text="Hats").click()
    seen.page.get_by_role("heading", name="Samples of Hats").wait_for()
    assert seen.wait_for_pictures("sheet") == 8
    seen.page.get_by_role("button", name="Close").click()
    seen.page.locator("#catalog-sheet section").wait_for(state="hidden")
    bars.filter(has_text="onerror").click()
    seen.page.locator("#catalog-sheet", has_text="onerror").wait_for()
    assert HOSTILE in seen.page.locator("#sheet-title").inner_text()


def test_the_contract_is_checked_with_one_click(visit: Callable[..., Visit], shop: Site) -> None:
    seen = visit(shop)
    seen.arrive()
    seen.page.get_by_text("Index, model and contract").click()
    seen.page.get_by_role("button", name="Check the contract").click()
    told = seen.page.get_by_role("status").filter(has_text="The contract")
    told.wait_for()
    assert "30 pictures were looked at" in told.inner_text()
    assert told.get_by_text("fine", exact=True).count() == 4
    with open_store(shop.office.target.store) as store:
        point = next(store.scroll())
        kept = point.payload
        store.set_payload({point.id: kept | {"price": HOSTILE}})
        seen.page.get_by_role("button", name="Check the contract").click()
        seen.page.locator("#catalog-contract .is-bad").wait_for()
        store.set_payload({point.id: kept})
    assert "1 thing breaks" in seen.text("contract")
    assert "price" in seen.text("contract")


def test_the_doctor_shows_what_it_found_also_after_a_reload(
    visit: Callable[..., Visit], shop: Site
) -> None:
    seen = visit(shop)
    seen.arrive()
    seen.page.get_by_role("button", name="Examine").click()
    seen.page.locator("#catalog-doctor .sf-chapter").first.wait_for()
    for again in (False, True):
        if again:
            seen.arrive()
        chapter = seen.page.locator(".sf-chapter", has_text="One picture on many products")
        assert "6 products" in chapter.inner_text()
        assert "give the product a picture of its own" in chapter.inner_text()
        assert seen.wait_for_pictures("doctor") >= 6
        assert HOSTILE in chapter.inner_text()
    with seen.page.expect_download() as download:
        seen.page.get_by_role("link", name="All findings as CSV").click()
    assert "placeholder" in Path(download.value.path()).read_text()
    with seen.page.context.expect_page() as opened:
        seen.page.get_by_role("link", name="The whole page").click()
    opened.value.get_by_role("heading", name="What this catalog needs").wait_for()
    assert opened.value.evaluate("window.hacked === undefined")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_everybody_can_use_it_and_nothing_leaves_the_screen(
    visit: Callable[..., Visit], shop: Site, language: str
) -> None:
    seen = visit(shop, language=language)
    seen.arrive()
    page = seen.page
    page.locator("#catalog-stock summary").click()
    page.locator("#catalog-stock [data-trigger=check]").click()
    page.locator("#catalog-contract table").wait_for()
    page.locator("#catalog-shelf button").first.click()
    page.locator("#catalog-sheet li").first.wait_for()
    page.locator("#catalog-sources [data-trigger=look]").first.click()
    page.locator("#catalog-draft .sf-rows").wait_for()
    page.locator("#catalog-draft summary").click()
    page.locator("#catalog-doctor [data-trigger=examine]").click()
    page.locator("#catalog-doctor .sf-chapter").first.wait_for()
    for _ in ("as it is", "the other colours"):
        assert grave(page, "#room-catalog") == []
        page.locator("[data-theme]").click()
    assert seen.overflow() <= 0
    assert page.evaluate("document.documentElement.lang") == language
    words = page.locator("#room-catalog").inner_text()
    own = ("Trên kệ", "Nhập danh mục", "Loại hàng", "Chỗ cần sửa", "Một ảnh cho nhiều sản phẩm")
    english = ("On the shelf", "Bring a catalog in", "Categories", "What needs a hand",
               "One picture on many products")  # fmt: skip
    for here, there in zip(*((own, english) if language == "vi" else (english, own)), strict=True):
        assert here in words
        assert there not in words


def test_every_control_works_by_keyboard_and_keeps_its_place(
    visit: Callable[..., Visit], shop: Site
) -> None:
    seen = visit(shop)
    seen.arrive()
    bar = seen.page.locator("#catalog-shelf button").first
    bar.focus()
    bar.press("Enter")
    seen.page.locator("#sheet-title").wait_for()
    assert seen.page.evaluate("document.activeElement.id") == "sheet-title"
    unnamed = [
        button.evaluate("b => b.outerHTML.slice(0, 120)")
        for button in seen.page.locator("#room-catalog :is(button, a, select, input):visible").all()
        if not button.evaluate("b => b.ariaLabel || b.innerText?.trim() || b.labels?.length")
    ]
    assert unnamed == []


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A page with a password, whose shelf has one catalog with a row that was not taken."""
    folder = tmp_path_factory.mktemp("locked")
    with served(folder, PASSWORD, demand_log=True) as site:
        from ui.page.drafts import Drafts
        from ui.page.intake import Options, bring_in

        rows = [["S", "Secret lamp", "L", "0.jpg", "1"], ["T", "x", "L", "none.jpg", "1"]]
        (site.allowed / "secret.csv").write_bytes(table(rows))
        (site.allowed / "0.jpg").write_bytes(picture(0))
        drafts = Drafts(site.office.kept, site.office.uploads)
        draft = drafts.of_place(site.allowed / "secret.csv", "secret")
        bring_in(site.office.target, site.office.jobs, drafts, draft, Options())
        site.office.jobs._thread.join()  # type: ignore[union-attr]
        yield site


def test_the_door_opens_with_the_password_and_closes_again(
    visit: Callable[..., Visit], locked: Site
) -> None:
    seen = visit(locked)
    page = seen.page
    page.goto(locked.url)
    page.get_by_role("tab", name="Catalog").click()
    page.get_by_text("For the shop's own people").wait_for()
    for word in ("not the password", PASSWORD):
        assert "secret.csv" not in page.content()
        page.locator("#password-catalog").fill(word)
        page.get_by_role("button", name="Come in").click()
        if word != PASSWORD:
            page.get_by_text("That is not the password.").wait_for()
    page.locator("#catalog-sources", has_text="secret.csv").wait_for()
    assert page.get_by_text("For the shop's own people").count() == 0
    rejects = page.get_by_role("link", name="Rows that were not taken, as CSV").get_attribute(
        "href"
    )
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    with httpx.Client(base_url=locked.url, trust_env=False, cookies=cookies) as manager:
        assert "none.jpg" in manager.get(str(rejects)).text
        manager.post("manage/leave", headers={"origin": locked.url.rstrip("/")})
        assert manager.get(str(rejects)).status_code == 403
    # the page that is still open in the browser learns it with its next click
    seen.refused = True
    page.locator("#catalog-shelf button").first.click()
    page.get_by_text("For the shop's own people").wait_for()
    page.locator("#room-catalog").wait_for(state="hidden")


def test_without_the_password_no_handler_tells_or_does_anything(locked: Site) -> None:
    from ui.page.catalog_tab import CatalogTab

    own = {name for name in vars(CatalogTab) if name.startswith("_") and name != "__init__"}
    handlers = {n: fn for n, fn in locked.page.fns.items() if fn.name in own}
    assert {fn.name for fn in handlers.values()} >= {
        "_look", "_check", "_look_at", "_mapped", "_bring", "_leave", "_sheet", "_shut", "_examine",
        "_tell", "_stop", "_arrive", "_arrive_by_link", "_turned_away",
    }  # fmt: skip
    event = {"known": "allowed/secret.csv", "category": "L", "draft": "x", "round": 0}
    with httpx.Client(base_url=locked.url, trust_env=False, timeout=20) as stranger:
        for number, fn in handlers.items():
            told = ask(stranger, number, len(fn.inputs), event)
            quiet = fn.name in ("_arrive", "_arrive_by_link", "_turned_away")
            assert told["success"] is quiet, fn.name
            text = json.dumps(told)
            assert "secret" not in text.lower(), fn.name
            assert "Samples of" not in text
        assert stranger.post("manage/catalogs?name=x.csv", content=b"x").status_code == 403
        rejects = next(iter(locked.office.target.settings.home.glob("rejects/*.csv")))
        assert stranger.get(locked.office.files.link(rejects)).status_code == 403
    assert locked.office.jobs.last("doctor", "demand") is None


def ask(client: httpx.Client, number: int, inputs: int, event: Any) -> dict[str, Any]:
    """What a browser does for one event; the server's last word."""
    body = {
        "data": [None] * inputs, "fn_index": number, "session_hash": f"s{number}",
        "event_data": event, "trigger_id": 1,
    }  # fmt: skip
    client.post("gradio_api/queue/join", json=body).raise_for_status()
    where = f"gradio_api/queue/data?session_hash=s{number}"
    with client.stream("GET", where) as stream:
        for line in stream.iter_lines():
            message = json.loads(line.removeprefix("data:")) if line else {}
            if message.get("msg") == "process_completed":
                return dict(message)
    raise AssertionError("the stream ended before the answer")


def test_without_a_password_only_this_machine_may_manage(shop: Site) -> None:
    for headers in ({"host": "shop.example"}, {"x-forwarded-for": "10.0.0.1"}):
        answer = httpx.post(
            f"{shop.url}manage/catalogs?name=x.csv", content=b"x", headers=headers, trust_env=False
        )
        assert answer.status_code == 403


def test_what_was_looked_for_in_vain_is_brought_together(
    visit: Callable[..., Visit], locked: Site
) -> None:
    day = datetime.now(UTC).date().isoformat()
    with DemandLog(locked.office.target.settings.demand_log_file) as log:
        for words, photo in ((HOSTILE, b""), ("a lamp", picture(3)), ("a lamp", picture(4))):
            log.put(Unmet(day, "nothing", None, None, words, photo))
    seen = visit(locked)
    page = seen.page
    page.goto(f"{locked.url}?tab=catalog")
    page.locator("#password-catalog").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    page.get_by_role("button", name="Bring them together").click()
    page.locator(".sf-wants li").first.wait_for()
    told = seen.text("demand")
    assert HOSTILE in told
    assert "a lamp" in told
    assert re.search(r"\d searches in vain", told)
    assert seen.wait_for_pictures("demand") >= 1
    page.get_by_role("link", name="The whole page").last.wait_for()
