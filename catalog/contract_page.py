"""The contract as other teams read it: a page and a JSON Schema, made from `catalog/contract.py`.

After a change of the contract: python -c "from catalog import contract_page as p; p.write('docs')"
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalog.contract import (
    ALIAS,
    KEYS,
    NAMESPACE,
    SCHEMA,
    VECTOR_NAME,
    CollectionInfo,
    Key,
    collection_name,
    payload_schema,
)
from catalog.product import Product, Stamp

_FINGERPRINT = "4f1c" * 16
EXAMPLE = Product(
    source="spring-catalog",
    product_id="B00123",
    title="Straw hat with a blue ribbon",
    brand="Acme",
    category="Hat",
    category_path=("Clothing", "Clothing > Hat"),
    price=24.9,
    currency="EUR",
    colors=("beige", "blue"),
    available=True,
    url="https://shop.example/B00123",
    image_url="photos/B00123.jpg",
    attributes={"material": "straw"},
    related={"also_bought": ("B00456",)},
)
EXAMPLE_STAMP = Stamp(
    image_sha256="9b0e" * 16,
    model=_FINGERPRINT,
    run_id="2026-01-02T03-04-05Z",
    updated_at="2026-01-02T03:05:00Z",
    predicted_category="Hat",
    predicted_confidence=0.97,
)
_INFO = CollectionInfo(
    fingerprint=_FINGERPRINT,
    dim=512,
    backbone="open_clip:ViT-B-32/openai",
    labels_hash="77aa" * 16,
    created_at="2026-01-02T03:04:05Z",
)

_PAGE = """\
# The collection contract, version {schema}

What a service may rely on that reads the products from Qdrant directly. Made from
`catalog/contract.py`; a test holds this page, [the JSON Schema](contract.schema.json) and the code
equal. Keys may be added within a version; renaming or retyping one needs a new version.

## Collection, alias, vector

- Read the alias `{alias}`. The collections behind it are `{alias}__<first 8 digits of the model's
  fingerprint>`, e.g. `{collection}`; the alias moves from one to the next in one step when the
  model changes. `{alias}__previous` means the one before it, as long as that is kept.
- One point is one product image. Its id is UUID version 5 of
  `<source> NUL <product_id> NUL <image_slot>` in the namespace `{namespace}`:
  the same product image has the same id in every run.
- One named vector, `{vector}`: float32, unit norm, cosine. Compare only with vectors of the same
  model: the fingerprint is in the collection's metadata and in every point's `model`.
- The embedded engine keeps the same points, payloads and metadata in a folder; only one process
  can open it, so other services need a server.

The collection's metadata (`GET /collections/{alias}`, `result.config.metadata`):

```json
{metadata}
```

## Payload

An absent value is an absent key: there is no null, no NaN and no empty text. Text is
NFC-normalised and has no white space at its ends. Indexed keys were indexed before the first point
was written.

| key | type | always | index | meaning |
|---|---|---|---|---|
{rows}

A point's payload:

```json
{payload}
```

## Requests to paste

Send them with a read-only key in the header `api-key`.

Products like a given one, in one category, up to a price
(`POST /collections/{alias}/points/query`):

```json
{similar}
```

`query` takes a point's id, as here, or a vector of the metadata's `dim` numbers, made by the same
model. Search in all categories by leaving `filter` out.

Every image of one product (`POST /collections/{alias}/points/scroll`):

```json
{scroll}
```

How many images each category has (`POST /collections/{alias}/facet`):

```json
{facet}
```
"""


def page() -> str:
    """`docs/contract.md`."""
    return _PAGE.format(
        schema=SCHEMA,
        alias=ALIAS,
        collection=collection_name(_FINGERPRINT),
        namespace=NAMESPACE,
        vector=VECTOR_NAME,
        metadata=_json(_INFO.to_metadata()),
        rows="\n".join(_row(name, key) for name, key in KEYS.items()),
        payload=_json(EXAMPLE.to_payload(EXAMPLE_STAMP)),
        **{name: _json(body) for name, body in requests().items()},
    )


def requests() -> dict[str, dict[str, Any]]:
    """The page's request bodies, by the name of their place on it."""
    hats = {"key": "category", "match": {"any": ["Hat"]}}
    return {
        "similar": {
            "query": EXAMPLE.point_id,
            "using": VECTOR_NAME,
            "limit": 9,
            "filter": {"must": [hats, {"key": "price", "range": {"lte": 30.0}}]},
            "with_payload": ["product_id", "title", "price", "currency", "url"],
        },
        "scroll": {
            "filter": {"must": [{"key": "product_id", "match": {"value": EXAMPLE.product_id}}]},
            "limit": 20,
            "with_payload": True,
        },
        "facet": {"key": "category", "limit": 100, "exact": True},
    }


def schema_text() -> str:
    """`docs/contract.schema.json`."""
    return _json(payload_schema()) + "\n"


def write(folder: str | Path) -> None:
    """Put both files into `folder`."""
    Path(folder, "contract.md").write_text(page(), encoding="utf-8")
    Path(folder, "contract.schema.json").write_text(schema_text(), encoding="utf-8")


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _row(name: str, key: Key) -> str:
    always, index = "yes" if key.required else "", key.index or ""
    return f"| `{name}` | {_kind(key.shape)} | {always} | {index} | {key.meaning} |"


def _kind(shape: Mapping[str, Any]) -> str:
    """A JSON Schema in two or three words."""
    if "const" in shape:
        return str(shape["const"])
    if shape["type"] == "array":
        return f"list of {_kind(shape['items'])}"
    if shape["type"] == "object":
        return f"map to {_kind(shape['additionalProperties'])}"
    if "pattern" in shape:
        return "64 hex digits"
    return str(shape.get("format", shape["type"]))
