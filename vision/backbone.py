"""The frozen network in torch: pictures to features. The only module that builds networks."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from vision.accelerator import CPU, accelerator
from vision.errors import BadSpec
from vision.preprocess import Preprocess
from vision.spec import Spec, parse_spec
from vision.towers import ImageTower, TimmFeatures, look

_BUNDLED = resources.files("vision") / "bundled"


class Backbone:
    """An `Encoder` in torch.

    `network` takes (B, 3, S, S) float32 and gives (B, F) features: for training, which works on
    a copy of it, on the processors. Features are computed on `device`, an accelerator by default.
    """

    def __init__(
        self,
        spec: Spec,
        network: nn.Module,
        preprocess: Preprocess,
        tuned: bool = False,
        device: str | None = None,
    ) -> None:
        self.spec, self.parsed = str(spec), spec
        self.tuned = tuned
        self.preprocess = preprocess
        # channels_last: up to 2 x for convolutions on CPU, harmless elsewhere.
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.fingerprint = _fingerprint(spec, preprocess, network.state_dict())
        self.device = device or accelerator() or CPU
        # a copy, for what is taught stays where it is
        here = self.device == CPU
        self._placed = self.network if here else copy.deepcopy(self.network).to(self.device)
        size = preprocess.size
        self.feature_size = self.features(np.zeros((1, 3, size, size), np.float32)).shape[1]

    def features(self, batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            pixels = self._pixels(batch)
            features = self._placed(pixels)
            if self.parsed.flip:
                features = (features + self._placed(pixels.flip(3))) / 2
        return _rounded(features)

    def look(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        with torch.inference_mode():
            pixels = self._pixels(batch)
            features, maps = look(self._placed, pixels)
            if self.parsed.flip:
                mirrored, other = look(self._placed, pixels.flip(3))
                features = (features + mirrored) / 2
                if maps is not None and other is not None:
                    maps = (maps + other.flip(2)) / 2
        return _rounded(features), None if maps is None else maps.float().cpu().numpy()

    def threads(self) -> AbstractContextManager[None]:
        return alone()

    def _pixels(self, batch: np.ndarray) -> torch.Tensor:
        pixels = torch.from_numpy(batch)
        if self.device == "cuda":  # from pinned memory other batches go on computing meanwhile
            pixels = pixels.pin_memory()
        return pixels.to(self.device, memory_format=torch.channels_last, non_blocking=True)


def _rounded(features: torch.Tensor) -> np.ndarray:
    return features.half().float().cpu().numpy()


@contextmanager
def alone() -> Iterator[None]:
    """Threads that begin inside compute without the help of others, in torch and in numpy.

    numpy's helpers wait for more in a busy loop: during an ingest they took a sixth of both
    processors.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


def load_backbone(spec: str, tuned: Path | None = None) -> Backbone:
    """The network that `spec` names, from its hub, from `weights=FILE`, or with weights `tuned`.

    Raises BadSpec with the cause and what to do: an unknown name, weights that do not fit,
    a hub that cannot be reached.
    """
    parsed = parse_spec(spec)
    if parsed.weights is not None and tuned is None:
        if not parsed.weights.is_file():
            raise BadSpec(f"no weights file {parsed.weights} (from {spec!r}); check the path")
        # Kept in artefacts and indexes, which are used from any folder.
        parsed = replace(parsed, weights=parsed.weights.resolve())
    try:
        network, preprocess = _LOADERS[parsed.library](unfilled(parsed) if tuned else parsed)
        if tuned is not None:
            network.load_state_dict(_read_state(tuned))
        return Backbone(parsed, network, preprocess, tuned is not None)
    except BadSpec:
        raise
    except Exception as error:
        # The factories document no exception types: they raise whatever their hub client or
        # layer constructors raise, and a network that does not fit its input fails when run.
        raise _unmade(parsed, error) from error


def unfilled(spec: Spec) -> Spec:
    """The same architecture with random weights: for one that gets its weights afterwards."""
    tagged = spec.library == "open_clip" and not spec.model.startswith("hf-hub:")
    model = spec.model.partition("/")[0] if tagged else spec.model
    return replace(spec, model=model, weights=None, factory={**spec.factory, "pretrained": False})


def load_network(spec: Spec) -> Any:
    """The whole network of timm or torchvision, its classifier too. Raises BadSpec."""
    if spec.library not in _WHOLE:
        raise BadSpec(f"{spec}: the network has to be one of {' or '.join(_WHOLE)}")
    try:
        return _WHOLE[spec.library](spec)
    except BadSpec:
        raise
    except Exception as error:  # as in load_backbone
        raise _unmade(spec, error) from error


def _unmade(spec: Spec, error: Exception) -> BadSpec:
    return BadSpec(
        f"{spec.library} could not make {str(spec)!r} ({type(error).__name__}: {error}); check "
        "the name and options, or, without network, give the weights as ?weights=FILE"
    )


def _timm(spec: Spec) -> Any:
    import timm

    options = {"pretrained": spec.weights is None, **spec.factory}
    network = timm.create_model(spec.model, **options)
    if spec.weights is not None:
        _fill(network, spec.weights)
    return network


def _torchvision(spec: Spec) -> Any:
    import torchvision

    options = dict(spec.factory)
    random_weights = options.pop("pretrained", True) is False
    weights = None if spec.weights or random_weights else "DEFAULT"
    network = torchvision.models.get_model(spec.model, weights=weights, **options)
    if spec.weights is not None:
        _fill(network, spec.weights)
    return network


def _load_timm(spec: Spec) -> tuple[nn.Module, Preprocess]:
    from timm.data.config import resolve_model_data_config

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = _timm(spec)
    known = resolve_model_data_config(network)
    return TimmFeatures(network), _preprocess(
        spec, known["input_size"][-1], known["mean"], known["std"]
    )


def _load_torchvision(spec: Spec) -> tuple[nn.Module, Preprocess]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = _torchvision(spec)
    _drop_last_linear(network)
    # Every classification preset of torchvision uses ImageNet's statistics.
    return network, _preprocess(spec, 224)


def _load_open_clip(spec: Spec) -> tuple[nn.Module, Preprocess]:
    import open_clip

    network = load_towers(spec)
    known = open_clip.get_model_preprocess_cfg(network)
    size = known["size"]
    # the text tower goes: `vision.words` loads it when the first words come
    return ImageTower(network.visual), _preprocess(
        spec, size if isinstance(size, int) else size[-1], known["mean"], known["std"]
    )


def load_towers(spec: Spec) -> Any:
    """An open_clip model with its image and its text tower. Raises what open_clip raises."""
    import open_clip

    name, pretrained = open_clip_name(spec)
    options = dict(spec.factory)
    random_weights = options.pop("pretrained", True) is False
    if not (pretrained or spec.weights or random_weights or name.startswith("hf-hub:")):
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(name)) or "none"
        raise BadSpec(f"open_clip:{name} needs /<pretrained> or ?weights=FILE; known tags: {tags}")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = open_clip.create_model(
            name,
            pretrained=None if spec.weights else pretrained or None,
            load_weights=not random_weights,
            **options,
        )
    if spec.weights is not None:
        _fill(network, spec.weights)
    return network.eval().requires_grad_(False)


def open_clip_name(spec: Spec) -> tuple[str, str]:
    """Model, and the tag of its weights or ""."""
    if spec.model.startswith("hf-hub:"):
        return spec.model, ""
    name, _, pretrained = spec.model.partition("/")
    return name, pretrained


def _load_bundled(spec: Spec) -> tuple[nn.Module, Preprocess]:
    import timm

    card = _BUNDLED / f"{spec.model}.json"
    if not card.is_file():
        names = sorted(
            entry.name[:-5] for entry in _BUNDLED.iterdir() if entry.name[-5:] == ".json"
        )
        raise BadSpec(f"no bundled backbone {spec.model!r}; there are: {', '.join(names)}")
    config = json.loads(card.read_text())
    network = timm.create_model(
        config["architecture"], pretrained=False, num_classes=0, **config.get("options", {})
    )
    with resources.as_file(_BUNDLED / f"{spec.model}.safetensors") as weights:
        _fill(network, weights)
    return TimmFeatures(network), _preprocess(
        spec, config["size"], tuple(config["mean"]), tuple(config["std"])
    )


_WHOLE: dict[str, Callable[[Spec], Any]] = {"timm": _timm, "torchvision": _torchvision}
_LOADERS: dict[str, Callable[[Spec], tuple[nn.Module, Preprocess]]] = {
    "timm": _load_timm,
    "torchvision": _load_torchvision,
    "open_clip": _load_open_clip,
    "snapshelf": _load_bundled,
}


def _fill(network: nn.Module, weights: Path) -> None:
    """Loads a state dict; counters may be missing and a classifier may be extra, nothing else."""
    state = _read_state(weights)
    have = network.state_dict()
    wrong = [key for key in state if key in have and state[key].shape != have[key].shape]
    if wrong:
        raise BadSpec(f"{weights} does not fit: {wrong[0]} has another shape; check the options")
    report = network.load_state_dict(
        {
            key: value.float() if value.is_floating_point() else value
            for key, value in state.items()
        },
        strict=False,
    )
    missing = [key for key in report.missing_keys if not key.endswith("num_batches_tracked")]
    if missing:
        raise BadSpec(
            f"{weights} lacks {len(missing)} of {len(have)} tensors, the first {missing[0]}: "
            "these are weights of another architecture"
        )


def _read_state(weights: Path) -> dict[str, torch.Tensor]:
    """Data only: a file that would run code when loaded is refused by torch."""
    if weights.suffix == ".safetensors":
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(weights)
        except SafetensorError as error:
            raise BadSpec(f"{weights} is no whole safetensors file: {error}") from error
    import pickle

    try:
        state = torch.load(weights, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise BadSpec(
            f"{weights} is no weights-only state dict: {error}; convert it to safetensors"
        ) from error
    state = state.get("state_dict", state) if isinstance(state, dict) else state
    if not (
        isinstance(state, dict) and all(isinstance(one, torch.Tensor) for one in state.values())
    ):
        raise BadSpec(f"{weights} holds more than a state dict; save only the model's state_dict()")
    return state


def _drop_last_linear(network: nn.Module) -> None:
    """The classifier off: what feeds it is the feature (512 … 4096 values)."""
    name = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)][-1]
    parent, _, leaf = name.rpartition(".")
    setattr(network.get_submodule(parent), leaf, nn.Identity())


def _preprocess(
    spec: Spec, size: int, mean: Any = Preprocess.mean, std: Any = Preprocess.std
) -> Preprocess:
    """The library's own preprocessing, overridden by what the spec says."""
    return Preprocess(spec.size or size, spec.mean or tuple(mean), spec.std or tuple(std))


def _fingerprint(spec: Spec, preprocess: Preprocess, state: Mapping[str, torch.Tensor]) -> str:
    """sha256 over all that changes a feature: architecture, preprocessing, weights.

    Where the weights came from is left out: a hub copy and a local copy are one backbone.
    """
    model = spec.model if spec.model.startswith("hf-hub:") else spec.model.partition("/")[0]
    described = [spec.library, model, spec.factory, preprocess.to_json()]
    described += ["flip"] if spec.flip else []
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for key in sorted(key for key in state if not key.endswith("num_batches_tracked")):
        digest.update(key.encode())
        digest.update(state[key].contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()
