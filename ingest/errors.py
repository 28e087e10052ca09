"""What can go wrong between a catalog and the store.

IngestError
├── BadCatalog    the catalog as a whole cannot be read: nothing was ingested
├── BadHost       an entry of the allowed hosts is none
├── BadLedger     the ledger's file is not one
├── BadPartition  text that names no worker's share
├── BadRejects    the file named for rejected rows must not be replaced
├── PruneRefused  vanished products were to be removed, and none was
├── UnknownSource a catalog was named that nothing was ingested under
├── Unsettled     the index changes all the time: a re-index never was complete
└── FetchError    one image could not be had; only its row is rejected
"""

from collections.abc import Sequence

# Names in one message.
_TOLD = 20


class IngestError(Exception):
    """Base of the room."""


class BadCatalog(IngestError):
    """No catalog here, or one without columns that we know."""


class BadHost(IngestError):
    """Text in the list of allowed hosts that could never allow one."""


class BadLedger(IngestError):
    """A file in the ledger's place that is damaged or something else."""


class BadPartition(IngestError):
    """Text that is not i/n, with i from 0 to n - 1."""


class BadRejects(IngestError):
    """A path for rejected rows whose present content is not ours to replace."""


class PruneRefused(IngestError):
    """A run that brought its rows in, and left the vanished products alone."""


class UnknownSource(IngestError):
    """No catalog of this name is in the index; `known` are the names of those that are."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        told = ", ".join(map(repr, known[:_TOLD])) + ", …" * (len(known) > _TOLD)
        super().__init__(
            f"nothing was ingested under the name {name!r} · known are: {told or 'none'} · "
            "give the catalog as it was given to ingest, or its name with --source"
        )


class Unsettled(IngestError):
    """Products were written faster than a re-index could carry them over."""


class FetchError(IngestError):
    """One image could not be had.

    `reason` is a short code that reports count by; `attempts` is how often it was tried.
    `transient` says that trying again may help; `retry_after_s` is the wait that the server
    asked for, seconds.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        attempts: int = 1,
        *,
        transient: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.attempts = attempts
        self.transient = transient
        self.retry_after_s = retry_after_s
