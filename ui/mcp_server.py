"""The search as tools for assistants: the Model Context Protocol at `/mcp` (extra `mcp`)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ui.api import Api
from ui.api_problem import Refused
from ui.api_question import Question

Category = Annotated[
    str | None, Field(description="Only this one of `categories`; `any`: everywhere.")
]
Count = Annotated[int, Field(ge=1, le=50, description="Products wanted.")]
# What an assistant reads of a product; the rest of the payload would only fill its memory.
_TOLD = ("product_id", "title", "brand", "category", "price", "currency", "colors", "available",
         "url", "score", "match", "picture")  # fmt: skip


class Tools:
    """The tools over one interface, with its keys, its limits and its queue."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._server = MCPServer(
            "snapshelf", instructions="Finds a shop's products by photo, words or likeness.",
            log_level="WARNING",
        )  # fmt: skip
        for tool in (self.search, self.similar, self.categories):
            self._server.add_tool(tool)
        # every request stands for itself: nothing to keep, nothing to lose at a restart
        self._app = self._server.streamable_http_app(
            stateless_http=True, json_response=True, host="",
            max_request_body_size=api.policy.body_bytes,
        )  # fmt: skip

    def routes(self) -> list[BaseRoute]:
        """For the page's server, behind the guard."""
        return [Route("/mcp", self._api.guarded(self._handle), include_in_schema=False)]

    @asynccontextmanager
    async def lifespan(self, _app: object) -> AsyncIterator[None]:
        """To be entered while the server runs."""
        async with self._server.session_manager.run():
            yield

    async def search(
        self,
        image_base64: Annotated[str, Field(description="A photo's file, in base64.")] = "",
        text: Annotated[str, Field(description="Words, alone or beside a photo.")] = "",
        category: Category = None,
        price_max: float | None = None,
        k: Count = 9,
    ) -> dict[str, Any]:
        """Find the shop's products that look like a photo, or fit some words."""
        return await self._asked(
            {"image": image_base64, "text": text, "category": category, "price_max": price_max,
             "k": k}
        )  # fmt: skip

    async def similar(
        self,
        product_id: Annotated[str, Field(description="As `search` tells it.")],
        category: Category = None,
        k: Count = 9,
    ) -> dict[str, Any]:
        """Find the shop's products that look like one of its products."""
        return await self._asked({"like": product_id, "category": category, "k": k})

    async def categories(self) -> dict[str, Any]:
        """The shop's categories with their numbers of pictures."""
        try:
            return await self._api.categories()
        except Refused as refusal:
            raise ToolError(str(refusal)) from refusal

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _asked(self, fields: dict[str, Any]) -> dict[str, Any]:
        try:
            question = Question.model_validate(fields)
            answer = await self._api.search(question.asked(self._api.policy.photo_bytes))
        except (Refused, ValueError) as error:
            raise ToolError(str(error)) from error
        return {
            "products": [
                {key: hit[key] for key in _TOLD if hit.get(key) is not None}
                for hit in answer["hits"]
            ],
            "looked": answer["route"]["reason"],
            "nothing_like_this": answer["nothing_like_this"],
        }
