"""The contract as other teams read it: a page and a JSON Schema, made from `catalog/contract.py`.

After a change of the contract: python -c "from catalog import contract_page as p; p.write('docs')"
"""

import json
import textwrap
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
from catalog.contract_bodies import BODIES, Body
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

A photo's vector comes from Snapshelf's `/v1/embed`, so photo to products is one line
(`$SNAPSHELF` and `$QDRANT` are the two addresses):

```sh
curl -s "$SNAPSHELF/v1/embed" -F image=@hat.jpg |
  jq '{{query: .vector, using: "{vector}", limit: 9, with_payload: true}}' |
  curl -s "$QDRANT/collections/{alias}/points/query" -H "api-key: $KEY" \\
    -H 'content-type: application/json' -d @-
```

{bodies}
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
        bodies="\n\n".join(map(_request, BODIES.values())),
    )


def schema_text() -> str:
    """`docs/contract.schema.json`."""
    return _json(payload_schema()) + "\n"


def write(folder: str | Path) -> None:
    """Put both files into `folder`."""
    Path(folder, "contract.md").write_text(page(), encoding="utf-8")
    Path(folder, "contract.schema.json").write_text(schema_text(), encoding="utf-8")


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _request(one: Body) -> str:
    request = (
        f"### {one.title}\n\n`POST /collections/{ALIAS}/{one.path}`\n\n"
        f"```json\n{_folded(one.body)}\n```"
    )
    return f"{request}\n\n{textwrap.fill(one.note, 100)}" if one.note else request


def _folded(value: Any, indent: str = "") -> str:
    """JSON, with everything on one line that fits on one."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= 80:
        return flat
    deeper = indent + "  "
    parts = (
        [f'{deeper}"{key}": {_folded(part, deeper)}' for key, part in value.items()]
        if isinstance(value, Mapping)
        else [deeper + _folded(part, deeper) for part in value]
    )
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    return f"{opening}\n" + ",\n".join(parts) + f"\n{indent}{closing}"


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
