"""What a shopper sees of an answer: plain data in words of a language, no markup, no toolkit."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from urllib.parse import urlsplit

from catalog.product import Product
from catalog.store import Hit
from search.match import Match
from search.request import ANY, MAX_K
from search.result import CategoryGuess, Route, SearchResult
from ui.page import sentences
from ui.page.language import Language
from ui.page.question import AUTOMATIC, EVERYWHERE, Question, choice_of
from vision.errors import UnreadableImage

HasPicture = Callable[[str], bool]
# A guess below half a percent would be shown as "0%": noise, unless it was searched.
_WORTH_SHOWING = 0.005
_MATCHES: Mapping[Match, str] = {
    "same product": "match.same_product",
    "very similar": "match.very_similar",
    "same style": "match.same_style",
    "weak": "match.weak",
}
# What the decoder may refuse a photo for, as far as there are words for it.
_BAD_PHOTOS = {
    "empty_body", "not_an_image", "truncated", "too_many_pixels", "too_small", "decoder_hung",
    "decoder_crashed",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """One product on the shelf; every text is the catalog's own and unescaped."""

    id: str
    """The product's."""
    title: str
    score: float
    """Cosine to what is sought, in [-1, 1]."""
    brand: str | None = None
    price: str | None = None
    category: str | None = None
    """In its place the number of a product that has no name of its own."""
    picture: str | None = None
    """sha256 of the thumbnail; None when there is none on disk."""
    sold_out: bool = False
    match: str | None = None
    """How alike it is, in words; None when the model cannot tell."""
    strength: Match | None = None
    """The same for the style sheet."""
    views: int = 1


@dataclass(frozen=True)
class Chip:
    """One way to look again, one click away."""

    label: str
    choice: str
    share: float | None = None
    """The probability of a predicted category, in [0, 1]."""
    percent: str = ""
    """The same in the visitor's way of writing."""
    pressed: bool = False
    searched: bool = False
    """The answer came from this category (among others)."""
    known: bool = True
    """False: predicted, but the catalog has no such category, so it cannot be chosen."""
    likely: bool = False
    """In the set of categories that holds the right one almost surely."""

    @property
    def width(self) -> int:
        """Of the bar behind it, per cent."""
        share = self.share if self.share is not None and isfinite(self.share) else 0.0
        return round(100 * min(max(share, 0.0), 1.0))


@dataclass(frozen=True)
class Tag:
    """One thing that narrows the answer, one click from gone."""

    label: str
    field: str
    """Of the question."""
    value: object
    """To be taken out of a field that is a list; else what the field becomes."""
    listed: bool = False


@dataclass(frozen=True)
class Answer:
    """A whole answer: what was found, where and why, and where else to look."""

    headline: str
    reason: str
    details: str
    """What else there is to say about where it comes from."""
    chips: tuple[Chip, ...]
    cards: tuple[Card, ...]
    kept: tuple[Card, ...] = ()
    """From outside the categories that were searched, in case it is something else."""
    tips: tuple[str, ...] = ()
    """What to try, where nothing here is like the photo."""
    tags: tuple[Tag, ...] = ()
    more: int | None = None
    """How many to ask for to see further products; None: there are none."""


@dataclass(frozen=True)
class Notice:
    """Instead of an answer: what is wrong, and what the shopper can do."""

    title: str
    text: str
    detail: str = ""
    drop: bool = False
    """The photo itself is of no use: take it out of the frame."""
    passing: bool = False
    """It may pass: the page asks again by itself."""


def options(categories: Mapping[str, int], say: Language) -> list[tuple[str, str]]:
    """Every choice with its label, for a menu: Automatic, all, then the index's categories."""
    fixed = [(say("category.automatic"), AUTOMATIC), (say("category.all"), EVERYWHERE)]
    return fixed + [
        (f"{name} ({say.number(n)})", choice_of(name)) for name, n in categories.items()
    ]


def answer(
    result: SearchResult,
    question: Question,
    category: str | None,
    known: Collection[str],
    has_picture: HasPicture,
    say: Language,
) -> Answer:
    """An answer to a request for `category` (as in SearchRequest) over the `known` categories."""
    strange = result.nothing_like_this and bool(result.hits)
    # nothing is likely of a photo that is like nothing
    route = replace(result.route, category_set=()) if strange else result.route
    inside = len(result.hits) - route.kept
    cards = tuple(card(hit, result, has_picture, say) for hit in result.hits)
    return Answer(
        headline=say("answer.strange") if strange else sentences.headline(result, question, say),
        reason=say("answer.strange_reason") if strange else sentences.cause(result, question, say),
        details=sentences.details(result, route, say),
        chips=_chips(route, category, known, say),
        cards=cards[:inside],
        kept=cards[inside:],
        tips=sentences.tips(result, question, say) if strange or sentences.weak(result) else (),
        tags=tuple(tags(question, say)),
        more=question.k * 2 if result.more and question.k * 2 <= MAX_K else None,
    )


def card(hit: Hit, result: SearchResult | None, has_picture: HasPicture, say: Language) -> Card:
    """`result`: the answer that the hit is of; None: it is of none."""
    product, sha256 = hit.product, hit.stamp.image_sha256
    match = result.match(hit) if result else None
    return Card(
        id=product.product_id,
        title=title_of(product),
        score=hit.score,
        brand=product.brand,
        price=price_text(product, say),
        category=product.category if product.title else product.product_id,
        picture=sha256 if has_picture(sha256) else None,
        sold_out=product.available is False,
        match=say(_MATCHES[match]) if match else None,
        strength=match,
        views=result.views.get(hit.id, 1) if result else 1,
    )


def title_of(product: Product) -> str:
    """What a product is called: few shops number their shelves for shoppers."""
    return product.title or product.category or product.product_id


def unreadable(error: UnreadableImage, say: Language) -> Notice:
    """A bad photo in words for whoever took it."""
    reason = error.reason if error.reason in _BAD_PHOTOS else "decoder_error"
    if reason in ("decoder_hung", "decoder_crashed"):
        reason = "unopenable"
    return Notice(
        say(f"bad_photo.{reason}_title"), say(f"bad_photo.{reason}"), str(error), drop=True
    )


def price_text(product: Product, say: Language) -> str | None:
    return None if product.price is None else say.price(product.price, product.currency)


def safe_link(url: str | None) -> str | None:
    """The URL when a shopper may follow it: absolute http or https, else None."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def tags(question: Question, say: Language) -> list[Tag]:
    """What narrows a question, besides its category."""
    found = [Tag(name, "brands", name, listed=True) for name in question.brands]
    found += [Tag(name, "colors", name, listed=True) for name in question.colors]
    for key, values in question.attributes.items():
        others = {other: kept for other, kept in question.attributes.items() if other != key}
        for value in values:
            rest = [one for one in values if one != value]
            found.append(Tag(value, "attributes", {**others, **({key: rest} if rest else {})}))
    if question.price_min is not None:
        label = say("filter.from_price", price=say.number(question.price_min))
        found.append(Tag(label, "price_min", None))
    if question.price_max is not None:
        label = say("filter.to_price", price=say.number(question.price_max))
        found.append(Tag(label, "price_max", None))
    if question.available:
        found.append(Tag(say("filter.available"), "available", False))
    if question.variant:
        found.append(Tag(_variant(question.variant, say), "variant", None))
    return found


def _variant(variant: str, say: Language) -> str:
    return say("product.cheaper" if variant == "cheaper" else "product.other_color")


def _chips(
    route: Route, category: str | None, known: Collection[str], say: Language
) -> tuple[Chip, ...]:
    chips = [_guess(guess, route, category, known, say) for guess in route.guesses]
    guesses = [c for c in chips if c.pressed or c.searched or (c.share or 0) >= _WORTH_SHOWING]
    if category not in (None, ANY, *(guess.name for guess in route.guesses)):
        # a category from the menu that the model did not think of: shown, so that it can be left
        guesses.append(Chip(str(category), choice_of(str(category)), pressed=True, searched=True))
    return (
        Chip(say("category.automatic"), AUTOMATIC, pressed=category is None),
        *guesses,
        Chip(say("category.all"), EVERYWHERE, pressed=category == ANY),
    )


def _guess(
    guess: CategoryGuess, route: Route, category: str | None, known: Collection[str], say: Language
) -> Chip:
    return Chip(
        guess.name,
        choice_of(guess.name),
        share=guess.probability,
        percent=say.percent(guess.probability),
        pressed=guess.name == category,
        searched=guess.name in route.categories,
        likely=guess.name in route.category_set,
        known=guess.name in known,
    )
