"""The catalog's own defects, drawn from the doctor's notes."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ingest.casebook import Casebook
from ingest.findings import Finding
from ingest.groups import Groups
from ingest.opinion import VOTERS, Opinion
from vision.colours import plain_name
from vision.quality import BLANK, BLURRED, TINY

# Products with one picture: from here on it is a stand-in, unless all have the same title.
PLACEHOLDER = 5
# Share of a category that may look like another one: beyond it the two cannot be told apart by
# their pictures, and the label is as good as the model's word (polo and T-shirt).
MIXED = 0.05
# In distances of vision/colours: of 2,500 products with a colour word, 2 % were farther.
FAR_COLOUR = 8.0

_WHO = "p.source, p.product_id, i.sha"
# Of a product's images the first one is judged: it is the one a shop shows in its lists.
_FIRST = (
    "FROM products p JOIN points x ON x.product = p.n JOIN pictures i ON i.n = x.picture "
    "WHERE x.slot = (SELECT min(slot) FROM points WHERE product = p.n)"
)


def findings(book: Casebook) -> Iterator[Finding]:
    """Kind by kind; a higher score is a stronger finding, among those of its kind."""
    yield from _shared_pictures(book)
    yield from _near_duplicates(book)
    yield from _wrong_categories(book)
    yield from _wrong_colours(book)
    yield from _bad_pictures(book)


def _shared_pictures(book: Casebook) -> Iterator[Finding]:
    """Exact duplicates: the same bytes in several products."""
    groups = book.ask(
        "SELECT i.n, i.sha, count(DISTINCT x.product) AS products, count(DISTINCT title) "
        "FROM points x JOIN pictures i ON i.n = x.picture JOIN products p ON p.n = x.product "
        "GROUP BY i.n HAVING products > 1 ORDER BY products DESC, i.n"
    )
    for picture, sha, count, titles in groups:
        owners = book.ask(
            "SELECT DISTINCT source, product_id FROM points JOIN products p ON p.n = product "
            "WHERE picture = ? ORDER BY p.n", picture,
        )  # fmt: skip
        if count >= PLACEHOLDER and titles != 1:
            detail = f"one picture on {count:,} products"
            for source, product_id in owners:
                yield Finding("placeholder", source, product_id, detail, float(count), sha)
            continue
        _, first = next(owners)
        detail = f"the same file on {count:,} products" + (", with one title" * (titles == 1))
        for source, product_id in owners:
            yield Finding("same_picture", source, product_id, detail, 1.0, sha, first, sha)


def _near_duplicates(book: Casebook) -> Iterator[Finding]:
    """Products whose pictures are one photo saved twice, in groups."""
    groups = Groups(book.count("SELECT count(*) FROM products"))
    groups.link(book.ask(
        "SELECT x.product, y.product, score FROM neighbours "
        "JOIN points x ON x.picture = a JOIN points y ON y.picture = b "
        "WHERE twins AND x.product != y.product"
    ))  # fmt: skip
    rows = book.ask(f"SELECT p.n, {_WHO} {_FIRST} ORDER BY p.n")
    for number, source, product_id, sha in rows:
        first = groups.first(number)
        if first != number:
            other, other_sha = next(
                book.ask(f"SELECT p.product_id, i.sha {_FIRST} AND p.n = ?", first)
            )
            detail = "the same photo in another file"
            yield Finding("near_duplicate", source, product_id, detail,
                          groups.strength[number], sha, other, other_sha)  # fmt: skip


def _wrong_categories(book: Casebook) -> Iterator[Finding]:
    opinions = Counter((one.category, one.other) for one, *_ in _opinions(book))
    labelled: Counter[str] = Counter()
    for (category, _), count in opinions.items():
        labelled[category] += count
    for opinion, source, product_id, sha in _opinions(book):
        # of the others with this label, how many look like that other category, too
        mixed = (opinions[opinion.category, opinion.other] - 1) / labelled[opinion.category]
        if opinion.contradicts and mixed <= MIXED:
            score = opinion.score * (1 - mixed)
            yield Finding(
                "wrong_category", source, product_id, opinion.detail, score, sha,
                says=opinion.category, shows=opinion.other,
            )  # fmt: skip


def _opinions(book: Casebook) -> Iterator[tuple[Opinion, str, str, str]]:
    """What speaks for and against each label, with source, product id and picture."""
    rows = book.ask(
        f"SELECT {_WHO}, p.n, i.n, p.category, x.predicted, x.confidence {_FIRST} "
        "AND p.category IS NOT NULL ORDER BY p.n"
    )
    for source, product_id, sha, product, picture, category, predicted, confidence in rows:
        # most labels are right, and then nobody has to vote
        votes = Counter[str]() if predicted == category else _votes(book, picture, product)
        yield Opinion(category, predicted, confidence, votes), source, product_id, sha


def _votes(book: Casebook, picture: int, product: int) -> Counter[str]:
    """Categories of the nearest other pictures, one vote for each picture."""
    rows = book.ask(
        "SELECT (SELECT category FROM points JOIN products p ON p.n = product "
        "WHERE picture = b AND p.n != ? LIMIT 1) AS vote "
        "FROM neighbours WHERE a = ? AND vote IS NOT NULL ORDER BY score DESC LIMIT ?",
        product, picture, VOTERS,
    )  # fmt: skip
    return Counter(vote for (vote,) in rows)


def _wrong_colours(book: Casebook) -> Iterator[Finding]:
    """Rows whose every colour word is far from every colour of the picture."""
    rows = book.ask(
        f"SELECT {_WHO}, p.colours, i.look {_FIRST} "
        "AND p.colours != '[]' AND i.look IS NOT NULL ORDER BY p.n"
    )
    for source, product_id, sha, words, text in rows:
        look = json.loads(text)
        far = _farness(json.loads(words), look["distances"])
        if far >= FAR_COLOUR and not look["faults"]:
            named = ", ".join(json.loads(words))
            shown = ", ".join(look["colours"])
            detail = f'the row says "{named}" · the picture shows {shown}'
            yield Finding(
                "wrong_colour", source, product_id, detail, far, sha, says=named, shows=shown
            )


def _farness(words: list[str], distances: dict[str, float]) -> float:
    """0.0 when any of the words means nothing: it may well be the right one."""
    names = [plain_name(word) for word in words]
    return min((distances[name] if name else 0.0 for name in names), default=0.0)


def _bad_pictures(book: Casebook) -> Iterator[Finding]:
    rows = book.ask(
        "SELECT DISTINCT p.source, p.product_id, i.sha, i.look FROM points x "
        "JOIN products p ON p.n = x.product JOIN pictures i ON i.n = x.picture "
        "WHERE i.look IS NOT NULL ORDER BY p.n, x.slot"
    )
    for source, product_id, sha, text in rows:
        look: dict[str, Any] = json.loads(text)
        for fault in look["faults"]:
            detail, score = _FAULTS[fault](look)
            yield Finding(fault, source, product_id, detail, score, sha, shows=str(look["side"]))


# Detail, and the score: how far below its threshold, from 0 to 1.
_FAULTS = {
    "blank": lambda look: ("nothing to be seen in the picture", 1 - look["contrast"] / BLANK),
    "tiny": lambda look: (f"the longer side has {look['side']} pixels", 1 - look["side"] / TINY),
    "blurred": lambda look: ("no edge in the picture is sharp", 1 - look["sharpness"] / BLURRED),
}
