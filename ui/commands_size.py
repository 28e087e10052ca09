"""The command that tells what a catalog of some size needs, before anything is bought."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from ui.options import Collection, Json
from ui.shell import settings_here, show, target_of


class Quantization(StrEnum):
    none = "none"
    scalar = "scalar"
    turbo4 = "turbo4"
    turbo2 = "turbo2"
    turbo1 = "turbo1"
    binary = "binary"


class Originals(StrEnum):
    cached = "cached"
    cold = "cold"


class Engine(StrEnum):
    embedded = "embedded"
    server = "server"


def _amount(text: str) -> int:
    from ui.sizing import amount

    try:
        return amount(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _option(metavar: str, told: str) -> object:
    return typer.Option(help=told, metavar=metavar, parser=_amount, show_default=False)


Amount = int | None


def size(
    images: Annotated[Amount, _option("N", "Pictures: 10k, 50M, 1B.")] = None,
    dim: Annotated[
        int | None,
        typer.Option(help="Numbers a vector. Default: the bundled model's 272.", min=1),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Take --dim from this model: a folder or a backbone spec; it is loaded."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(help="Take vectors, payloads and the count from this index: folder or URL."),
    ] = None,
    payload: Annotated[Amount, _option("BYTES", "JSON of a product. Default: 830.")] = None,
    engine: Annotated[
        Engine | None,
        typer.Option(help="Default: embedded up to a million pictures for one worker."),
    ] = None,
    quantization: Annotated[
        Quantization | None,
        typer.Option(help="On a server. Default: what `snapshelf optimize` sets for the size."),
    ] = None,
    originals: Annotated[
        Originals | None,
        typer.Option(help="Where a server keeps whole vectors beside quantized ones."),
    ] = None,
    replicas: Annotated[int, typer.Option(help="Copies of each product.", min=1)] = 1,
    node_memory: Annotated[
        Amount, _option("BYTES", "Memory of a server's node: 64GB, 128GiB. Default: 64GB.")
    ] = None,
    node_disk: Annotated[
        Amount, _option("BYTES", "Disk of a server's node. Default: as much as is needed.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Machines that ingest at once.", min=1)] = 1,
    images_per_second: Annotated[
        float | None,
        typer.Option(
            help="What one worker does: `snapshelf ingest --limit 500 --json` tells it. "
            "Default: 159, the bundled model on two cores.",
            min=0.001,
        ),
    ] = None,
    collection: Collection = "products",
    as_json: Json = False,
) -> None:
    """Tell the memory, disk, nodes and hours that a catalog needs. Nothing is written.

    `snapshelf size --images 200k`: one machine with the embedded engine.

    `snapshelf size --images 50M --dim 512 --replicas 2 --workers 8 --node-memory 128GB`: a cluster.

    `snapshelf size --images 5M --store .snapshelf/store`: with the products of an index that is
    there.

    Up to a million pictures the numbers are within 15 % of what was measured; beyond they follow
    Qdrant's own documentation. Where they come from: docs/scale.md.
    """
    from catalog.sizing import Plan
    from ui.sizing import Sized, of_store

    if images is None and store is None:
        raise typer.BadParameter("--images is missing; how many pictures will there be?")
    if store and (dim or model or payload):
        raise typer.BadParameter(
            "--store tells vectors and payloads by itself; leave out --dim, --model and --payload"
        )
    if engine is Engine.embedded and (replicas > 1 or workers > 1 or quantization or originals):
        raise typer.BadParameter(
            "the embedded engine is one process on one machine, with whole vectors; leave out "
            "--replicas, --workers, --quantization and --originals, or choose --engine server"
        )
    given: dict[str, Any] = {
        "dim": dim or (_dim_of(model) if model else None),
        "payload": payload,
        "engine": engine and engine.value,
        "quantization": quantization and quantization.value,
        "originals": originals and originals.value,
        "images_per_second": images_per_second,
        "node_memory": node_memory,
        "node_disk": node_disk,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    plan = Plan(images or 0, replicas=replicas, workers=workers, **chosen)
    if store:
        with target_of(settings_here(), store, collection).open() as opened:
            plan = of_store(plan, opened)
    sized = Sized.of(plan)
    show(sized.to_json() if as_json else sized.table())


def _dim_of(model: str) -> int:
    from vision.embedder import open_embedder

    return open_embedder(model).dim
