"""What a request looks for: a photo, words and products as vectors, and what must be in a title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from catalog.product import Product
from catalog.store import Filter, Hit, Store, Vector, to_hit
from search.clock import Clock
from search.errors import UnknownProduct
from search.eye import Eye
from search.request import SearchRequest
from vision.errors import UnreadableImage
from vision.head import unit


@dataclass(frozen=True)
class Sought:
    """What is looked for, once the model and the index were asked what that is."""

    vector: Vector | None = None
    """(D,), unit norm; None: only words of a title, or only liked products."""
    probabilities: np.ndarray | None = None
    """(C,) of the photo; None: not a photo alone is sought, so no category is predicted."""
    novelty: float = 0.0
    """Of the photo, as in `vision.head.Encoded`."""
    own: tuple[str, ...] = ()
    """Point ids that are no answer: the pictures of the products that were named."""
    product: Product | None = None
    """The product that hits are to be like."""
    title: str = ""
    """Words that must be in a hit's title."""
    words: Literal["vector", "title"] | None = None
    """How the request's words were read."""
    liked: tuple[Vector, ...] = ()
    disliked: tuple[Vector, ...] = ()
    image: Image.Image | None = None
    """The photo, or the part of it that was asked for, squeezed into the backbone's square."""
    map: np.ndarray | None = None
    """(h, w, F) float32: the backbone's features of `image` by place, where that was asked for."""

    @property
    def compares_pictures(self) -> bool:
        """Whether scores are cosines of pictures, which is what match labels were fitted on."""
        return self.words != "vector" and (self.vector is not None or bool(self.liked))


def seek(request: SearchRequest, eye: Eye, store: Store, clock: Clock) -> Sought:
    """Raises UnreadableImage, UnknownProduct."""
    if not (request.image or request.text.strip() or request.like or request.liked):
        raise UnreadableImage(
            "empty_body", "there is nothing to look for; give a photo, words, or a product"
        )
    sought = _photo(request, eye, clock) if request.image else Sought()
    named = [*filter(None, [request.like]), *request.liked, *request.disliked]
    if named:
        with clock.step("engine"):
            sought = _products(request, sought, pictures_of(store, named))
    text = request.text.strip()
    return _words(text, request.text_weight, sought, eye.words(text, clock)) if text else sought


def _photo(request: SearchRequest, eye: Eye, clock: Clock) -> Sought:
    by_place = request.why or request.crops
    seen = eye.photo(request.image, request.crop, clock, by_place=by_place)
    return Sought(
        vector=seen.vector,
        probabilities=seen.probabilities,
        novelty=seen.novelty,
        image=seen.image,
        map=seen.map,
    )


def pictures_of(store: Store, product_ids: Sequence[str]) -> dict[str, list[Hit]]:
    """The pictures of each product by slot, with vectors; score 1. Raises UnknownProduct.

    Of two catalogs that use the same id, the first by name is meant.
    """
    found = store.scroll(Filter(any_of={"product_id": tuple(dict.fromkeys(product_ids))}))
    vectors = store.get([stored.id for stored in found], with_vectors=True)
    hits = [
        replace(to_hit(stored.id, 1.0, stored.payload), vector=stored.vector)
        for stored in vectors.values()
    ]
    by_id: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.product.source, hit.product.image_slot)):
        pictures = by_id.setdefault(hit.product.product_id, [])
        if not pictures or pictures[0].product.source == hit.product.source:
            pictures.append(hit)
    for product_id in product_ids:
        if product_id not in by_id:
            raise UnknownProduct(product_id)
    return by_id


def _products(
    request: SearchRequest, sought: Sought, pictures: Mapping[str, Sequence[Hit]]
) -> Sought:
    def vectors(product_ids: Sequence[str]) -> tuple[Vector, ...]:
        """Every view counts: whatever is near one of them is near the product."""
        found = (hit.vector for product_id in product_ids for hit in pictures[product_id])
        return tuple(vector for vector in found if vector is not None)

    first = pictures[request.like][0] if request.like else None
    return replace(
        sought,
        vector=first.vector if first else sought.vector,
        product=first.product if first else None,
        own=tuple(hit.id for hits in pictures.values() for hit in hits),
        liked=vectors(request.liked),
        disliked=vectors(request.disliked),
    )


def _words(text: str, weight: float, sought: Sought, said: Vector | None) -> Sought:
    if said is None:
        return replace(sought, title=text, words="title")
    if sought.vector is not None:
        said = unit(((1 - weight) * sought.vector + weight * said)[None])[0]
    # "shoes to go with this": what the words ask for need not be what the photo shows
    chances = None if weight else sought.probabilities
    return replace(sought, vector=said, probabilities=chances, words="vector")
