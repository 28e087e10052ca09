"""Which network a recipe gets, and what it starts from."""

from pathlib import Path
from typing import Any

import pytest

from lab.material import Material
from lab.workshop import Workshop
from vision.errors import BadSpec
from vision.progress import unwatched

VGG = "torchvision:vgg16?weights=vgg16.pt"


def workshop(told: list[str], **how: Any) -> Workshop:
    return Workshop(Material([]), lambda _: None, Path(), unwatched, told.append, **how)  # type: ignore[arg-type, return-value]


def refused() -> None:
    raise BadSpec("no weights here")


def test_a_spec_given_takes_the_place_of_the_same_model_alone() -> None:
    clip = "open_clip:ViT-B-32?weights=clip.pt"
    shop = workshop([], networks=(VGG, clip))
    assert shop.spec("torchvision:vgg16") == VGG
    assert shop.spec("torchvision:vgg16_bn") == "torchvision:vgg16_bn"
    assert shop.spec("timm:vgg16") == "timm:vgg16"
    assert shop.spec("open_clip:ViT-B-32/laion2b_s34b_b79k") == clip
    assert shop.spec("pixels") == "pixels"


def test_where_weights_cannot_be_had_it_starts_from_random_ones_and_says_so_once() -> None:
    told: list[str] = []
    shop = workshop(told)
    assert shop.start_of("torchvision:vgg16", refused) == "random"
    assert shop.start_of("torchvision:vgg16", refused) == "random"
    assert told == ["torchvision:vgg16 starts from random weights: no weights here"]
    assert shop.start_of("torchvision:alexnet", lambda: None) == "weights"


def test_who_wants_weights_gets_nothing_else_and_who_wants_none_none() -> None:
    with pytest.raises(BadSpec, match="no weights here"):
        workshop([], init="weights").start_of("torchvision:vgg16", refused)
    assert workshop([], init="random").start_of("torchvision:vgg16", lambda: None) == "random"
