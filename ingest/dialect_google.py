"""Google Merchant Center's product data, as text and as RSS or Atom."""

from collections.abc import Mapping
from typing import Any

from ingest.columns import PATH_SEPARATOR, leaf, listed, plain
from ingest.dialect import Dialect, flat, joined, signature, without_tags

_MORE = "additionalimagelink"
# Of the specification, and of RSS and Atom.
_DESCRIPTIONS = {"description", "summary", "content"}


def _tidy(values: Mapping[str, Any], warnings: list[str]) -> dict[str, str]:
    keys = {plain(name): name for name in values}
    first = {name: _first(value) for name, value in values.items() if plain(name) != _MORE}
    row = flat(first)
    image = keys.get("imagelink", "image_link")
    more = values.get(keys.get(_MORE, ""))
    # a feed repeats the element; a cell separates by commas, which its URLs must not have
    more = map(str, more) if isinstance(more, list) else listed(str(more or ""), ",|")
    row[image] = joined([*listed(row.get(image, ""), "|"), *more])
    for name in row:
        if plain(name) in _DESCRIPTIONS:
            row[name] = without_tags(row[name])
    own = row.pop(keys.get("producttype", ""), "")
    theirs = row.get(keys.get("googleproductcategory", ""), "")
    # theirs may be a number of their taxonomy, which names nothing
    path = own or ("" if theirs.isdecimal() else theirs)
    row.setdefault("category", leaf(path))
    row.setdefault("category_path", path if PATH_SEPARATOR.strip() in path else "")
    return row


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


GOOGLE = Dialect(
    "google",
    (signature("id image_link"),),
    {
        "id": ("id",),
        "category": ("category",),
        "category_path": ("category_path",),
        "image": ("image_link",),
        "description": ("description", "summary", "content"),
    },
    _tidy,
)
