"""The commands for searching: demo, search, serve."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from search.choices import Measure, Order, Variant
from ui.options import (
    Collection,
    Json,
    LogFormat,
    Model,
    Store,
    plain,
)
from ui.shell import (
    errors,
    progress_bar,
    settings_here,
    show,
    stop_on_signal,
    target_of,
    tracer_here,
    warn_of_versions,
)

if TYPE_CHECKING:
    from search.service import SearchService
    from ui.api import Api
    from ui.api_policy import Policy
    from ui.build import Target
    from ui.mcp_server import Tools
    from ui.page.office import Office
    from ui.page.server import Page
    from ui.settings import Settings
    from ui.watch import Watch

Port = Annotated[int, typer.Option(help="Where the page listens.", min=1, max=65535)]


def demo(
    port: Port = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    products: Annotated[int, typer.Option(help="Products to draw.", min=100)] = 640,
) -> None:
    """Draw a catalog, index it, and open the page: no network, no data of yours needed."""
    from catalog.thumbs import Thumbs
    from ui.api import Api
    from ui.demo import prepare_demo
    from ui.page.server import build_page, serve
    from ui.reindexing import following
    from ui.watch import Watched

    _try_to_listen(host, port)
    with progress_bar() as progress:
        ready = prepare_demo(settings_here(), products, progress)
    settings, watch = ready.target.settings, _watch(ready.target.settings)
    office = _office(ready.target, host, watch)
    thumbs = Thumbs(settings.thumbs)
    with (
        closing(watch),
        following(None, ready.target, engine=watch.engine, step=watch.step) as found,
        closing(office),
    ):
        service = Watched(found, watch)
        page = build_page(service, thumbs=thumbs, examples=ready.examples, office=office)
        api = Api(service, thumbs, settings.policy, watch)
        _serve(page, partial(serve, page, api), host, port, api.policy)


def search(
    photo: Annotated[
        Path | None,
        typer.Argument(help="The photo to search by; not needed with --text, --like or --liked."),
    ] = None,
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    k: Annotated[int, typer.Option(help="How many results.", min=1, max=200)] = 9,
    category: Annotated[
        str | None,
        typer.Option(help="Look only there; `any`: everywhere. Default: predicted.", parser=plain),
    ] = None,
    crop: Annotated[
        str | None,
        typer.Option(
            metavar="L,T,R,B",
            help="Only this part of the photo, as fractions: `0,0,0.5,1` is its left half.",
        ),
    ] = None,
    text: Annotated[
        str, typer.Option(help="Words; without a text tower they must be in the title.")
    ] = "",
    text_weight: Annotated[
        float, typer.Option(help="Of the words beside a photo, 0 to 1; for a text tower.")
    ] = 0.5,
    like: Annotated[
        str | None, typer.Option(help="A product id: more like this.", parser=plain)
    ] = None,
    liked: Annotated[
        list[str], typer.Option(help="A product that pulls the answer (repeat).", parser=plain)
    ] = [],
    disliked: Annotated[
        list[str], typer.Option(help="A product that pushes it away (repeat).", parser=plain)
    ] = [],
    variant: Annotated[
        Variant | None, typer.Option(help="Cheaper than what is sought, or in another colour.")
    ] = None,
    brand: Annotated[list[str], typer.Option(help="Only this brand (repeat).", parser=plain)] = [],
    color: Annotated[
        list[str],
        typer.Option(help="Only this colour, in the catalog's word (repeat).", parser=plain),
    ] = [],
    price_min: Annotated[float | None, typer.Option(help="Costs at least.")] = None,
    price_max: Annotated[float | None, typer.Option(help="Costs at most.")] = None,
    available: Annotated[bool, typer.Option(help="Only what can be bought now.")] = False,
    attributes: Annotated[
        list[str],
        typer.Option(
            "--attribute", metavar="NAME=VALUE", help="Only with this attribute (repeat)."
        ),
    ] = [],
    offset: Annotated[int, typer.Option(help="Results to skip: the next page.", min=0)] = 0,
    order: Annotated[
        Order, typer.Option(help="Best match first, or the look-alikes by price (-price: dearest).")
    ] = "match",
    least: Annotated[float, typer.Option(help="Leave out what scores lower.")] = -1.0,
    diversity: Annotated[
        float, typer.Option(help="0: the most alike; towards 1: less alike among themselves.")
    ] = 0.0,
    each_view: Annotated[
        bool, typer.Option("--each-view", help="Every picture of a product is a result.")
    ] = False,
    measure: Annotated[
        Measure, typer.Option(help="What is told beside the cosine (linear: min-max normalised).")
    ] = "cosine",
    why: Annotated[bool, typer.Option("--why", help="Explain each result.")] = False,
    facets: Annotated[
        bool, typer.Option("--facets", help="Count brands, colours, … among what looks alike.")
    ] = False,
    crops: Annotated[
        bool, typer.Option("--crops", help="Suggest parts of the photo to search for.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find the catalog's most similar products to a photo, to words, or to a product."""
    from search.request import ANY, SearchRequest
    from ui.console import result_table
    from ui.options import box_of, filter_of

    if photo is None and like is None and not (liked or text.strip()):
        raise typer.BadParameter("give a photo, --text, --like or --liked")
    try:
        data = photo.read_bytes() if photo else b""
    except OSError as error:
        raise typer.BadParameter(f"cannot read {photo}: {error.strerror}") from error
    if photo and not data:
        raise typer.BadParameter(f"{photo} is empty")
    try:
        request = SearchRequest(
            data, k=k, category=category, crop=box_of(crop), text=text, text_weight=text_weight,
            like=like, liked=tuple(liked), disliked=tuple(disliked), variant=variant,
            where=filter_of(brand, color, price_min, price_max, available or None, attributes),
            offset=offset, order=order, least=least, diversity=diversity,
            one_per_product=not each_view, measure=measure, why=why, facets=facets, crops=crops,
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with _service(model, store, collection) as service:
        known = service.categories()
        if category not in (None, ANY, *known):
            raise typer.BadParameter(
                f"the index has no category {category!r}; it has {', '.join(known) or 'none'}"
            )
        try:
            result = service.search(request)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    show(result.to_json() if as_json else result_table(result))


def serve(
    model: Model = None,
    store: Store = None,
    collection: Collection = "products",
    port: Port = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    demand_log: Annotated[
        bool | None,
        typer.Option(
            help="Keep a small picture of searches that find nothing alike, for `snapshelf "
            "demand`. Default: SNAPSHELF_DEMAND_LOG, else no.",
            show_default=False,
        ),
    ] = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Tools for assistants, too, at /mcp (snapshelf[mcp]).")
    ] = False,
    log_format: LogFormat = None,
) -> None:
    """Open the page and the REST interface on an index. A change of model needs no restart."""
    from catalog.thumbs import Thumbs
    from ui.api import Api
    from ui.demand import noticing
    from ui.page.server import build_page
    from ui.page.server import serve as serve_page
    from ui.reindexing import following
    from ui.watch import Watched

    settings = settings_here(log_format)
    _try_to_listen(host, port)
    thumbs, policy = Thumbs(settings.thumbs), settings.policy
    target = target_of(settings, store, collection)
    warn_of_versions(target)
    keep = settings.demand_log if demand_log is None else demand_log
    if keep:
        errors.print("Searches that find nothing alike are kept (docs/demand.md)", soft_wrap=True)
    watch = _watch(settings)
    office = _office(target, host, watch, keep)
    with (
        closing(watch),
        following(model, target, engine=watch.engine, step=watch.step) as found,
        noticing(found, settings, keep=keep) as noticed,
        closing(office),
    ):
        service = Watched(noticed, watch)
        page = build_page(service, thumbs=thumbs, office=office)
        api = Api(service, thumbs, policy, watch)
        tools = _tools(api) if mcp else None
        _serve(page, partial(serve_page, page, api, tools=tools), host, port, policy)


@contextmanager
def _service(model: str | None, store: str | None, collection: str) -> "Iterator[SearchService]":
    """The search over one index; the store is closed afterwards."""
    from search.service import SearchService
    from ui.build import model_of
    from vision.embedder import open_embedder

    target = target_of(settings_here(), store, collection)
    with target.open() as opened:
        yield SearchService(open_embedder(model_of(model, target, opened)), opened)


def _watch(settings: "Settings") -> "Watch":
    from ui.log import serve_as_json
    from ui.watch import Watch

    if settings.log_format == "json":
        serve_as_json()
    return Watch(tracer_here())


def _office(target: "Target", host: str, watch: "Watch", demand_log: bool = False) -> "Office":
    from ui.page.gate import Gate
    from ui.page.office import Office

    settings = target.settings
    password = settings.password.get_secret_value() if settings.password else None
    if settings.catalogs and not settings.catalogs.is_dir():
        raise typer.BadParameter(f"SNAPSHELF_CATALOGS names no folder: {settings.catalogs}")
    folders = (settings.catalogs,) if settings.catalogs else ()
    gate = Gate(password, host)
    return Office(target, gate, catalogs=folders, demand_log=demand_log, watch=watch.runs)


def _tools(api: "Api") -> "Tools":
    try:
        from ui.mcp_server import Tools
    except ModuleNotFoundError as error:
        raise typer.BadParameter(
            f"--mcp needs an extra ({error.name} is missing): pip install 'snapshelf[mcp]'"
        ) from error
    return Tools(api)


def _serve(
    page: "Page", start: Callable[..., object], host: str, port: int, policy: "Policy"
) -> None:
    """Until SIGTERM or Ctrl+C. Whoever is being answered then still gets the answer."""
    stop, url = stop_on_signal(), f"http://{host}:{port}"
    keys = len(policy.keys)
    doors = f"needs one of {keys} API keys" if keys else "is open to all (SNAPSHELF_API_KEYS)"
    errors.print(f"The page is at {url} (Ctrl+C ends it)", soft_wrap=True)
    errors.print(f"REST is at {url}/v1, described at {url}/v1/docs, and {doors}", soft_wrap=True)
    start(host=host, port=port, prevent_thread_lock=True)
    stop.wait()
    page.close(verbose=False)


def _try_to_listen(host: str, port: int) -> None:
    """Before anything is loaded. Raises OSError with what the system says of this address."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(address[:2], family=family):
            pass
    except OSError as error:
        other = "--port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "--host"
        number = error.errno or 0
        told = os.strerror(number) if number > 0 else error.strerror  # below 0: of the name
        raise OSError(f"cannot listen on {host}:{port} ({told}); try another {other}") from error
