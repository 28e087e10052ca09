"""What goes wrong, as `application/problem+json` (RFC 9457): plain words, never an inside."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from catalog.errors import CatalogError, NoIndex
from search.errors import UnknownProduct
from ui.log import fresh_id, id_of
from vision.errors import UnreadableImage

_LOG = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


class Wrong(BaseModel):
    """One field that cannot be taken."""

    field: str
    message: str


class Problem(BaseModel):
    """Why there is no answer."""

    title: str = Field(description="The kind of problem, for people.")
    status: int
    code: str = Field(description="The kind of problem, for programs: stays as it is.")
    detail: str = Field(description="What happened and what to do.")
    errors: list[Wrong] | None = Field(None, description="The fields that cannot be taken.")
    instance: str | None = Field(None, description="Names this case in the server's log.")


class Refused(Exception):
    """A request that ends with this problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        wrong = [Wrong(field=_place(one), message=str(one["msg"])) for one in errors] or None
        self.problem = Problem(
            title=code.replace("_", " ").capitalize(),
            status=status,
            code=code,
            detail=detail,
            errors=wrong,
        )

    @property
    def response(self) -> JSONResponse:
        return JSONResponse(
            self.problem.model_dump(exclude_none=True), self.status, self.headers, PROBLEM
        )


def busy(detail: str, retry_s: float) -> Refused:
    """429: later, it may go."""
    return Refused(429, "busy", detail, headers={"Retry-After": str(max(1, round(retry_s)))})


def invalid(errors: Sequence[Mapping[str, Any]]) -> Refused:
    """422 for what pydantic says; what was sent is not repeated."""
    first = errors[0]
    detail = f"{_place(first)}: {first['msg']}"
    return Refused(422, "invalid_question", detail, errors=errors)


def refused(error: Exception) -> Refused:
    """What the rooms below raise, as a caller may hear it."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, UnreadableImage):
        return Refused(422, error.reason, str(error))
    if isinstance(error, UnknownProduct):
        return Refused(404, "unknown_product", str(error))
    if isinstance(error, NoIndex):
        return Refused(503, "no_index", "Nothing has been indexed yet.")
    if isinstance(error, CatalogError):
        # the message names hosts and folders
        _LOG.error("the index cannot be searched: %s", error)
        return Refused(503, "index_unavailable", "The index cannot be searched right now.")
    if isinstance(error, ValueError):
        return Refused(422, "invalid_question", str(error))
    return fault(error)


def fault(error: Exception) -> Refused:
    """A fault of ours: the log has it all, the caller the request's id to name it by."""
    case = id_of("request") or fresh_id()
    _LOG.error("request %s ended in a fault", case, exc_info=error)
    return in_the_log_as(case)


def in_the_log_as(case: str) -> Refused:
    """A fault as a stranger hears of it."""
    answer = Refused(500, "fault", "This is on our side; the log of the server tells more.")
    answer.problem.instance = case
    return answer


def _place(error: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in error["loc"]) or "body"
