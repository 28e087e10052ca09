"""A server's failures in our words: what it was, which server, what to do about it."""

from catalog.errors import CatalogError, NoIndex, StoreUnavailable

# besides 5xx: the same request may succeed later
_PASSING = (408, 425, 429)


class Transient(StoreUnavailable):
    """The server may manage it in a moment; `retry_after` is its own wish, as it was sent."""

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConflictError(CatalogError):
    """Somebody else made it between our look and our request."""


def refusal(where: str, status: int, said: str, retry_after: str | None) -> CatalogError:
    """For an HTTP status that is not success; `said` is the engine's own sentence, or empty."""
    if status in (401, 403):
        return StoreUnavailable(
            f"the server refuses access · {where} answered {status} {said} · "
            "give an API key that is valid there (QDRANT_API_KEY)"
        )
    if status in _PASSING or status >= 500:
        return Transient(
            f"the server is busy or ill · {where} answered {status} {said} · "
            "look at its log and run again: what was acknowledged is kept",
            retry_after,
        )
    if status == 409 or (status == 400 and "already exists" in said):
        return ConflictError(f"it exists already · {where}: {said} · run again")
    if status == 404 and said:  # without a sentence it is some other server's 404
        return NoIndex(where)
    return StoreUnavailable(
        f"the server refuses the request · {where} answered {status} {said} · "
        "see that the URL is a Qdrant server's, of version 1.16 or later"
    )


def no_answer(where: str, source: Exception) -> StoreUnavailable:
    """For a request that failed on its way; a ValueError means the answer was not the protocol."""
    if isinstance(source, ValueError):
        return StoreUnavailable(
            f"the answer makes no sense · {where} · see that the URL is a Qdrant server's, "
            "of version 1.16 or later, and what proxy stands before it"
        )
    return Transient(
        f"the server does not answer · {where}: {source or type(source).__name__} · "
        "start it (docker compose up qdrant) or correct the URL, then run again"
    )


def no_capacity(where: str, retry_after: str) -> Transient:
    """For a server that asks for patience (429)."""
    return Transient(
        f"the server has no capacity left · {where} answered 429 · "
        "wait, send less at once, or raise its limits",
        retry_after,
    )
