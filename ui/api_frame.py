"""What all paths of the services' interface share: how they are described, how they refuse."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ui.api_body import body_of
from ui.api_problem import PROBLEM, Problem, Refused, in_the_log_as, invalid, refused
from ui.log import fresh_id, id_of

_ABOUT = (
    "A photo, words or a product in; the catalog's most similar products out. Fields have the "
    "same names in JSON and in a form, where lists are repeated fields. Errors are problem+json."
)
_REFUSALS = {400: "Not a request.", 401: "No API key.", 404: "No such product.",
             405: "This path has another method.", 408: "The body came too slowly.",
             413: "Too large.", 415: "Unknown content type.",
             422: "A field or the photo cannot be taken.",
             429: "Too much at once: see Retry-After.",
             500: "A fault of the server.", 503: "The index cannot be searched now."}  # fmt: skip
_PROBLEM_SCHEMA = Problem.model_json_schema()


class Anything(PathConvertor):
    """Starlette's own `path` stops at a line break, and so would end outside the guard."""

    regex = "(?s:.*)"


def application() -> FastAPI:
    """An application without a path, which answers every refusal as a problem."""
    register_url_convertor("anything", Anything())
    app = FastAPI(
        title="Snapshelf", version="1", description=_ABOUT, openapi_url="/v1/openapi.json",
        docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    app.add_exception_handler(Refused, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(Exception, _fault)
    return app


async def _fault(_request: Request, _error: Exception) -> Response:
    """It is raised on after this answer, and the guard has it in the log."""
    return in_the_log_as(id_of("request") or fresh_id()).response


async def _answer(_request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        # the first part of a place is "query" or "path"
        return invalid([{**one, "loc": one["loc"][1:]} for one in error.errors()]).response
    if isinstance(error, HTTPException):
        code = {404: "unknown_path", 405: "unknown_method"}.get(error.status_code, "bad_request")
        headers = error.headers
        return Refused(error.status_code, code, str(error.detail), headers=headers).response
    return refused(error).response


def told(answer: type[BaseModel], question: type[BaseModel] | None = None) -> dict[str, Any]:
    """What OpenAPI says of a path: the answer, the refusals and the body."""
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"description": why, "content": {PROBLEM: {"schema": _PROBLEM_SCHEMA}}}
        for status, why in _REFUSALS.items()
    }
    body = {"openapi_extra": body_of(question)} if question else {}
    return {"responses": {200: {"model": answer}, **refusals}, **body}
