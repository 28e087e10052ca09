"""Where in a photo: on made maps and on drawn pictures whose places are known."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

from vision.backbone import Backbone
from vision.box import Box
from vision.embedder import Embedder, open_embedder
from vision.head import Head, bare_head
from vision.preprocess import Preprocess
from vision.regions import heat, overlay, suggested
from vision.spec import Spec

# 8 × 8 places; its own 128 px give 4 × 4, in which nothing can be told apart.
FINE = "snapshelf:mini-1?size=256"


@pytest.fixture(scope="module")
def fine() -> Embedder:
    return open_embedder(FINE)


def made_map(*things: tuple[slice, slice], side: int = 8, size: int = 16) -> np.ndarray:
    """A thing of its own kind in each of the places given, and a little of all everywhere."""
    place_map = np.full((side, side, size), 0.02, np.float32)
    for kind, place in enumerate(things):
        place_map[*place, kind] += 1
    return place_map


def centre_in(box: Box, place: tuple[slice, slice], side: int = 8) -> bool:
    rows, columns = place
    down, across = side * (box.top + box.bottom) / 2, side * (box.left + box.right) / 2
    return rows.start <= down <= rows.stop and columns.start <= across <= columns.stop


PLACES = [
    (slice(0, 3), slice(0, 3)), (slice(5, 8), slice(5, 8)),
    (slice(0, 3), slice(5, 8)), (slice(5, 8), slice(0, 3)),
]  # fmt: skip


@pytest.mark.parametrize("number", [2, 3, 4])
def test_each_of_several_things_gets_a_box_of_its_own(number: int) -> None:
    boxes = suggested(made_map(*PLACES[:number]))
    assert len(boxes) == number
    for place in PLACES[:number]:
        assert sum(centre_in(box, place) for box in boxes) == 1


def test_a_box_has_about_the_size_of_its_thing() -> None:
    left = (slice(2, 6), slice(0, 3))
    right = (slice(1, 7), slice(5, 8))
    for box, place in zip(suggested(made_map(right, left)), (right, left), strict=True):
        edges = np.array([box.left, box.top, box.right, box.bottom]) * 8
        truth = np.array([place[1].start, place[0].start, place[1].stop, place[0].stop])
        np.testing.assert_allclose(edges, truth, atol=0.7)


@pytest.mark.parametrize(
    "place_map",
    [
        made_map((slice(2, 6), slice(2, 6))),
        made_map((slice(0, 8), slice(0, 8))),
        np.zeros((8, 8, 16), np.float32),
        np.full((8, 8, 16), -1, np.float32),
        made_map(*[(slice(0, 2), slice(0, 2)), (slice(2, 4), slice(2, 4))], side=4),
        np.ones((8, 8, 1), np.float32),
    ],
    ids=["one thing", "one kind everywhere", "nothing", "below nothing", "too coarse", "one value"],
)
def test_a_photo_without_several_things_gets_no_box(place_map: np.ndarray) -> None:
    assert suggested(place_map) == []


def test_a_corner_of_something_is_no_thing() -> None:
    faint = made_map(PLACES[0])
    faint[7, 7, 1] = 0.4
    assert suggested(faint) == []


def shirt(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    draw.rectangle((left + 40, top, left + 120, top + 160), fill="crimson")
    draw.polygon([(left + 40, top), (left, top + 60), (left + 40, top + 70)], fill="crimson")
    draw.polygon(
        [(left + 120, top), (left + 160, top + 60), (left + 120, top + 70)], fill="crimson"
    )


def tree(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    draw.polygon([(left + 80, top), (left, top + 160), (left + 160, top + 160)], fill="green")


def watch(draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
    draw.rectangle((left + 60, top, left + 100, top + 160), fill="black")
    draw.ellipse(
        (left + 30, top + 30, left + 130, top + 130), fill="gold", outline="black", width=8
    )
    draw.line((left + 80, top + 80, left + 80, top + 45), fill="black", width=6)


def drawn(*things: tuple[object, int, int], side: int = 512) -> Image.Image:
    image = Image.new("RGB", (side, side), "white")
    for thing, left, top in things:
        thing(ImageDraw.Draw(image), left, top)  # type: ignore[operator]
    return image


@pytest.mark.parametrize(("where", "elsewhere"), [((20, 20), (330, 330)), ((330, 20), (20, 330))])
@pytest.mark.parametrize(("thing", "other"), [(shirt, watch), (watch, shirt)])
def test_the_hottest_place_lies_in_the_thing_that_the_hit_shows(
    fine: Embedder, thing: object, other: object, where: tuple[int, int], elsewhere: tuple[int, int]
) -> None:
    look = fine.look([drawn((thing, *where), (other, *elsewhere))])
    assert look.maps is not None
    [vector] = fine.encode([drawn((thing, 20, 20), side=200)]).vectors
    hot = fine.heat(look.maps[0], vector)
    assert (hot.min(), hot.max()) >= (0, 1)
    down, across = np.unravel_index(hot.argmax(), hot.shape)
    x, y = (across + 0.5) * 64, (down + 0.5) * 64
    assert where[0] - 32 <= x <= where[0] + 192
    assert where[1] - 32 <= y <= where[1] + 192


def test_a_trained_head_is_followed_to_what_it_looks_for() -> None:
    random = np.random.default_rng(0)
    head = Head(
        mean=np.full(16, 0.3, np.float32), scale=np.linspace(0.5, 2, 16, dtype=np.float32),
        projection=random.normal(size=(16, 12)).astype(np.float32),
        weight=random.normal(size=(16, 3)).astype(np.float32), bias=np.zeros(3, np.float32),
        share=0.3, power=0.5,
    )  # fmt: skip
    place_map = made_map(PLACES[0], PLACES[1])
    for kind, place in enumerate(PLACES[:2]):
        only = place_map[place].mean(axis=(0, 1))
        vector = head(only[None]).vectors[0]
        hot = heat(place_map, head.direction(place_map.mean(axis=(0, 1)), vector))
        assert hot[place].min() > 0.9, kind
        assert hot[PLACES[1 - kind]].max() < 0.5, kind


def test_without_tempering_the_heat_adds_up_to_the_cosine_less_what_is_common() -> None:
    random = np.random.default_rng(1)
    size = 16
    head = Head(
        np.zeros(size, np.float32), np.ones(size, np.float32), np.eye(size, dtype=np.float32),
        np.zeros((size, 0), np.float32), np.zeros(0, np.float32),
    )  # fmt: skip
    place_map = random.random((5, 5, size)).astype(np.float32)
    vector = random.normal(size=size)
    vector /= np.linalg.norm(vector)
    features = place_map.mean(axis=(0, 1))
    added = (place_map @ head.direction(features, vector)).mean() / np.linalg.norm(features)
    cosine = features @ vector / np.linalg.norm(features)
    assert added == pytest.approx(0.2 * cosine, abs=1e-5)


def test_where_nothing_speaks_for_a_hit_nothing_is_hot() -> None:
    assert not heat(made_map(PLACES[0]), -np.ones(16, np.float32)).any()


class Colours(nn.Module):
    """Sees how red, green, blue, dark each of 7 × 7 places is, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        mix = nn.Conv2d(3, 4, 1)
        weights = [[1.0, -1, -1], [-1, 1, -1], [-1, -1, 1], [-1, -1, -1]]
        mix.weight.data = torch.tensor(weights)[:, :, None, None]
        mix.bias.data = torch.tensor([0.0, 0, 0, 0.3])
        self.features = nn.Sequential(mix, nn.ReLU(), nn.AvgPool2d(32))

    def forward(self, pixels: Tensor) -> Tensor:
        return self.features(pixels).mean(dim=(2, 3)) + 1e-3


@pytest.fixture(scope="module")
def colours() -> Embedder:
    seen = Preprocess(224, (0.0,) * 3, (1.0,) * 3)
    return Embedder(Backbone(Spec("torchvision", "colours"), Colours(), seen), bare_head(4))


LEFT, RIGHT, HIGH, LOW = (20, 176), (330, 176), (170, 10), (170, 340)


@pytest.mark.parametrize(
    ("where", "elsewhere"), [(LEFT, RIGHT), (HIGH, LOW), ((10, 10), (330, 330))]
)
def test_drawn_things_side_by_side_get_a_box_each(
    colours: Embedder, where: tuple[int, int], elsewhere: tuple[int, int]
) -> None:
    look = colours.look([drawn((shirt, *where), (tree, *elsewhere))])
    assert look.maps is not None
    boxes = suggested(look.maps[0])
    assert len(boxes) == 2
    for left, top in (where, elsewhere):
        true = Box(left / 512, top / 512, (left + 160) / 512, (top + 160) / 512)
        assert max(box.shared(true) for box in boxes) > 0.8


def test_a_drawn_thing_alone_gets_no_box(colours: Embedder) -> None:
    for thing in (shirt, tree):
        look = colours.look([drawn((thing, 170, 170))])
        assert look.maps is not None
        assert suggested(look.maps[0]) == []


def test_the_overlay_is_a_picture_of_the_photo_that_glows_where_it_is_hot() -> None:
    hot = np.zeros((4, 4), np.float32)
    hot[:, 3] = 1
    grey = Image.new("RGB", (120, 80), (128, 128, 128))
    shown = Image.open(BytesIO(overlay(grey, hot)))
    assert (shown.format, shown.size, shown.mode) == ("PNG", (120, 80), "RGB")
    red, _, blue = shown.getpixel((115, 40))  # type: ignore[misc]
    assert red > 150 > 90 > blue
    assert max(shown.getpixel((5, 40))) < 100  # type: ignore[type-var]
