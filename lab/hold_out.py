"""Label-free measuring: a product's own second photo is the question."""

from collections.abc import Sequence
from hashlib import sha256

from lab.errors import LabError
from lab.sides import Sample


def hold_out(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Gallery and queries: one photo of each product with two or more is its query.

    Which one is drawn by a hash of the product's id and the photo's reference, so that neither
    the order of rows nor other products change it. Raises LabError when no product has two.
    """
    photos: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        photos.setdefault(sample.product.product_id, []).append(index)
    held = {
        min(indices, key=lambda index: _draw(samples[index]))
        for indices in photos.values()
        if len(indices) > 1
    }
    if not held:
        raise LabError(
            f"none of {len(photos)} products has two photos, so that one could be held out; give "
            "query photos of your own (--queries), or a catalog with several images a product"
        )
    gallery = [one for index, one in enumerate(samples) if index not in held]
    return gallery, [one for index, one in enumerate(samples) if index in held]


def _draw(sample: Sample) -> str:
    product = sample.product
    return sha256(f"{product.product_id}\0{product.image_url}".encode()).hexdigest()
