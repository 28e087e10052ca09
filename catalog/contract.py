"""The collection contract, version 1: names, payload keys, payload indexes, collection metadata.

Other services read the collection directly, so a key is added here, never renamed or retyped
without a new SCHEMA number. `docs/contract.md` and `docs/contract.schema.json` are made from this
module by `catalog/contract_page.py`.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Self

SCHEMA = 1
VECTOR_NAME = "image"
ALIAS = "products"
# frozen: another namespace would give every product another id
NAMESPACE = uuid.UUID("6f0c1d1e-5b0a-4c39-9a57-2f6a8e0d7b41")

IndexKind = Literal["keyword", "float", "bool", "text"]


@dataclass(frozen=True)
class Key:
    """One payload key: its JSON Schema, what it means, and how it is indexed, if it is."""

    shape: Mapping[str, Any]
    meaning: str
    index: IndexKind | None = None
    required: bool = False


_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT, "minItems": 1, "uniqueItems": True}
_HEX64 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}

KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "product_id": Key(_TEXT, "the product's id in its catalog", "keyword", required=True),
        "image_slot": Key(
            {"type": "integer", "minimum": 0},
            "which of the product's images this point is, from 0",
            required=True,
        ),
        "title": Key(_TEXT, "the product's name, for people", "text"),
        "description": Key(_TEXT, "longer text, for people"),
        "brand": Key(_TEXT, "brand or maker", "keyword"),
        "category": Key(_TEXT, "the catalog's own category", "keyword"),
        "category_path": Key(
            _TEXTS,
            'every prefix of the category\'s path: ["Fruit", "Fruit > Apple"]',
            "keyword",
        ),
        "predicted_category": Key(_TEXT, "the category that the model saw in the image", "keyword"),
        "predicted_confidence": Key(
            {"type": "number", "minimum": 0, "maximum": 1},
            "the model's probability for `predicted_category`",
        ),
        "price": Key({"type": "number", "minimum": 0}, "price, in units of `currency`", "float"),
        "currency": Key(_TEXT, "as in the catalog; ISO 4217 where the catalog has it"),
        "colors": Key(_TEXTS, "colour names, from the row, else from the pixels", "keyword"),
        "available": Key({"type": "boolean"}, "can be bought now", "bool"),
        "url": Key(_TEXT, "the product's page"),
        "image_url": Key(
            _TEXT, "the image as the catalog names it: a URL, or a path inside the catalog"
        ),
        "image_sha256": Key(_HEX64, "sha256 of the image's bytes", required=True),
        "attributes": Key(
            {"type": "object", "additionalProperties": _TEXT, "minProperties": 1},
            "further facts, a flat map of strings",
        ),
        "related": Key(
            {"type": "object", "additionalProperties": _TEXTS, "minProperties": 1},
            'product ids by relation: {"also_bought": ["B7", "C1"]}',
        ),
        "source": Key(_TEXT, "name of the catalog that the product came from", required=True),
        "updated_at": Key(
            {"type": "string", "format": "date-time"},
            "when this point was written, ISO 8601 in UTC",
            required=True,
        ),
        "run_id": Key(_TEXT, "the ingest run that wrote this point", "keyword", required=True),
        "model": Key(
            _HEX64, "fingerprint of the model that made the vector", "keyword", required=True
        ),
        "schema": Key({"const": SCHEMA}, "version of this contract", required=True),
    }
)

INDEXES: Mapping[str, IndexKind] = MappingProxyType(
    {name: key.index for name, key in KEYS.items() if key.index is not None}
)


def collection_name(fingerprint: str, alias: str = ALIAS) -> str:
    """The collection of one model: the alias and the first 8 digits of the fingerprint."""
    return f"{alias}__{fingerprint[:8]}"


def is_collection(name: str, alias: str = ALIAS) -> bool:
    """Whether `name` is one that `collection_name` gives for this alias."""
    return re.fullmatch(rf"{re.escape(alias)}__[0-9a-f]{{8}}", name) is not None


def previous_alias(alias: str = ALIAS) -> str:
    """The second alias: the collection that `alias` meant before the model was changed."""
    return f"{alias}__previous"


@dataclass(frozen=True)
class CollectionInfo:
    """What a collection remembers about the model that fills it, kept in its metadata.

    `fingerprint` is 64 hex digits, `dim` the vectors' length, `backbone` the spec of the model's
    backbone, `labels_hash` the hash of its category list, `created_at` ISO 8601 in UTC.
    """

    fingerprint: str
    dim: int
    backbone: str
    labels_hash: str
    created_at: str
    schema: int = SCHEMA
    engine: str = field(default="", compare=False)
    """Of the embedded engine's files: what wrote them (`versions`); "" elsewhere, or unknown."""

    @property
    def name(self) -> str:
        """First 12 digits and the backbone: enough for a person to tell two models apart."""
        return f"{self.fingerprint[:12]} ({self.backbone})"

    @property
    def stamp(self) -> str:
        """Of this very collection: one that is made again with the same model has another."""
        return f"{self.fingerprint}/{self.created_at}"

    def to_metadata(self) -> dict[str, Any]:
        told = asdict(self)
        return told if self.engine else {k: v for k, v in told.items() if k != "engine"}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any]) -> Self:
        """Unknown keys are ignored. Raises KeyError when one of ours is absent."""
        return cls(
            fingerprint=metadata["fingerprint"],
            dim=int(metadata["dim"]),
            backbone=metadata["backbone"],
            labels_hash=metadata["labels_hash"],
            created_at=metadata["created_at"],
            schema=int(metadata["schema"]),
            engine=str(metadata.get("engine", "")),
        )


def payload_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one point's payload."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Snapshelf point payload, contract version {SCHEMA}",
        "description": "An absent value is an absent key: there is no null, no NaN, no empty text.",
        "type": "object",
        "properties": {
            name: {**key.shape, "description": key.meaning} for name, key in KEYS.items()
        },
        "required": [name for name, key in KEYS.items() if key.required],
        # further keys are allowed: a later edition adds keys without a new version
        "additionalProperties": True,
    }
