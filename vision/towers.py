"""Networks as pictures to features, and what each place in the picture adds to them.

The last layer that knows places is read during the same forward pass. Each place then goes
through what the network does after that layer as if the picture held nothing else, so that places
and whole pictures lie in one space.
"""

from math import isqrt
from threading import get_ident
from typing import Any

from torch import Tensor, nn

Seen = tuple[Tensor, Tensor | None]
"""Features (B, F), exactly those of `forward`, and (B, h, w, F) of places, or None."""
# What torchvision's families call their last layer that knows places.
_LAST = ("layer4", "trunk_output", "encoder", "norm", "features", "conv5", "layers")


class TimmFeatures(nn.Module):
    """timm's pooled features, before any classifier."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network: Any = network

    def forward(self, pixels: Tensor) -> Tensor:
        return self.network.forward_head(self.network.forward_features(pixels), pre_logits=True)

    def look(self, pixels: Tensor) -> Seen:
        last = self.network.forward_features(pixels)
        features = self.network.forward_head(last, pre_logits=True)
        return features, _each(last, lambda one: self.network.forward_head(one, pre_logits=True))


class ImageTower(nn.Module):
    """The image side of a two-tower model."""

    def __init__(self, visual: nn.Module) -> None:
        super().__init__()
        self.network: Any = visual

    def forward(self, pixels: Tensor) -> Tensor:
        found = self.network(pixels)
        return found[0] if isinstance(found, tuple) else found  # CoCa gives its tokens too

    def look(self, pixels: Tensor) -> Seen:
        tower = self.network
        if hasattr(tower, "trunk"):  # one of timm's
            last = tower.trunk.forward_features(pixels)
            features = tower.head(tower.trunk.forward_head(last))
            return features, _each(last, lambda one: tower.head(tower.trunk.forward_head(one)))
        if hasattr(tower, "attnpool"):
            features, last = _watched(self, tower.layer4, pixels)
            return features, _valued(tower.attnpool, last)
        if hasattr(tower, "ln_post"):
            features, last = _watched(self, tower.transformer, pixels)
            return features, _each(last, self._pooled)
        return self(pixels), None

    def _pooled(self, tokens: Tensor) -> Tensor:
        pooled = self.network._pool(tokens)[0]
        return pooled if self.network.proj is None else pooled @ self.network.proj


def look(network: nn.Module, pixels: Tensor) -> Seen:
    """One forward pass of any network that `vision.backbone` builds, pixels (B, 3, S, S)."""
    if isinstance(network, TimmFeatures | ImageTower):
        return network.look(pixels)
    layer = next((getattr(network, name) for name in _LAST if hasattr(network, name)), None)
    if layer is None:
        return network(pixels), None
    features, last = _watched(network, layer, pixels)
    places = _grid(last)
    fits = places is not None and places.shape[-1] == features.shape[-1]
    return features, places if fits else None


def _watched(network: nn.Module, layer: nn.Module, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """The network's features, and what `layer` gave on the way."""
    kept: list[Tensor] = []
    thread = get_ident()

    def keep(_: nn.Module, __: tuple[Any, ...], given: Tensor) -> None:
        if get_ident() == thread:  # others may use the network at the same time
            kept.append(given)

    handle = layer.register_forward_hook(keep)
    try:
        return network(pixels), kept[0]
    finally:
        handle.remove()


def _grid(last: Tensor) -> Tensor | None:
    """(B, h, w, C) of (B, C, h, w), (B, h, w, C) or (B, N, C) tokens; None of anything else.

    Pictures are square, and so are their grids: tokens before the largest square are no places.
    """
    if last.dim() == 4:
        places = last.permute(0, 2, 3, 1) if last.shape[2] == last.shape[3] else last
    elif last.dim() == 3:
        side = isqrt(last.shape[1])
        places = last[:, last.shape[1] - side**2 :].unflatten(1, (side, side))
    else:
        return None
    return places if places.shape[1] > 1 else None


def _each(last: Tensor, rest: Any) -> Tensor | None:
    """`rest` of the network for each place of `last` alone; None where it needs the whole."""
    places = _grid(last)
    if places is None:
        return None
    flat = places.flatten(0, 2)
    if last.dim() == 3:
        # where the class token and its like were too, whichever of them is pooled
        before = last.shape[1] - places.shape[1] ** 2
        alone = flat[:, None].expand(-1, before + 1, -1)
    elif last.shape[2] == last.shape[3]:
        alone = flat[:, :, None, None]
    else:
        alone = flat[:, None, None]
    try:
        return rest(alone).unflatten(0, places.shape[:3])
    except RuntimeError:  # a kernel or a position table larger than one place
        return None


def _valued(pool: Any, last: Tensor) -> Tensor:
    """Each place's value, as attention would hand it on if it looked at that place only.

    Zhou et al., "Extract Free Dense Labels from CLIP", ECCV 2022, arXiv 2112.01071.
    """
    places = last.permute(0, 2, 3, 1)
    positions = pool.positional_embedding[1:].unflatten(0, places.shape[1:3])
    return pool.c_proj(pool.v_proj(places + positions))
