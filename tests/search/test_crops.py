"""Things side by side in one photo: each gets a region, and the guesses of its own search."""

from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO

import pytest
import torch
from made_shop import NOW, info
from PIL import Image, ImageDraw
from torch import Tensor, nn

from catalog.product import Product, Stamp
from catalog.store import Point, open_store
from search.request import SearchRequest
from search.service import SearchService
from vision.backbone import Backbone
from vision.box import Box
from vision.embedder import Embedder
from vision.head import bare_head
from vision.preprocess import Preprocess
from vision.spec import Spec

SIDE = 448
COLORS = {"Cherry": "red", "Leaf": "green", "Sea": "blue"}
"""Category → what all of its products look like."""
LEFT, RIGHT = (30, 130), (280, 130)


class Tints(nn.Module):
    """How red, green and blue each of 7 x 7 places is: the bundled backbone sees too coarsely."""

    def __init__(self) -> None:
        super().__init__()
        mix = nn.Conv2d(3, 3, 1, bias=False)
        weights = [[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1]]
        mix.weight.data = torch.tensor(weights)[:, :, None, None]
        self.features = nn.Sequential(mix, nn.ReLU(), nn.AvgPool2d(32))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.features(pixels).mean(dim=(2, 3)) + 1e-3


def drawn(*things: tuple[str, tuple[int, int]]) -> bytes:
    """Discs of 140 px on white."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    for color, (left, top) in things:
        ImageDraw.Draw(image).ellipse((left, top, left + 140, top + 140), fill=color)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchService]:
    """Ten products of each color; without a classifier the neighbours tell what a photo shows."""
    seen = Preprocess(224, (0.0,) * 3, (1.0,) * 3)
    embedder = Embedder(Backbone(Spec("torchvision", "tints"), Tints(), seen), bare_head(3))
    stamp = Stamp("0" * 64, embedder.fingerprint, "run", NOW)
    with open_store(tmp_path_factory.mktemp("crops") / "store") as store:
        store.ensure(info(embedder))
        for category, color in COLORS.items():
            photo = embedder.decode(drawn((color, LEFT)))
            vector = embedder.encode([photo]).vectors[0]
            for number in range(10):
                one = Product("s", f"{category}{number}", category=category)
                store.upsert([Point(one.point_id, vector, one.to_payload(stamp))])
        yield SearchService(embedder, store)


def test_each_thing_of_a_photo_gets_a_region_with_the_guesses_of_its_own_search(
    service: SearchService,
) -> None:
    photo = drawn(("red", LEFT), ("blue", RIGHT))
    answer = service.search(SearchRequest(photo, k=5, crops=True))
    regions = sorted(answer.regions, key=lambda region: region.box.left)
    assert [region.guesses[0].name for region in regions] == ["Cherry", "Sea"]
    for region, (left, top) in zip(regions, (LEFT, RIGHT), strict=True):
        thing = Box(left / SIDE, top / SIDE, (left + 140) / SIDE, (top + 140) / SIDE)
        assert region.box.shared(thing) > 0.8
        own = service.search(SearchRequest(photo, k=5, crop=region.box))
        assert region.guesses == own.route.guesses
        assert {hit.product.category for hit in own.hits} == {region.guesses[0].name}
    told = answer.to_json()["regions"]
    assert [one["box"] for one in told] == [asdict(region.box) for region in answer.regions]
    assert told[0]["guesses"][0]["name"] == answer.regions[0].guesses[0].name


@pytest.mark.parametrize(
    "request_",
    [
        SearchRequest(drawn(("red", LEFT)), crops=True),
        SearchRequest(drawn(("red", LEFT), ("blue", RIGHT))),
        SearchRequest(drawn(("red", LEFT), ("blue", RIGHT)), crops=True, crop=Box(0, 0, 1, 0.9)),
        SearchRequest(like="Sea1", crops=True),
    ],
    ids=["one thing", "not asked for", "within a crop", "no photo"],
)
def test_nothing_is_suggested(service: SearchService, request_: SearchRequest) -> None:
    assert service.search(request_).regions == ()
