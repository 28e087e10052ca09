"""What can go wrong between pixels and vectors.

VisionError
├── UnreadableImage   these bytes are no picture we take; only their row or query fails
├── BadSpec           no such backbone, or one that cannot be loaded as described
├── BadArtefact       a model folder that is torn, foreign or does not fit its backbone
├── BadExport         a backbone that cannot be exported for serving without torch
├── BadCache          a feature cache that cannot be read
└── BadTraining       a catalog that nothing can be learned from
"""


class VisionError(Exception):
    """Base of the room: pixels could not become vectors."""


class UnreadableImage(VisionError):
    """Bytes that are not a picture within our limits.

    `reason` is one of `empty_body`, `not_an_image`, `truncated`, `too_many_pixels`,
    `too_small`, `decoder_error`, `decoder_hung`, `decoder_crashed`: the codes that reports
    count by.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class BadSpec(VisionError):
    """A backbone spec that names nothing loadable."""


class BadArtefact(VisionError):
    """A model folder that cannot be trusted."""


class BadExport(VisionError):
    """A backbone that cannot be exported, or whose export gives other features."""


class BadCache(VisionError):
    """A file in the feature cache's place that is damaged or something else."""


class BadTraining(VisionError):
    """Training data from which no head can be learned."""
