"""What services are answered: the result's own JSON, with links to the products' pictures."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from catalog.thumbs import Thumbs
from search.result import SearchResult


class Guess(BaseModel):
    """One category the photo may show."""

    name: str
    probability: float


class Way(BaseModel):
    """Where the search looked, and why."""

    kind: str = Field(description="`routed` by prediction, `chosen` by the caller, or `none`.")
    categories: list[str] = Field(description="Where it looked; empty: everywhere.")
    category_set: list[str]
    kept: int = Field(description="So many of the last hits come from elsewhere, to be safe.")
    reason: str
    guesses: list[Guess]


class Found(BaseModel):
    """One product: these and the keys of the payload contract (docs/contract.md)."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(description="The point's id.")
    product_id: str
    score: float = Field(description="Cosine to the query, in [-1, 1].")
    match: str | None = Field(description="What the score means, where the model measured it.")
    picture: str | None = Field(description="Path of a small picture on this server.")


class Answer(BaseModel):
    """What `snapshelf search --json` prints, and the pictures."""

    model_config = ConfigDict(extra="allow")

    hits: list[Found]
    route: Way
    nothing_like_this: bool
    timings_ms: dict[str, float]


class Facets(BaseModel):
    """Filter key → value → products; under `price` instead min and max."""

    facets: dict[str, dict[str, float]]


class Category(BaseModel):
    """One of the index's own categories."""

    name: str
    images: int


class Categories(BaseModel):
    """Most frequent first."""

    categories: list[Category]
    images: int = Field(description="In the whole index.")


class EmbeddedPhoto(BaseModel):
    """A photo as the index sees it: for services that ask Qdrant themselves."""

    vector: list[float] = Field(description="Unit norm; of the collection's vector `vector_name`.")
    vector_name: str
    categories: list[Guess] = Field(description="Most probable first, at most five.")
    fingerprint: str = Field(description="Of the model: the points' `model` must be the same.")


class Ready(BaseModel):
    """The index can be searched."""

    images: int


def answer_of(result: SearchResult, thumbs: Thumbs, root: str) -> dict[str, Any]:
    """`SearchResult.to_json`, each hit with `picture`: its path below `root`, or None."""
    answer = result.to_json()
    lists = [answer["hits"], *answer.get("related", {}).values()]
    for hit in (hit for hits in lists for hit in hits):
        hit["picture"] = _picture(hit, thumbs, root)
    return answer


def _picture(hit: Mapping[str, Any], thumbs: Thumbs, root: str) -> str | None:
    sha256 = hit["image_sha256"]
    try:
        return f"{root}/thumbs/{sha256}.jpg" if thumbs.path(sha256) else None
    except ValueError:
        # another program wrote this point, and its picture has no name of ours
        return None
