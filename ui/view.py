"""What a shopper sees of an answer: plain data, no markup and no toolkit."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from catalog.product import Product
from catalog.store import Hit
from search.match import Match
from search.request import ANY
from search.result import CategoryGuess, Route, SearchResult
from search.routing import listed
from vision.errors import UnreadableImage

AUTOMATIC = "auto"
"""The choice "predict the category": what every new photo starts with."""
EVERYWHERE = "all"
"""The choice "no category filter"."""
_ONE = "in:"  # before a category's name, so that no catalog can name a category like a choice

# A guess below half a percent would be shown as "0%": noise, unless it was searched.
_WORTH_SHOWING = 0.005
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "INR": "₹", "JPY": "¥"}
_NO_CENTS = {"JPY", "KRW", "HUF", "CLP", "VND"}
_MATCHES: dict[Match, str] = {
    "same product": "Same product",
    "very similar": "Very similar",
    "same style": "Same style",
    "weak": "Weak match",
}
_STRANGE = "The photo is unlike what is on this shelf. Here is what comes nearest all the same."
_TIPS = (
    "Try a photo cropped closer, so that the one thing you look for fills it.",
    "Or choose another category below.",
)
# A longer set says too little to be read out.
_LIKELY = 5
# What a shopper can do about a photo that the decoder refused, by its reason.
_BAD_PHOTOS = {
    "empty_body": ("That file is empty", "Nothing arrived. Please choose the photo again."),
    "not_an_image": (
        "That file is not a picture",
        "Its name may look like one, but its content is not. "
        "Photos as JPEG, PNG, WebP, GIF, BMP or AVIF work.",
    ),
    "truncated": ("That picture is incomplete", "Its end is missing. Please upload it again."),
    "too_many_pixels": ("That picture is too large", "Please use a smaller copy of it."),
    "too_small": ("That picture is too small", "There is too little to see. Try a larger one."),
    "decoder_hung": ("That picture cannot be opened", "Please export it again, as JPEG or PNG."),
    "decoder_crashed": ("That picture cannot be opened", "Please export it again, as JPEG or PNG."),
    "decoder_error": ("That picture is damaged", "Please take or export it again."),
}


@dataclass(frozen=True)
class Card:
    """One product on the shelf; every text is the catalog's own and unescaped."""

    title: str
    score: float
    """Cosine to the photo, in [-1, 1]."""
    brand: str | None = None
    price: str | None = None
    category: str | None = None
    picture: str | None = None
    """sha256 of the thumbnail; None when there is none on disk."""
    link: str | None = None
    """The product's page, http or https only."""
    sold_out: bool = False
    match: str | None = None
    """How alike it is, in words; None when the model cannot tell."""


@dataclass(frozen=True)
class Chip:
    """One way to look again, one click away."""

    label: str
    choice: str
    share: float | None = None
    """The probability of a predicted category, in [0, 1]."""
    pressed: bool = False
    searched: bool = False
    """The answer came from this category (among others)."""
    known: bool = True
    """False: predicted, but the catalog has no such category, so it cannot be chosen."""
    likely: bool = False
    """In the set of categories that holds the right one almost surely."""


@dataclass(frozen=True)
class Answer:
    """A whole answer: what was found, where and why, and where else to look."""

    headline: str
    reason: str
    note: str
    chips: tuple[Chip, ...]
    cards: tuple[Card, ...]
    kept: tuple[Card, ...] = ()
    """From outside the categories that were searched, in case it is something else."""
    tips: tuple[str, ...] = ()
    """What to try, where nothing here is like the photo."""


@dataclass(frozen=True)
class Notice:
    """Instead of an answer: what is wrong, and what the shopper can do."""

    title: str
    text: str
    detail: str = ""
    drop: bool = False
    """The photo itself is of no use: take it out of the frame."""


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


def options(categories: Mapping[str, int]) -> list[tuple[str, str]]:
    """Every choice with its label, for a menu: Automatic, all, then the index's categories."""
    fixed = [("Automatic", AUTOMATIC), ("All categories", EVERYWHERE)]
    return fixed + [(f"{name} ({n:,})", choice_of(name)) for name, n in categories.items()]


def answer(
    result: SearchResult,
    category: str | None,
    known: Collection[str],
    has_picture: Callable[[str], bool],
) -> Answer:
    """An answer to a request for `category` (as in SearchRequest) over the `known` categories."""
    strange = result.nothing_like_this and bool(result.hits)
    # nothing is likely of a photo that is like nothing
    route = replace(result.route, category_set=()) if strange else result.route
    cards = tuple(_card(hit, result.match(hit), has_picture) for hit in result.hits)
    inside = len(cards) - route.kept
    return Answer(
        headline="Nothing quite like this here" if strange else _headline(result),
        reason=_STRANGE if strange else _reason(route),
        note=_note(result.timings_ms),
        chips=_chips(route, category, known),
        cards=cards[:inside],
        kept=cards[inside:],
        tips=_TIPS if strange else (),
    )


def unreadable(error: UnreadableImage) -> Notice:
    """A bad photo in words for whoever took it."""
    title, text = _BAD_PHOTOS.get(error.reason, _BAD_PHOTOS["decoder_error"])
    return Notice(title, text, str(error), drop=True)


def price_text(price: float | None, currency: str | None) -> str | None:
    """A price as a shop writes it: `€1,299.00`, `¥900`, `19.90 CHF`; without a currency, bare."""
    if price is None:
        return None
    code = (currency or "").upper()
    amount = f"{price:,.0f}" if code in _NO_CENTS else f"{price:,.2f}"
    symbol = _SYMBOLS.get(code)
    return f"{symbol}{amount}" if symbol else f"{amount} {currency or ''}".strip()


def safe_link(url: str | None) -> str | None:
    """The URL when a shopper may follow it: absolute http or https, else None."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def _headline(result: SearchResult) -> str:
    found, route = len(result.hits), result.route
    if not found:
        return "Nothing like this here"
    inside = found - route.kept
    products = "1 look-alike" if (inside or found) == 1 else f"{inside or found} look-alikes"
    # with every seat kept, the answer is that of the whole shelf
    where = f"in {listed(route.categories)}" if route.categories and inside else ""
    return f"{products} {where or 'from the whole shelf'}"


def _reason(route: Route) -> str:
    """What was done and why; also what the photo may show, where that is not the same."""
    likely = route.category_set
    if not 1 < len(likely) <= _LIKELY or likely == route.categories:
        return route.reason
    return f"{route.reason} It is most likely one of {listed(likely)}."


def _note(timings_ms: Mapping[str, float]) -> str:
    total = timings_ms.get("total")
    return "" if total is None else f"Found in {total:.0f} ms."


def _chips(route: Route, category: str | None, known: Collection[str]) -> tuple[Chip, ...]:
    chips = [_guess(guess, route, category, known) for guess in route.guesses]
    guesses = [c for c in chips if c.pressed or c.searched or (c.share or 0) >= _WORTH_SHOWING]
    if category not in (None, ANY, *(guess.name for guess in route.guesses)):
        # a category from the menu that the model did not think of: shown, so that it can be left
        guesses.append(Chip(str(category), choice_of(str(category)), None, True, True))
    return (
        Chip("Automatic", AUTOMATIC, pressed=category is None),
        *guesses,
        Chip("All categories", EVERYWHERE, pressed=category == ANY),
    )


def _guess(
    guess: CategoryGuess, route: Route, category: str | None, known: Collection[str]
) -> Chip:
    return Chip(
        guess.name,
        choice_of(guess.name),
        share=guess.probability,
        pressed=guess.name == category,
        searched=guess.name in route.categories,
        likely=guess.name in route.category_set,
        known=guess.name in known,
    )


def _card(hit: Hit, match: Match | None, has_picture: Callable[[str], bool]) -> Card:
    product, sha256 = hit.product, hit.stamp.image_sha256
    return Card(
        title=_title(product),
        score=hit.score,
        brand=product.brand,
        price=price_text(product.price, product.currency),
        category=product.category,
        picture=sha256 if has_picture(sha256) else None,
        link=safe_link(product.url),
        sold_out=product.available is False,
        match=_MATCHES[match] if match else None,
    )


def _title(product: Product) -> str:
    return product.title or product.product_id
