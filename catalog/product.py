"""One product image as every room sees it, and its payload: both directions side by side."""

import math
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from catalog.contract import NAMESPACE, SCHEMA

MAX_PRICE = 1e15
"""The dearest that a catalog can sell and a question can name; more is a slip of the row."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What ingest adds to the catalog's own facts about one product image.

    `image_sha256` and `model` are 64 lower-case hex digits; `updated_at` is ISO 8601 in UTC;
    `predicted_confidence` lies in [0, 1]. Raises ValueError.
    """

    image_sha256: str
    model: str
    run_id: str
    updated_at: str
    predicted_category: str | None = None
    predicted_confidence: float | None = None

    def __post_init__(self) -> None:
        _put(self, "predicted_category", _text(self.predicted_category))
        confidence = self.predicted_confidence
        if confidence is not None and not 0.0 <= confidence <= 1.0:  # NaN fails this too
            raise ValueError(
                f"the predicted confidence must lie in [0, 1] · {confidence!r} · "
                "pass a probability, or None when there is no classifier"
            )

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        return cls(
            image_sha256=payload["image_sha256"],
            model=payload["model"],
            run_id=payload["run_id"],
            updated_at=payload["updated_at"],
            predicted_category=payload.get("predicted_category"),
            predicted_confidence=_number(payload.get("predicted_confidence")),
        )


@dataclass(frozen=True, slots=True)
class Product:
    """One image of one product, as its catalog describes it.

    Strings are kept NFC-normalised and stripped; an empty one is the same as None, or leaves its
    list or map. Raises ValueError for a product that could not be found again (no source, no id)
    or would break a filter (a price that is no number).
    """

    source: str
    product_id: str
    image_slot: int = 0
    title: str | None = None
    description: str | None = None
    brand: str | None = None
    category: str | None = None
    category_path: tuple[str, ...] = ()
    price: float | None = None
    currency: str | None = None
    colors: tuple[str, ...] = ()
    available: bool | None = None
    url: str | None = None
    image_url: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _OPTIONAL_TEXT:
            _put(self, name, _text(getattr(self, name)))
        for name in ("source", "product_id"):
            _put(self, name, _required(name, getattr(self, name)))
        for name in ("category_path", "colors"):
            _put(self, name, _texts(getattr(self, name)))
        _put(self, "attributes", _attributes(self.attributes))
        _put(self, "related", _related(self.related))
        _put(self, "price", _price(self.price))
        if self.image_slot < 0:
            raise ValueError(
                f"image_slot counts from 0 · {self.image_slot} · number the product's images upward"
            )

    @property
    def point_id(self) -> str:
        """The same product image has the same id for ever: UUID version 5, canonical text."""
        return str(uuid.uuid5(NAMESPACE, f"{self.source}\0{self.product_id}\0{self.image_slot}"))

    def to_payload(self, stamp: Stamp) -> dict[str, Any]:
        """The payload of contract version 1; an absent value is an absent key."""
        payload: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        payload |= {name: list(getattr(self, name)) for name in ("category_path", "colors")}
        payload["attributes"] = dict(self.attributes)
        payload["related"] = {name: list(ids) for name, ids in self.related.items()}
        payload |= {name: getattr(stamp, name) for name in Stamp.__dataclass_fields__}
        kept = {key: value for key, value in payload.items() if not _absent(value)}
        return kept | {"schema": SCHEMA}

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """The product that `to_payload` was called on; keys it does not know are ignored."""
        values = {name: payload[name] for name in _PLAIN if name in payload}
        related = dict(payload.get("related", {}))
        return cls(
            **(values | {"price": _number(payload.get("price"))}),
            category_path=tuple(payload.get("category_path", ())),
            colors=tuple(payload.get("colors", ())),
            attributes=dict(payload.get("attributes", {})),
            related={name: tuple(ids) for name, ids in related.items()},
        )


_OPTIONAL_TEXT = (
    "title",
    "description",
    "brand",
    "category",
    "currency",
    "url",
    "image_url",
)
_PLAIN = ("source", "product_id", "image_slot", "price", "available", *_OPTIONAL_TEXT)


def _put(target: object, name: str, value: object) -> None:
    # a frozen dataclass may still settle its own fields while it is being made
    object.__setattr__(target, name, value)


def _absent(value: object) -> bool:
    return value is None or value in ([], {})


def _text(value: str | None) -> str | None:
    if value is None:
        return None
    # unbound, so that a payload of another type is a TypeError as it was
    if str.isascii(value):  # most text of most catalogs: nothing below applies to it
        return value.strip() or None
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(
            f"text holds half a character · {value!r} · save the catalog as UTF-8 and read it again"
        )
    # stripped last: normalising cannot add white space, but it can leave it at an end
    return unicodedata.normalize("NFC", value).strip() or None


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    # dict keeps the order and drops repetitions
    return tuple(dict.fromkeys(text for value in values if (text := _text(value))))


def _required(name: str, value: str) -> str:
    text = _text(value)
    if text is None:
        raise ValueError(
            f"a product needs a {name} · {value!r} · "
            f"give every row a {name} that stays the same from run to run"
        )
    if "\0" in text:  # it separates the parts of a point's id
        raise ValueError(f"a {name} cannot hold a NUL character · {value!r} · remove it")
    return text


def _price(value: float | None) -> float | None:
    price = _number(value)
    if price is not None and not (math.isfinite(price) and price >= 0):
        raise ValueError(
            f"a price must be a finite number, zero or more · {value!r} · "
            "correct the row, or leave the price out"
        )
    return price


def _number(value: float | None) -> float | None:
    # an engine may hand a whole number back as int
    return None if value is None else float(value)


def _attributes(values: Mapping[str, str]) -> dict[str, str]:
    pairs = ((_text(key), _text(value)) for key, value in values.items())
    return {key: value for key, value in pairs if key and value}


def _related(values: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    pairs = ((_text(key), _texts(ids)) for key, ids in values.items())
    return {key: ids for key, ids in pairs if key and ids}
