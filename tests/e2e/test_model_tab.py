"""The model tab in a real Chromium: each flow as a manager goes through it."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from made_models import EACH, photo, shop
from made_page import DESKTOP, HOSTILE, PHONE, Visit, at_rest, begin, end, grave

from catalog.thumbs import Thumbs
from ui.build import Target
from ui.known_models import known_models
from ui.offline import keep_to_itself
from ui.reindexing import following

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PASSWORD = "a long enough one"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return shop(tmp_path_factory.mktemp("model-tab"))


@pytest.fixture(scope="module")
def url(target: Target) -> Iterator[str]:
    keep_to_itself(os.environ)  # before the first import of the page
    from ui.api import Api
    from ui.api_policy import Policy
    from ui.page.gate import Gate
    from ui.page.office import Office
    from ui.page.server import build_page, serve

    example = target.settings.home / "green_box.jpg"
    example.write_bytes(photo("Boxes", 500))
    thumbs, office = Thumbs(target.settings.thumbs), Office(target, Gate(None, "127.0.0.1"))
    with following(None, target) as service:
        page = build_page(service, thumbs=thumbs, examples=[example], office=office)
        # shoppers who search all the time
        api = Api(service, thumbs, replace(Policy(), per_minute=0))
        yield serve(page, api, port=None, prevent_thread_lock=True)
        page.close(verbose=False)
        office.close()


class Manager:
    """Somebody on the model tab."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page
        self.page.get_by_role("tab").nth(2).click()
        self.page.wait_for_selector("#model-switch .sf-part")

    def told(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def wait_for(self, selector: str, text: str) -> None:
        self.page.locator(selector, has_text=text).first.wait_for()


@pytest.fixture(params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def look(request: pytest.FixtureRequest) -> tuple[tuple[int, int], str]:
    """Every flow is gone through in both."""
    found: tuple[tuple[int, int], str] = request.param
    return found


# what a shop remembers of it, the next visitor would find done
ONCE = pytest.mark.parametrize("look", [(DESKTOP, "light")], indirect=True, ids=["desktop-light"])


@pytest.fixture
def manager(
    browser: "Browser", url: str, look: tuple[tuple[int, int], str]
) -> Iterator[Callable[..., Manager]]:
    visits: list[Visit] = []

    def new(**more: Any) -> Manager:
        visits.append(begin(browser, url, *look, **more))
        visits[-1].page.context.set_default_timeout(30_000)
        return Manager(visits[-1])

    yield new
    for one in visits:
        end(one)


class Shoppers:
    """They search all the time, and note which model has answered."""

    def __init__(self, url: str) -> None:
        self.models: list[str] = []
        self.faults: list[str] = []
        self._url = url
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._search)

    def __enter__(self) -> "Shoppers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _search(self) -> None:
        data = photo("Balls", 999)
        with httpx.Client(base_url=self._url, timeout=30, trust_env=False) as client:
            while not self._ended.is_set():
                answer = client.post("v1/search", files={"image": data})
                models = {hit["model"] for hit in answer.json().get("hits", ())}
                if answer.status_code != 200 or len(models) != 1:
                    self.faults.append(f"{answer.status_code}: {models} {answer.text[:200]}")
                self.models += models


@ONCE
def test_a_model_is_taught_switched_to_and_rolled_back_while_shoppers_search(
    manager: Callable[..., Manager], url: str, target: Target
) -> None:
    seen, bare = manager(), known_models(target)[0].fingerprint
    page = seen.page
    page.get_by_role("button", name="Teach a model").first.click()  # of those that lead down
    assert page.evaluate("document.activeElement.innerText") == "Teach a model"
    # nothing has happened yet, and a mistake is told all the same
    choices = page.locator("#model-pair select")
    choices.nth(1).select_option(choices.nth(0).input_value())
    page.get_by_role("button", name="Take a product at random").click()
    seen.wait_for("#model-job .sf-told", "Choose two different models.")
    page.locator("#model-job").get_by_role("button", name="Close").click()
    assert "not taught on any catalog" in seen.told("#model-list .sf-served")
    form = page.locator("#model-train form")
    form.get_by_text("Leave categories out").click()
    left_out = form.locator(".sf-boxes").get_by_text("onerror")
    assert HOSTILE in left_out.inner_text()
    left_out.click()
    with Shoppers(url) as shoppers:
        form.get_by_role("button", name="Teach a model").click()
        job = page.locator("#model-job .sf-job")
        job.locator("progress").first.wait_for()
        assert "Teach a model" in job.inner_text()
        assert page.locator("#model-train .sf-outcome").count() == 0
        page.locator("#model-train .sf-outcome").wait_for()
        taught = next(one for one in known_models(target) if one.labels)
        assert HOSTILE not in taught.labels
        assert len(taught.labels) == 3
        table = page.locator("#model-train .sf-compared")
        assert [row.split("\t")[0] for row in table.inner_text().split("\n")[:3]] == [
            "Measure", "Category right", "Category in first three",
        ]  # fmt: skip
        numbers = table.locator("tbody tr").first.inner_text()
        assert re.search(r"\d+\.\d%.*–", numbers.replace("\n", " "))  # the bare one knows none
        assert set(shoppers.models) == {bare}
        # from the numbers straight to the switch
        page.get_by_role("button", name="Switch to this model").click()
        switch = page.locator("#model-switch")
        assert switch.locator("select[name=model]").input_value() == taught.fingerprint
        assert switch.get_by_label("Let the lab judge first").is_checked()
        switch.get_by_role("button", name="Re-index with this model").click()
        seen.wait_for("#model-switch .sf-outcome", "From now on shoppers search with")
        outcome = seen.told("#model-switch .sf-outcome")
        assert f"{4 * EACH * 3 // 2} pictures" in outcome
        assert "Judged by a second photo of" in outcome
        assert re.search(r"Of nine results \d+\.\d% are right", outcome)
        seen.wait_for("#model-list .sf-served", taught.short)
        until(lambda: shoppers.models[-1] == taught.fingerprint)
        # and back: first it is said from where to where
        switch.get_by_text("Roll back…").click()
        question = switch.locator("details[open]").inner_text()
        assert question.index(taught.short) < question.index(bare[:8])
        switch.get_by_role("button", name="Roll back now").click()
        seen.wait_for("#model-switch .sf-outcome", "Rolled back.")
        seen.wait_for("#model-list .sf-served", bare[:8])
        until(lambda: shoppers.models[-1] == bare)
        # another click at the same place must not go forward again
        assert not switch.get_by_role("button", name="Roll back now").is_visible()
    assert shoppers.faults == []
    turns = [a for a, b in zip(shoppers.models, [None, *shoppers.models], strict=False) if a != b]
    assert turns == [bare, taught.fingerprint, bare]
    # a bare backbone has learned from no photo: those of any teaching can measure it
    offered = page.locator("#model-lab select[name=photos]").inner_text()
    assert "put aside when this one was taught: Taught on shop, by category" in offered
    switch.get_by_text("Clean up…").click()
    switch.get_by_text("Also the previous one").click()
    switch.get_by_role("button", name="Delete them").click()
    seen.wait_for("#model-switch .sf-outcome", f"products__{taught.short}")
    switch.get_by_text("Roll back…").click()
    assert "There is nothing to go back to" in switch.inner_text()


def until(holds: Callable[[], bool], patience_s: float = 30.0) -> None:
    waited = threading.Event()
    for _ in range(int(patience_s / 0.05)):
        if holds():
            return
        waited.wait(0.05)
    raise AssertionError("it never became true")


def test_a_training_that_is_stopped_leaves_no_model(
    manager: Callable[..., Manager], target: Target
) -> None:
    seen = manager()
    before = {one.fingerprint for one in known_models(target)}
    folders = sorted((target.settings.home / "trained").glob("*"))
    page = seen.page
    page.locator("#model-train").get_by_text("Advanced").click()
    page.get_by_role("radio", name="Nearly all of the backbone").check()  # it takes a while
    page.locator("#model-train form").get_by_role("button", name="Teach a model").click()
    # another job has to wait for the first, and is told so
    stop = page.locator("#model-job").get_by_role("button", name="Stop")
    stop.wait_for()
    page.locator("#model-map button[data-trigger]").click()
    seen.wait_for("#model-job .sf-told", "Another job is under way: Teach a model.")
    stop.click()
    seen.wait_for("#model-job .sf-job", "stopped")
    assert {one.fingerprint for one in known_models(target)} == before
    assert sorted((target.settings.home / "trained").glob("*")) == folders
    page.locator("#model-job").get_by_role("button", name="Close").click()
    page.locator("#model-job .sf-job").wait_for(state="detached")


@ONCE
def test_a_model_is_measured_and_its_report_is_found_again(manager: Callable[..., Manager]) -> None:
    seen = manager()
    page, lab = seen.page, seen.page.locator("#model-lab")
    lab.get_by_label("Photos to measure it by").select_option(
        label="shop: a second photo of each product"
    )
    lab.get_by_role("button", name="Measure this model").click()
    seen.wait_for("#model-lab", "Measured on")
    for again in (False, True):
        if again:
            page.reload()
            page.wait_for_selector("#tabs")
            page.get_by_role("tab", name="Model").click()
            page.wait_for_selector("#model-switch .sf-part")
        assert f"with {4 * EACH // 2} photos" in lab.inner_text()
        tiles = lab.locator(".sf-figures li").all_inner_texts()
        assert any(re.match(r"\d+\.\d%\s+Right one first, no filter", one) for one in tiles)
        frame = page.frame_locator("#model-lab iframe")
        frame.get_by_role("heading", name="What this model is worth").wait_for()
        assert lab.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-popups"
    link = lab.get_by_role("link", name="Open the report").get_attribute("href")
    answer = page.request.get(f"{seen.visit.url}{link}")
    assert answer.status == 200
    assert "sandbox" in answer.headers["content-security-policy"]
    assert seen.told("#model-list .sf-model-numbers").count("%") >= 1


@ONCE
def test_two_models_answer_one_photo_side_by_side(manager: Callable[..., Manager]) -> None:
    seen = manager()
    page, pair = seen.page, seen.page.locator("#model-pair")
    pair.get_by_role("button", name="Take a product at random").click()
    pair.locator(".sf-column").nth(1).wait_for()
    assert f"a sample of {4 * EACH} products" in pair.inner_text()
    assert "The product itself is left out." in pair.inner_text()
    for column in pair.locator(".sf-column").all():
        assert column.locator(".sf-found li").count() == 9
        scores = [float(s) for s in re.findall(r"-?[01]\.\d\d", column.inner_text())]
        assert scores == sorted(scores, reverse=True)
    both = [one.locator(".sf-both").count() for one in pair.locator(".sf-column").all()]
    assert f"{both[0]} of the 9 nearest are the same." in pair.inner_text()
    assert both[0] == both[1]
    # a photo of the manager's own: both are ready now, so the answer is there at once
    hidden = pair.locator("input[type=file]")
    hidden.set_input_files(
        {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo("Sale", 1003)}
    )
    pair.locator('.sf-pair-query img[src^="photos/"]').wait_for()
    assert "left out" not in pair.inner_text()
    assert "onerror" in pair.locator(".sf-found").first.inner_text()  # a green box, as text
    hidden.set_input_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"})
    seen.wait_for("#model-job .sf-told", "That file is not a picture")
    large = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": b"\0" * 10_000_001}
    hidden.set_input_files(large)  # type: ignore[arg-type]
    seen.wait_for("#model-job .sf-told", "Photos of up to 10 MB")
    pair.get_by_role("button", name="Ask with example photo 1").click()
    pair.locator('.sf-pair-query img[src^="examples/"]').wait_for()
    assert page.locator("#model-job .sf-told").count() == 0


def test_the_map_is_read_with_the_mouse_the_keyboard_and_in_words(
    manager: Callable[..., Manager],
) -> None:
    seen = manager()
    page, part = seen.page, seen.page.locator("#model-map")
    known = part.locator("[data-map]")
    before = known.get_attribute("data-made") if known.count() else None
    part.get_by_role("button", name="Draw").click()
    page.wait_for_selector(f"[data-map][data-points='{4 * EACH}']:not([data-made='{before}'])")
    stage, card = part.get_by_role("application"), part.locator(".sf-map-card")
    # with the keyboard: from product to product, each told
    stage.focus()
    page.keyboard.press("ArrowRight")
    first = told_product(part)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    assert told_product(part)
    page.keyboard.press("Escape")
    assert not card.is_visible()
    page.keyboard.press("ArrowRight")
    assert told_product(part) == first
    # with the mouse: at the same mark, the same product
    place, title = at_rest(card), first.split(", ")[0]
    page.keyboard.press("Escape")
    # the card lies above its mark, or below
    for y in (place["y"] + place["height"] + 14, place["y"] - 14):
        page.mouse.move(place["x"] + place["width"] / 2, y)
        if card.is_visible():
            break
    assert title in card.inner_text()
    assert "€" in card.inner_text()
    assert card.locator("img").evaluate("image => image.src.includes('thumbs/')")
    page.mouse.wheel(0, -600)  # closer, and the mark stays where it is
    part.locator(".sf-map-stage.is-close").wait_for()
    assert title in card.inner_text()
    # categories that stand out; the others fade, and are not met any more
    legend = part.get_by_role("group", name="Categories")
    assert legend.get_by_role("button").count() == 4
    assert HOSTILE in legend.inner_text()
    part.get_by_role("button", name="Show all").click()
    legend.get_by_role("button", name="Crosses").click()
    assert legend.get_by_role("button", name="Crosses").get_attribute("aria-pressed") == "true"
    stage.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        assert "Crosses" in told_product(part)
    # the same in words
    table = part.locator(".sf-compared")
    assert table.locator("tbody tr").count() == 4
    assert HOSTILE in table.inner_text()
    assert re.search(r"Crosses\s+\d+\s+\d+%", table.inner_text())
    # Enter leads to what is like it
    link = card.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{link}")
    page.wait_for_selector(".sf-card")


def told_product(part: Any) -> str:
    """What a screen reader is told of the product under the keyboard's mark; its card says it."""
    said = str(part.locator("[data-said]").inner_text())
    title, category, _ = said.split(", ")
    card = part.locator(".sf-map-card").inner_text()
    assert title in card
    assert category in card
    return said


# What to click for a part that is empty at first.
WAYS = {
    "#model-lab .sf-figures": "#model-lab form .is-main",
    "#model-pair .sf-pair": "#model-pair form button[type=submit]",
    "#model-map .sf-legend": "#model-map button[data-trigger]",
}


def bring(page: Any, part: str) -> None:
    if not page.locator(part).count():
        page.locator(WAYS[part]).click()
        page.locator(part).wait_for()


@pytest.mark.parametrize("locale", ["vi", "en-US"])
def test_whatever_is_shown_fits_and_can_be_used_by_all(
    manager: Callable[..., Manager], look: tuple[tuple[int, int], str], locale: str
) -> None:
    seen = manager(language=locale, has_touch=look[0] == PHONE)
    page = seen.page
    assert page.locator("html").get_attribute("lang") == locale[:2]
    assert seen.told("#model-switch h2") == ("Chuyển đi, và quay lại" if locale == "vi" else
                                             "Switch, and back")  # fmt: skip
    for part in WAYS:
        bring(page, part)
    page.eval_on_selector_all(".sf-room details", "all => all.forEach(one => { one.open = true })")
    assert seen.visit.overflow() <= 0
    assert grave(page) == []


def test_the_tab_and_its_report_are_behind_the_password(browser: "Browser", target: Target) -> None:
    from ui.api import Api
    from ui.api_policy import Policy
    from ui.page.gate import Gate
    from ui.page.office import Office
    from ui.page.server import build_page, serve

    thumbs, office = Thumbs(target.settings.thumbs), Office(target, Gate(PASSWORD, "0.0.0.0"))
    report = office.files.link(target.settings.home / "reports/any.html")
    with following(None, target) as service:
        page = build_page(service, thumbs=thumbs, office=office)
        address = serve(page, Api(service, thumbs, Policy()), port=None, prevent_thread_lock=True)
        visit = begin(browser, address)
        settled(visit)
        visit.page.goto(f"{address}?tab=model")
        enter(visit, "a wrong guess of mine")
        visit.page.get_by_text("That is not the password.").wait_for()
        assert visit.page.locator(".sf-part").count() == 0
        assert visit.page.request.get(f"{address}{report}").status == 403
        enter(visit, PASSWORD)
        visit.page.locator("#model-switch .sf-part").wait_for()
        assert visit.page.request.get(f"{address}{report}").status == 404  # but let in
        end(visit)
        page.close(verbose=False)


def settled(visit: Visit) -> None:
    """Leaving the page while answers are under way would be complained of."""
    visit.page.wait_for_selector("#answer [data-question]", state="attached")
    visit.page.wait_for_timeout(500)


def enter(visit: Visit, password: str) -> None:
    settled(visit)
    visit.page.get_by_label("Password").fill(password)
    visit.page.get_by_role("button", name="Come in").click()


@pytest.mark.parametrize("look", [(PHONE, "light")], indirect=True)
def test_a_tap_on_the_map_shows_the_product_and_another_opens_it(
    manager: Callable[..., Manager],
) -> None:
    seen = manager(has_touch=True)
    page, part = seen.page, seen.page.locator("#model-map")
    bring(page, "#model-map .sf-legend")
    page.wait_for_selector(f"[data-map][data-points='{4 * EACH}']")
    canvas = part.locator("canvas")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    assert area
    card = part.locator(".sf-map-card")
    for x, y in ((a / 8, b / 8) for a in range(1, 8) for b in range(1, 8)):
        page.touchscreen.tap(area["x"] + x * area["width"], area["y"] + y * area["height"])
        if card.is_visible():
            break
    assert seen.page.url.endswith("model") or "like=" not in page.url
    link = str(card.get_attribute("href"))
    box = card.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(f"**/{link}")
    page.wait_for_selector(".sf-card")
    assert Path(link).name.startswith("?like=P")
