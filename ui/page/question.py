"""What a visitor asks, as the browser holds it: plain data, every part of it to be checked."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog.product import MAX_PRICE
from catalog.store import Filter
from search.choices import Order, Variant
from search.request import ANY, MAX_ATTRIBUTES, MAX_JUDGED, MAX_K, MAX_TEXT, SearchRequest
from vision.box import Box

AUTOMATIC = "auto"
"""The choice "predict the category": what every new photo starts with."""
EVERYWHERE = "all"
"""The choice "no category filter"."""
_ONE = "in:"  # before a category's name, so that no catalog can name a category like a choice
# Products on the first page: it divides by two, three and four columns.
PAGE = 12

Name = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[tuple[Name, ...], Field(max_length=100)]
Judged = Annotated[tuple[Name, ...], Field(max_length=MAX_JUDGED)]
Share = Annotated[float, Field(ge=0, le=1)]
Price = Annotated[float, Field(ge=0, le=MAX_PRICE)]

# A link's names for what it keeps: never the photo, nor what part of it was cut out.
_LINKED = {
    "text": "text", "like": "like", "liked": "liked", "disliked": "disliked",
    "category": "category", "brands": "brand", "colors": "color", "available": "available",
    "price_min": "min", "price_max": "max", "order": "order", "variant": "variant",
    "product": "product",
}  # fmt: skip
_ATTRIBUTE = "attributes."


class Question(BaseModel):
    """One question; what is not given asks for nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    photo: Name | None = None
    """The token of an uploaded photo (`ui/page/photos.py`)."""
    crop: tuple[Share, Share, Share, Share] | None = None
    """Left, top, right, bottom as fractions of the photo."""
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    like: Name | None = None
    liked: Judged = ()
    disliked: Judged = ()
    category: Name = AUTOMATIC
    """A choice: AUTOMATIC, EVERYWHERE, or `choice_of` a category."""
    brands: Names = ()
    colors: Names = ()
    attributes: Annotated[dict[Name, Names], Field(max_length=MAX_ATTRIBUTES)] = {}
    """Filter key (`catalog.store.attribute`) → values, one of which is enough."""
    available: bool = False
    price_min: Price | None = None
    price_max: Price | None = None
    order: Order = "match"
    variant: Variant | None = None
    k: Annotated[int, Field(ge=1, le=MAX_K)] = PAGE
    product: Name | None = None
    """Whose panel is open."""

    @classmethod
    def told(cls, data: object) -> Self:
        """What a browser says; a field that cannot be is left out, not believed."""
        fields = dict(data) if isinstance(data, Mapping) else {}
        try:
            return cls.model_validate(fields)
        except ValidationError as error:
            wrong = {one["loc"][0] for one in error.errors(include_url=False)}
            return cls.model_validate({k: v for k, v in fields.items() if k not in wrong})

    @classmethod
    def linked(cls, query: str) -> Self:
        """What a link says (the part of an address after its "?")."""
        fields: dict[str, Any] = {"attributes": {}}
        names = {short: name for name, short in _LINKED.items()}
        for short, value in parse_qsl(query[:8000]):
            if short.startswith(_ATTRIBUTE):
                fields["attributes"].setdefault(short, []).append(value)
            elif (name := names.get(short)) in ("liked", "disliked", "brands", "colors"):
                fields.setdefault(name, []).append(value)
            elif name:
                fields[name] = value
        return cls.told(fields)

    @property
    def link(self) -> str:
        """The part of an address after its "?" that asks this again, without any photo."""
        said = self.model_dump(exclude_defaults=True, include=set(_LINKED))
        pairs = [(_LINKED[name], _text(value)) for name, value in said.items()]
        return urlencode(pairs + list(self.attributes.items()), doseq=True)

    @property
    def has_subject(self) -> bool:
        """Whether there is something to look for; filters alone are nothing."""
        return bool(self.photo or self.text.strip() or self.like or self.liked)

    def within(self, known: Collection[str]) -> Self:
        """The same over the `known` categories: one that is gone is not chosen any more."""
        if category_of(self.category, known) or self.category == AUTOMATIC:
            return self
        return self.model_copy(update={"category": AUTOMATIC})

    @property
    def filters(self) -> int:
        """How many are set, besides the category."""
        given = (self.price_min, self.price_max, self.available or None, self.variant)
        lists = (self.brands, self.colors, *self.attributes.values())
        return sum(one is not None for one in given) + sum(map(len, lists))

    @property
    def where(self) -> Filter:
        keys: dict[str, tuple[str, ...]] = {"brand": self.brands, "colors": self.colors}
        return Filter(
            any_of={key: values for key, values in {**keys, **self.attributes}.items() if values},
            price_min=self.price_min,
            price_max=self.price_max,
            available=True if self.available else None,
        )

    def request(
        self, image: bytes, known: Collection[str], *, crops: bool = False
    ) -> SearchRequest:
        """Over the `known` categories. Raises ValueError for a box that is none."""
        return SearchRequest(
            image,
            k=self.k,
            category=category_of(self.category, known),
            crop=Box(*self.crop) if self.crop and image else None,
            text=self.text,
            like=None if image else self.like,
            liked=self.liked,
            disliked=self.disliked,
            where=self.where,
            variant=self.variant,
            order=self.order,
            facets=True,
            crops=crops,
        )


def choice_of(category: str) -> str:
    """The choice that means exactly this category."""
    return _ONE + category


def category_of(choice: object, known: Collection[str]) -> str | None:
    """`SearchRequest.category` for a choice; anything unknown is Automatic (browsers may lie)."""
    if choice == EVERYWHERE:
        return ANY
    if isinstance(choice, str) and choice.startswith(_ONE):
        name = choice.removeprefix(_ONE)
        return name if name in known else None
    return None


def alike(product_id: str) -> dict[str, Any]:
    """What turns a question into "more like this product"; the filters stay."""
    return {
        "like": product_id, "photo": None, "crop": None, "text": "", "liked": [], "disliked": [],
        "category": AUTOMATIC, "variant": None, "product": None,
    }  # fmt: skip


def plain(number: float) -> str:
    """As people type it: `40`, `39.95`."""
    return str(int(number)) if number.is_integer() else repr(number)


def _text(value: Any) -> Any:
    if isinstance(value, float):
        return plain(value)
    return "1" if value is True else value
