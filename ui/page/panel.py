"""One product, looked at closely: all its views, its facts, and what the catalog links to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.product import Product
from catalog.store import Hit
from search.result import SearchResult
from ui.page.language import Language
from ui.page.view import Card, HasPicture, card, price_text, safe_link, title_of

# Products of a row below the facts.
SIMILAR = 6


@dataclass(frozen=True)
class Row:
    """Products that belong to this one."""

    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Panel:
    """Every text is the catalog's own and unescaped."""

    id: str
    title: str
    brand: str | None
    price: str | None
    available: bool | None
    description: str | None
    path: tuple[str, ...]
    """Of categories, from the widest."""
    pictures: tuple[str, ...]
    """sha256 of the views that have a thumbnail."""
    facts: tuple[tuple[str, str], ...]
    link: str | None
    """The product's page, http or https only."""
    can_vary: tuple[str, ...]
    """Variants that can be asked for."""
    rows: tuple[Row, ...]


def panel(
    views: Sequence[Hit], around: SearchResult, has_picture: HasPicture, say: Language
) -> Panel:
    """`views` of one product, and a search for more like it."""
    product = views[0].product
    shown = [hit.stamp.image_sha256 for hit in views if has_picture(hit.stamp.image_sha256)]
    rows = [
        Row(_relation(name, say), tuple(card(hit, around, has_picture, say) for hit in hits))
        for name, hits in around.related.items()
    ]
    similar = tuple(card(hit, around, has_picture, say) for hit in around.hits)
    return Panel(
        id=product.product_id,
        title=title_of(product),
        brand=product.brand,
        price=price_text(product, say),
        available=product.available,
        description=product.description,
        path=_path(product),
        pictures=tuple(dict.fromkeys(shown)),
        facts=tuple(_facts(product, say)),
        link=safe_link(product.url),
        can_vary=tuple(_variants(product)),
        rows=(*(row for row in rows if row.cards), Row(say("product.similar"), similar)),
    )


def _path(product: Product) -> tuple[str, ...]:
    """The last of the prefixes holds the others: `a > b`."""
    if not product.category_path:
        return (product.category,) if product.category else ()
    return tuple(part.strip() for part in product.category_path[-1].split(">"))


def _facts(product: Product, say: Language) -> list[tuple[str, str]]:
    facts = [(say("product.id"), product.product_id)]
    if product.colors:
        named = [say.color(word) for word in product.colors]
        facts.append((say("filter.color"), say.listed(named)))
    return facts + list(product.attributes.items())


def _variants(product: Product) -> list[str]:
    return [
        *(["cheaper"] if product.price else []),
        *(["other color"] if product.colors else []),
    ]


def _relation(name: str, say: Language) -> str:
    """The catalog's own name for it, unless it is one that many catalogs use."""
    return say.known(f"relation.{name}", name.replace("_", " ").capitalize())
