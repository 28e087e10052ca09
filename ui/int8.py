"""`snapshelf model export --precision int8`: a model's own photos quantize it and judge it."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from ingest.readers import Catalog
from lab.evaluate import Sample
from lab.models import Baseline
from lab.precision import Cost, cost
from ui.build import Warn, features_of, samples_of
from ui.known_models import KnownModel, model_in
from ui.measuring import PutAside, put_aside
from ui.settings import Settings
from ui.taught import parts_of, taught_of, write_split
from vision.artefact import EXPORT, Artefact, load_artefact
from vision.embedder import Embedder, exported_encoder, open_embedder, with_head
from vision.errors import BadArtefact, UnreadableImage
from vision.export import backbone_in_torch, new_export, write_towers
from vision.exported import Precision, read_export
from vision.progress import Progress
from vision.quantize import PHOTOS, write_int8, write_measured
from vision.serving import Serving, write_serving

# Photos of each side that judge: half a point is then five queries.
_GALLERY, _QUERIES = 4000, 1000

T = TypeVar("T")


def export_int8(
    folder: Path,
    settings: Settings,
    *,
    catalog: Catalog | None = None,
    photos: Catalog | None = None,
    mapping: Mapping[str, str],
    allow_hosts: Sequence[str] = (),
    progress: Progress,
    warn: Warn,
) -> tuple[dict[str, Any], list[str]]:
    """Writes both precisions over an older export; what was measured, and what spoke against int8.

    It becomes what the folder serves with when nothing does. Training photos give the ranges and
    are searched, validation photos ask: those of the folder's split, or of `catalog` and `photos`
    divided as `train` divides them. Raises BadArtefact, BadExport and LabError; the folder is then
    as it was.
    """
    artefact = load_artefact(folder)
    aside, (gallery, queries) = _sides(folder, catalog, photos, mapping, allow_hosts, warn)
    with new_export(folder) as written:
        progress("export", 0, 1)
        write_towers(backbone_in_torch(artefact, folder), written)
        progress("export", 1, 1)
        full = _opened(artefact, written, "fp32")
        pixels = _pixels(full, _some(gallery, PHOTOS))
        write_int8(written, pixels, lambda done: progress("quantize", done, len(pixels)))
        cheap = _opened(artefact, written, "int8")
        measured = _judged(cheap, full, gallery, queries, aside, settings, progress)
        objections = measured.objections()
        told = {**asdict(measured), "objections": objections, "serves": not objections}
        write_measured(written, told)
        if not objections:
            write_serving(written, Serving("int8", cheap.fingerprint))
    return {"fingerprint": cheap.fingerprint, **told}, objections


def use(folder: Path, precision: Precision) -> str:
    """Chooses what a model folder serves with; its fingerprint then. Raises BadArtefact."""
    if not (folder / EXPORT / f"{precision}.json").is_file():
        raise BadArtefact(
            f"{folder} has no export in {precision}; `snapshelf model export {folder} "
            f"--precision {precision}` makes one"
        )
    fingerprint = open_embedder(folder, precision).fingerprint
    write_serving(folder / EXPORT, Serving(precision, fingerprint))
    return fingerprint


def _sides(
    folder: Path,
    catalog: Catalog | None,
    photos: Catalog | None,
    mapping: Mapping[str, str],
    allow_hosts: Sequence[str],
    warn: Warn,
) -> tuple[PutAside, tuple[list[Sample], list[Sample]]]:
    model = model_in(folder)
    if model is None:
        raise BadArtefact(f"{folder} is no whole model; train it again with `snapshelf train`")
    with tempfile.TemporaryDirectory() as temporary:
        if catalog is not None:
            model = _divided(model, catalog, photos, Path(temporary), warn)
        aside = put_aside(model, [], "val")
        if aside is None:
            raise BadArtefact(
                f"{folder} does not know which photos it was taught and judged by; name its "
                "catalog with --catalog (and --photos)"
            )
        aside = replace(aside, fields=mapping)
        gallery, queries = (samples_of(one, warn, allow_hosts) for one in aside.open())
    return aside, (_some(gallery, _GALLERY), _some(queries, _QUERIES))


def _divided(
    model: KnownModel, catalog: Catalog, photos: Catalog | None, folder: Path, warn: Warn
) -> KnownModel:
    """The model with a split in `folder`, as its training divided these photos."""
    told = model.training
    try:
        label, seed, parts, exclude = (told[n] for n in ("label", "seed", "parts", "exclude"))
    except KeyError as error:
        raise BadArtefact(
            f"{model.where} does not say how its photos were divided ({error} is missing in its "
            "config.json); train it again"
        ) from error
    taught = taught_of(catalog, photos, set(exclude), warn)
    part_of, _ = parts_of(taught, catalog, label, seed, parts, warn)
    write_split(folder / "split", taught, part_of)
    return replace(model, folders=(folder,))


def _opened(artefact: Artefact, exports: Path, precision: Precision) -> Embedder:
    return with_head(exported_encoder(artefact, read_export(exports, precision)), artefact)


def _judged(
    cheap: Embedder,
    full: Embedder,
    gallery: Sequence[Sample],
    queries: Sequence[Sample],
    aside: PutAside,
    settings: Settings,
    progress: Progress,
) -> Cost:
    with (
        features_of(cheap, settings) as cheap_cache,
        features_of(full, settings) as full_cache,
    ):
        return cost(
            Baseline(cheap, cheap_cache),
            Baseline(full, full_cache),
            gallery,
            queries,
            relevant_by=aside.relevant_by,
            exclude_labels=aside.exclude,
            progress=progress,
        )


def _pixels(embedder: Embedder, samples: Sequence[Sample]) -> list[Any]:
    """(3, S, S) float32 of each that can be read."""
    found = []
    for sample in samples:
        try:
            seen = embedder.read(sample.read()).pixels
        except UnreadableImage:  # the judge counts them
            continue
        found.append(embedder.normalised(seen[None])[0])
    return found


def _some(items: Sequence[T], most: int) -> list[T]:
    """The same on every run."""
    return Random(0).sample(items, most) if len(items) > most else list(items)  # noqa: S311
