"""A request's body, JSON or a form, to one of the questions of `ui/api_question.py`."""

import base64
import json
import re
import sys
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from ui.api_problem import Refused, invalid

M = TypeVar("M", bound=BaseModel)

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
# A form has one file and some dozen fields, of which lists may come often.
_MOST_FIELDS = 500
# Some others take minutes to decode (punycode), and stop the whole server meanwhile.
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1"})
_CHARSET = re.compile(r"charset\s*=([^;]*)", re.IGNORECASE)


async def read(request: Request, model: type[M]) -> M:
    """The body as a `model`. Raises Refused: 400, 415, 422."""
    kind = _kind(request.headers.get("content-type", ""))
    if any(foreign_charset(one) for one in request.headers.getlist("content-type")):
        raise Refused(415, "unknown_charset", "send the form in UTF-8")
    try:
        if kind == "application/json":
            return model.model_validate_json(await request.body())
        if kind in _FORMS:
            return model.model_validate(await _fields(await _form(request, kind), model))
    except ValidationError as error:
        raise invalid(error.errors(include_input=False, include_url=False)) from error
    raise Refused(
        415, "unknown_content_type", f"send application/json or {_FORMS[0]} (curl: --form)"
    )


def foreign_charset(content_type: str) -> bool:
    """Whether a form would be decoded by a charset that forms have no need of.

    Only this header names it: what a part of the form says of itself is not followed.
    """
    named = [name.strip().strip('"').strip().lower() for name in _CHARSET.findall(content_type)]
    return _kind(content_type) in _FORMS and not _CHARSETS.issuperset(named)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The request body for OpenAPI: the same fields both ways, but a form's photo is a file."""
    schema = model.model_json_schema()
    form = {**schema, "properties": dict(schema["properties"])}
    told = form["properties"]["image"]["description"]
    form["properties"]["image"] = {"type": "string", "format": "binary", "description": told}
    content = {"application/json": {"schema": schema}, _FORMS[0]: {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


class _Parser(MultiPartParser):
    """Starlette's, whose own 1 MB stays for each field that is no file."""

    # The guard has bounded the body: no visitor's photo is laid on this disk, which may be full.
    spool_max_size = sys.maxsize


async def _form(request: Request, kind: str) -> FormData:
    if kind != _FORMS[0]:
        return await request.form(max_fields=_MOST_FIELDS)
    parser = _Parser(request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from error


async def _fields(form: FormData, model: type[BaseModel]) -> dict[str, Any]:
    """A form's fields as JSON would have them; empty ones are as good as absent."""
    given: dict[str, Any] = {}
    for name in form:
        values = [value for value in form.getlist(name) if value != ""]
        if values:
            given[name] = await _field(name, values, _kinds(model).get(name))
    return given


async def _field(name: str, values: list[Any], kind: str | None) -> Any:
    last = values[-1]
    if name == "image":
        # what is no file is base64 here, too
        return last if isinstance(last, str) else base64.b64encode(await last.read()).decode()
    if any(isinstance(value, UploadFile) for value in values):
        raise Refused(422, "invalid_question", f"{name}: a file; only `image` is one")
    if name == "crop" and len(values) == 1:
        return last.split(",")
    if kind == "object":
        return _json(name, last)
    return values if kind == "array" else last


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        example = '{"material": ["straw"]}'
        raise Refused(
            422, "invalid_question", f"{name}: not JSON; in a form it is text such as {example}"
        ) from error


@cache
def _kinds(model: type[BaseModel]) -> dict[str, str]:
    """Field → JSON type, where it has only one."""
    fields = model.model_json_schema()["properties"]
    kinds = {name: field.get("type", "") for name, field in fields.items()}
    return kinds | {"crop": "array"}
