"""An answer as HTML. Everything that comes from a catalog or a model is escaped here, once."""

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite

from ui.view import Answer, Card, Chip, Notice

# Drawn once as inline SVG: a page that asks no other host for anything has no icon font.
_MARK = (
    '<svg class="sf-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">'
    '<rect x="3" y="3" width="26" height="26" rx="8" fill="currentColor" opacity=".14"/>'
    '<path d="M7 22.5h18M9.5 22.5v-9h5v9M17.5 22.5v-6h5v6" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>'
    '<circle cx="20" cy="10.5" r="2.6" fill="none" stroke="currentColor" stroke-width="2"/></svg>'
)
_NO_PICTURE = (
    '<div class="sf-nopic"><svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">'
    '<rect x="7" y="9" width="34" height="30" rx="5"/><circle cx="18" cy="20" r="3.5"/>'
    '<path d="M8 34l10-9 7 6 6-6 9 9"/></svg><span>No picture</span></div>'
)
# Above this the tiles are drawn smaller, so that they stay on one screen.
_MANY_EXAMPLES = 9
_STEPS = (
    ("Show", "Upload a photo, paste one, or use the camera."),
    ("Look", "The category is predicted, and used only when it is sure."),
    ("Choose", "Change the category with one click, or look everywhere."),
)


def header(title: str, images: int | None, categories: int) -> str:
    """The page's head: name, promise, and how much there is to search (None: not known)."""
    size = ""
    if images:
        plural = "category" if categories == 1 else "categories"
        groups = f" in {categories:,} {plural}" if categories else ""
        size = f'<p class="sf-size">{images:,} product photos{groups}</p>'
    return (
        f'<div class="sf-head">{_MARK}<div><h1>{escape(title)}</h1>'
        f"<p>Find it from a photo</p></div>{size}</div>"
    )


def examples(names: Sequence[str]) -> str:
    """The example photos as buttons; their place in the sequence is what a click reports.

    An empty name is an example that has none.
    """
    if not names:
        return ""
    tiles = "".join(_example(place, name) for place, name in enumerate(names))
    many = " is-many" if len(names) > _MANY_EXAMPLES else ""
    return f'<div class="sf-examples{many}"><h2>Or try one of these</h2><div>{tiles}</div></div>'


def welcome(categories: Mapping[str, int]) -> str:
    """Before the first photo: what to do, and what is on the shelf."""
    steps = "".join(
        f"<li><b>{escape(name)}</b><span>{escape(text)}</span></li>" for name, text in _STEPS
    )
    shelf = "".join(f"<li>{escape(name)} <span>{n:,}</span></li>" for name, n in categories.items())
    return (
        '<section class="sf-welcome"><h2>Show us something you like.</h2>'
        "<p>We look through the whole shelf for what resembles it most.</p>"
        f'<ol class="sf-steps">{steps}</ol>'
        + (f'<h3>On the shelf</h3><ul class="sf-shelf">{shelf}</ul>' if shelf else "")
        + "</section>"
    )


def notice(what: Notice) -> str:
    """Instead of an answer; announced at once to a screen reader."""
    detail = f'<p class="sf-detail">{escape(what.detail)}</p>' if what.detail else ""
    return (
        f'<section class="sf-notice" role="alert"{" data-drop" if what.drop else ""}>'
        f"<h2>{escape(what.title)}</h2><p>{escape(what.text)}</p>{detail}</section>"
    )


def fault() -> str:
    """What a shopper sees of a fault in this program; the log has the rest."""
    return notice(Notice("Something went wrong", "This is on our side. Please try again."))


def answer(what: Answer) -> str:
    """The whole answer: sentence, chips, cards."""
    chips = "".join(_chip(chip) for chip in what.chips)
    tips = "".join(f"<li>{escape(tip)}</li>" for tip in what.tips)
    note = f' <span class="sf-note">{escape(what.note)}</span>' if what.note else ""
    return (
        '<section class="sf-answer">'
        f'<div class="sf-status" role="status"><h2>{escape(what.headline)}</h2>'
        f"<p>{escape(what.reason)}{note}</p>"
        + (f'<ul class="sf-tips">{tips}</ul>' if tips else "")
        + "</div>"
        f'<div class="sf-chips" role="group" aria-label="Where to look">{chips}</div>'
        + (_cards(what.cards) + _kept(what.kept) or _nothing())
        + "</section>"
    )


def _cards(cards: Sequence[Card], attributes: str = "") -> str:
    items = "".join(_card(card) for card in cards)
    return f'<ol class="sf-cards"{attributes}>{items}</ol>' if items else ""


def _kept(cards: Sequence[Card]) -> str:
    heading = '<p class="sf-else" id="sf-else">In case it is something else</p>'
    return heading + _cards(cards, ' aria-labelledby="sf-else"') if cards else ""


def _nothing() -> str:
    return (
        '<p class="sf-empty">No product here resembles the photo. '
        "Another category, or all of them, may have one.</p>"
    )


def _example(place: int, name: str) -> str:
    label = f"<span>{escape(name)}</span>" if name else ""
    return (
        f'<button type="button" data-example="{place}" '
        f'aria-label="Search with {escape(name) if name else f"example photo {place + 1}"}">'
        f'<img src="examples/{place}" alt="" width="96" height="96" loading="lazy">'
        f"{label}</button>"
    )


def _chip(chip: Chip) -> str:
    states = ["sf-chip"] + (["is-searched"] if chip.searched else [])
    likely = '<em title="Likely"><span class="sf-sr">likely: </span></em>' if chip.likely else ""
    share = "" if chip.share is None else _share(chip.share)
    # an attribute without "disabled" is what keeps a chip reachable by keyboard
    locked = "" if chip.known else ' disabled title="Not a category of this catalog"'
    return (
        f'<button type="button" class="{" ".join(states)}" data-choice="{escape(chip.choice)}" '
        f'aria-pressed="{str(chip.pressed).lower()}"{locked}>'
        f"{likely}<span>{escape(chip.label)}</span>{share}</button>"
    )


def _share(share: float) -> str:
    percent = round(100 * share) if isfinite(share) else 0
    shown = "&lt;1%" if percent == 0 else f"{percent}%"
    return f'<b>{shown}</b><i style="--share:{min(max(percent, 0), 100)}%"></i>'


def _card(card: Card) -> str:
    title = escape(card.title)
    if card.link:
        title = (
            f'<a href="{escape(card.link)}" target="_blank" '
            f'rel="noopener noreferrer nofollow">{title}</a>'
        )
    brand = f'<p class="sf-brand">{escape(card.brand)}</p>' if card.brand else ""
    price = f'<p class="sf-price">{escape(card.price)}</p>' if card.price else ""
    sold_out = '<p class="sf-out">Sold out</p>' if card.sold_out else ""
    match = f'<p class="sf-match">{escape(card.match)}</p>' if card.match else ""
    category = f"<span>{escape(card.category)}</span>" if card.category else "<span></span>"
    return (
        f'<li class="sf-card">{_picture(card)}{sold_out}<div class="sf-text">'
        f"{match}{brand}<h3>{title}</h3>{price}"
        f'<p class="sf-fine">{category}<span class="sf-score" title="Cosine similarity, '
        f'from -1 to 1"><span class="sf-sr">similarity </span>{card.score:.2f}</span></p>'
        "</div></li>"
    )


def _picture(card: Card) -> str:
    if card.picture is None:
        return f'<div class="sf-pic">{_NO_PICTURE}</div>'
    return (
        f'<div class="sf-pic"><img src="thumbs/{escape(card.picture)}.jpg" '
        f'alt="{escape(card.title)}" width="256" height="256" loading="lazy" decoding="async">'
        "</div>"
    )
