"""Colours for products whose row names none."""

from collections.abc import Sequence
from dataclasses import replace

from catalog.thumbs import Thumbs
from ingest.work import Job
from vision.colours import thumbnail_colours


def with_colours(job: Job, image_sha256: str, thumbs: Thumbs) -> Job:
    """The job, with colours from the pixels when its row has none and there is a thumbnail.

    Always from the thumbnail, never from the picture it was made of: a run that goes on where
    another was killed must write the same. The payload's hash stays that of the row's own facts.
    """
    if job.product.colors or (path := thumbs.path(image_sha256)) is None:
        return job
    try:
        return coloured(job, thumbnail_colours(path.read_bytes()))
    except OSError:  # a thumbnail may be lost; its product is not
        return job


def coloured(job: Job, colours: Sequence[str]) -> Job:
    """The job, with what its picture's thumbnail shows, when its row has none."""
    if job.product.colors or not colours:
        return job
    return replace(job, product=replace(job.product, colors=tuple(colours)))
