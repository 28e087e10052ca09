"""What a service may ask: the fields of a `SearchRequest`, flat, as JSON or as a form."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from catalog.product import MAX_PRICE
from catalog.store import Filter, attribute
from search.choices import Measure, Order, Variant
from search.request import MAX_ATTRIBUTES, MAX_K, MAX_OFFSET, SearchRequest
from ui.api_problem import Refused
from vision.box import Box

Name = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[list[Name], Field(max_length=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Corners = Annotated[list[Share], Field(min_length=4, max_length=4)]


class Similar(BaseModel):
    """How to choose and tell, whatever is looked for."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    k: int = Field(9, ge=1, le=MAX_K, description="Products wanted.")
    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="Products to skip: the next page.")
    category: Name | None = Field(
        None, description="Only this category; `any`: everywhere. Absent: predicted and routed."
    )
    brand: Names = Field([], description="Only these brands.")
    color: Names = Field([], description="Only products that have one of these colours.")
    exclude_brand: Names = Field([], description="None of these brands.")
    exclude_color: Names = Field([], description="None of these colours.")
    price_min: float | None = Field(
        None, le=MAX_PRICE, description="In the catalog's currency, inclusive."
    )
    price_max: float | None = Field(
        None, le=MAX_PRICE, description="In the catalog's currency, inclusive."
    )
    available: bool | None = Field(None, description="Only what can, or cannot, be had now.")
    title: str = Field("", max_length=500, description="Words that must all be in the title.")
    variant: Variant | None = Field(
        None, description="Only what is cheaper than, or of another colour than, what is sought."
    )
    order: Order = Field(
        "match", description="Best match first, or the look-alikes by price, `-price`: dearest."
    )
    least: float = Field(-1, ge=-1, le=1, description="Leave out what scores less.")
    diversity: Share = Field(0, description="How much likeness among the hits counts against them.")
    one_per_product: bool = Field(True, description="Else each picture is a hit of its own.")
    measure: Measure = Field("cosine", description="Another measure, told beside the cosine.")
    facets: bool = Field(False, description="Count what there is to narrow by.")
    why: bool = Field(False, description="Explain each hit.")

    def where(self) -> Filter:
        """What a hit must be."""
        return Filter(
            any_of=_conditions({"brand": self.brand, "colors": self.color}),
            none_of=_conditions({"brand": self.exclude_brand, "colors": self.exclude_color}),
            price_min=self.price_min,
            price_max=self.price_max,
            available=self.available,
            title=self.title,
        )

    def request(self, **sought: Any) -> SearchRequest:
        """The search's own words for it. Raises Refused (422)."""
        told = ("k", "offset", "category", "variant", "order", "least", "diversity",
                "one_per_product", "measure", "facets", "why")  # fmt: skip
        try:
            plain = {name: getattr(self, name) for name in told}
            return SearchRequest(where=self.where(), **plain, **sought)
        except ValueError as error:
            raise Refused(422, "invalid_question", str(error)) from error


class Picture(BaseModel):
    """A photo, or a part of it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    image: str | None = Field(
        None,
        description="The photo's file in base64 (in a form: the file). JPEG, PNG, WebP, GIF, BMP "
        "or AVIF.",
        json_schema_extra={"contentEncoding": "base64"},
    )
    crop: Corners | None = Field(
        None,
        description="Only this part: left, top, right, bottom as fractions of the photo.",
        examples=[[0.1, 0.2, 0.6, 0.9]],
    )

    def photo(self, most: int) -> bytes:
        """The photo's bytes; none were given: b"". Raises Refused."""
        try:
            photo = base64.b64decode(self.image or "", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused(422, "invalid_question", f"image: not base64 ({error})") from error
        if len(photo) > most:
            raise Refused(
                413, "too_large", f"the photo has {len(photo):,} bytes; at most {most:,} are taken"
            )
        return photo

    def box(self) -> Box | None:
        """Raises Refused for a part that is none."""
        try:
            return Box(*self.crop) if self.crop else None
        except ValueError as error:
            raise Refused(422, "invalid_question", f"crop: {error}") from error


class Question(Similar, Picture):
    """One search. At least one of image, text, like and liked is needed."""

    text: str = Field("", max_length=500, description="Words, alone or beside a photo.")
    text_weight: Share = Field(0.5, description="Of the words beside a photo.")
    like: Name | None = Field(None, description="A product's id: more like this.")
    liked: Names = Field([], description="Ids of products that pull the answer.")
    disliked: Names = Field([], description="Ids of products that push it away.")
    attributes: dict[Name, Names] = Field(
        {},
        description="Only products whose attribute has one of these values.",
        max_length=MAX_ATTRIBUTES,
        examples=[{"material": ["straw"]}],
    )
    crops: bool = Field(False, description="Suggest parts of the photo to search for.")

    def where(self) -> Filter:
        """What a hit must be. Raises ValueError for an attribute that no filter can name."""
        plain = super().where()
        named = {attribute(name): values for name, values in self.attributes.items()}
        return replace(plain, any_of={**plain.any_of, **_conditions(named)})

    def asked(self, most: int) -> SearchRequest:
        """As the search takes it. Raises Refused."""
        photo = self.photo(most)
        if not (photo or self.text.strip() or self.like or self.liked):
            raise Refused(
                422, "invalid_question", "nothing to look for: give image, text, like or liked"
            )
        return self.request(
            image=photo,
            crop=self.box(),
            text=self.text.strip(),
            text_weight=self.text_weight,
            like=self.like,
            liked=tuple(self.liked),
            disliked=tuple(self.disliked),
            crops=self.crops,
        )


def _conditions(wanted: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Without the empty ones, which would match nothing."""
    return {key: tuple(values) for key, values in wanted.items() if values}
