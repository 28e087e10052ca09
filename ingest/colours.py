"""Colours for products whose row names none."""

from dataclasses import replace

from catalog.thumbs import Thumbs
from ingest.work import Job
from vision.colours import SIDE, colours
from vision.errors import UnreadableImage
from vision.image import decode


def with_colours(job: Job, image_sha256: str, thumbs: Thumbs) -> Job:
    """The job, with colours from the pixels when its row has none and there is a thumbnail.

    Always from the thumbnail, never from the picture it was made of: a run that goes on where
    another was killed must write the same. The payload's hash stays that of the row's own facts.
    """
    if job.product.colors or (path := thumbs.path(image_sha256)) is None:
        return job
    try:
        found = colours(decode(path.read_bytes(), min_side=SIDE))
    except (UnreadableImage, OSError):  # a thumbnail may be lost; its product is not
        return job
    return replace(job, product=replace(job.product, colors=found))
