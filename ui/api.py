"""The services' way in: REST with its OpenAPI, on the page's port."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Query, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from catalog.contract import VECTOR_NAME
from catalog.errors import CatalogError
from catalog.thumbs import Thumbs
from search.request import ANY, SearchRequest
from search.result import SearchResult
from search.routing import SHOWN_GUESSES
from search.service import Embedded
from ui.api_answer import Answer, Categories, EmbeddedPhoto, Facets, Ready, answer_of
from ui.api_body import read
from ui.api_frame import application, told
from ui.api_guard import Guard
from ui.api_page import page_of
from ui.api_policy import Policy
from ui.api_problem import Refused, refused
from ui.api_question import Picture, Question, Similar
from ui.api_workers import Workers
from ui.page.desk import Searching
from ui.timely import Timely
from ui.watch import Watch
from vision.box import Box

T = TypeVar("T")


class Serving(Searching, Protocol):
    """What services need of `search.service.SearchService`."""

    def facets(self, request: SearchRequest) -> Mapping[str, Mapping[str, float]]: ...

    def embed(self, image: bytes, crop: Box | None = None) -> Embedded: ...


class Api:
    """The interface over one index."""

    def __init__(
        self, service: Serving, thumbs: Thumbs, policy: Policy, watch: Watch | None = None
    ) -> None:
        self.policy = policy
        self.watch = watch or Watch()
        self.workers = Workers(policy.slots, policy.waiting, policy.deadline_s)
        # whoever watches the server is answered while all searches are busy
        self._looks = Workers(2, 32, min(5.0, policy.deadline_s))
        # and its numbers are told while the engine is so slow that the others who look wait for it
        self._numbers = Workers(2, 32, min(5.0, policy.deadline_s))
        self._service = service
        self._thumbs = thumbs
        self._app = application()
        self._add_routes()
        metrics = self.watch.metrics
        metrics.watch("snapshelf_pending", "Searches under way or waiting.", self._pending)
        metrics.watch("snapshelf_images", "Pictures in the index.", Timely(self._images))

    def routes(self) -> list[BaseRoute]:
        """For the page's server, behind the guard."""
        guarded = self.guarded(self._app)
        paths = ("/v1/{rest:anything}", "/healthz", "/readyz", "/metrics")
        return [Route(path, guarded, include_in_schema=False) for path in paths]

    def guarded(self, app: Any) -> Guard:
        """Another way in, with these keys and limits."""
        return Guard(app, self.policy, self.watch)

    def schema(self) -> dict[str, Any]:
        """OpenAPI 3.1."""
        return self._app.openapi()

    async def search(self, request: SearchRequest, root: str = "") -> dict[str, Any]:
        """One search among those that wait; the answer as JSON. Raises Refused."""

        def work() -> dict[str, Any]:
            result = self._found(request)
            return answer_of(result, self._thumbs, root)

        return await self._run(work)

    async def categories(self) -> dict[str, Any]:
        """The index's own categories, as JSON. Raises Refused."""

        def work() -> dict[str, Any]:
            known = self._service.categories()
            listed = [{"name": name, "images": images} for name, images in known.items()]
            return {"categories": listed, "images": self._service.count()}

        return await self._run(work, self._looks)

    async def _run(self, work: Callable[[], T], workers: Workers | None = None) -> T:
        try:
            return await (workers or self.workers).run(work)
        except Exception as error:
            raise refused(error) from error

    def _found(self, request: SearchRequest) -> SearchResult:
        self._check(request.category)
        return self._service.search(request)

    def _check(self, category: str | None) -> None:
        if category not in (None, ANY) and category not in self._service.categories():
            raise Refused(
                422, "unknown_category",
                f"the index has no category {category!r}; /v1/categories lists them",
            )  # fmt: skip

    def _embedded(self, photo: bytes, box: Box | None) -> dict[str, Any]:
        if not photo:
            raise Refused(422, "invalid_question", "image: give a photo")
        found = self._service.embed(photo, box)
        guesses = [
            {"name": one.name, "probability": one.probability}
            for one in found.guesses[:SHOWN_GUESSES]
        ]
        return {
            "vector": found.vector.tolist(),
            "vector_name": VECTOR_NAME,
            "categories": guesses,
            "fingerprint": found.fingerprint,
        }

    def _facets(self, request: SearchRequest) -> dict[str, Any]:
        self._check(request.category)
        return {"facets": self._service.facets(request)}

    def _pending(self) -> float:
        return self.workers.pending

    def _images(self) -> float:
        try:
            return self._service.count()
        except CatalogError:
            return math.nan

    def _add_routes(self) -> None:
        app, most = self._app, self.policy.photo_bytes

        @app.post("/v1/search", **told(Answer, Question))
        async def search(request: Request) -> Response:
            """The products most like a photo, words, a product, or several of these."""
            question = await read(request, Question)
            return JSONResponse(await self.search(question.asked(most), _root(request)))

        @app.post("/v1/facets", **told(Facets, Question))
        async def facets(request: Request) -> Response:
            """What there is to narrow by, counted over the products that look alike."""
            asked = (await read(request, Question)).asked(most)
            return JSONResponse(await self._run(lambda: self._facets(asked)))

        @app.post("/v1/embed", **told(EmbeddedPhoto, Picture))
        async def embed(request: Request) -> Response:
            """A photo's vector and categories, for a Qdrant query of your own."""
            picture = await read(request, Picture)
            photo, box = picture.photo(most), picture.box()
            return JSONResponse(await self._run(lambda: self._embedded(photo, box)))

        @app.get("/v1/categories", **told(Categories))
        async def categories() -> Response:
            """The index's own categories, most frequent first."""
            return JSONResponse(await self.categories())

        @app.get("/v1/products/{product_id:anything}/similar", **told(Answer))
        async def similar(
            request: Request, product_id: str, wanted: Annotated[Similar, Query()]
        ) -> Response:
            """More like this product."""
            asked = wanted.request(like=product_id)
            return JSONResponse(await self.search(asked, _root(request)))

        # balancers that probe by HEAD hear the same status
        @app.head("/healthz", include_in_schema=False)
        @app.get("/healthz", response_class=PlainTextResponse)
        async def healthz() -> Response:
            """The server runs."""
            return PlainTextResponse("ok\n")

        @app.head("/readyz", include_in_schema=False)
        @app.get("/readyz", **told(Ready))
        async def readyz() -> Response:
            """The index can be searched."""
            return JSONResponse({"images": await self._run(self._service.count, self._looks)})

        @app.get("/metrics", response_class=PlainTextResponse)
        async def metrics() -> Response:
            """Counters and times, for Prometheus."""
            text = await self._run(self.watch.metrics.text, self._numbers)
            return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

        @app.get("/v1/docs", include_in_schema=False)
        async def docs() -> Response:
            return HTMLResponse(page_of(self.schema()), headers={
                "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"
            })  # fmt: skip


def _root(request: Request) -> str:
    """Where the server stands behind a proxy: "" or, say, "/shelf"."""
    return str(request.scope.get("root_path", "")).rstrip("/")
