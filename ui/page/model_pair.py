"""Two models side by side on one photo."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from catalog.store import Hit
from catalog.thumbs import Thumbs
from ui.known_models import KnownModel
from ui.page import view
from ui.page.draw import draw
from ui.page.jobs import Job
from ui.page.language import Language
from ui.page.model_scene import Scene
from ui.page.model_section import Section, Told
from ui.page.model_words import name_of_model, option_of_model
from ui.page.photos import PhotoGone
from ui.page.view import Card
from ui.sample import has_picture
from ui.side_by_side import SHOWN, Answer, Comparison, Pair, prepare


@dataclass(frozen=True)
class Query:
    """What both are asked."""

    photo: bytes
    shown: str
    """Its address on the page."""
    product: Hit | None = None
    """One of the sample: no answer to itself."""


@dataclass(frozen=True)
class Asked:
    """A question that both have answered."""

    query: Query
    comparison: Comparison
    products: int
    """In the sample."""


@dataclass(frozen=True)
class Column:
    """One model's answer as it is shown."""

    model: KnownModel
    name: str
    guesses: tuple[tuple[str, str], ...]
    """Category and its probability, as people write it."""
    cards: tuple[tuple[Card, bool], ...]
    """With whether the other model has found it too."""
    milliseconds: int


class SideBySide(Section):
    """A sample of the index's thumbnails, asked with one photo."""

    name = "pair"
    events = ("photo", "random", "example")
    kinds = frozenset({"compare", "train", "reindex", "rollback"})
    _pair: tuple[tuple[str, ...], Pair] | None = None
    """The models that were compared last, and for what they are ready."""
    _asked: Asked | None = None

    def draw(self, say: Language) -> str:
        return self._drawn(say, self.scene)

    def photo(self, told: Told, say: Language) -> str | None:
        path = told.text("path")
        if self.desk is None:
            raise PhotoGone
        if not path:
            raise ValueError(say("photo.too_large"))
        token = self.desk.photo(path)
        self.desk.photos.shown(token)  # a bad one is refused before anything is made ready
        query = Query(self.desk.photos.read(token), f"photos/{token}.jpg")
        return self._ask(told, say, query)

    def example(self, told: Told, say: Language) -> str | None:
        place, examples = told.number("place"), self.desk.examples if self.desk else ()
        if place >= len(examples):
            raise PhotoGone
        return self._ask(told, say, Query(examples[place].read_bytes(), f"examples/{place}"))

    def random(self, told: Told, say: Language) -> str | None:
        """One of the sample's products, by its thumbnail."""
        return self._ask(told, say, None)

    def _ask(self, told: Told, say: Language, query: Query | None) -> str | None:
        """At once where both are ready; else a job makes them so, and asks."""
        scene, target = self.scene, self.office.target
        first, second = (scene.model(told.text(name)) for name in ("a", "b"))
        if first is None or second is None or first == second:
            raise ValueError(say("pair.two"))
        models = first, second
        # another index, or the same with other products, has another sample
        key = (first.fingerprint, second.fingerprint, scene.served.fingerprint, str(scene.pictures))
        if self._pair is not None and self._pair[0] == key:
            self._answer(self._pair[1], query)
            return self._drawn(say, scene)

        def work(job: Job) -> None:
            pair = prepare(models, target, job.stoppable)
            self._pair = key, pair
            self._answer(pair, query)

        self.office.jobs.start("compare", work)
        return None

    def _answer(self, pair: Pair, query: Query | None) -> None:
        query = query or self._drawn_by_lot(pair)
        without = query.product.id if query.product else None
        comparison = pair.compare(query.photo, without)
        self._asked = Asked(query, comparison, len(pair.products))

    def _drawn_by_lot(self, pair: Pair) -> Query:
        hit = secrets.choice(pair.products)
        sha256 = hit.stamp.image_sha256
        path = Thumbs(self.office.target.settings.thumbs).path(sha256)
        if path is None:
            raise PhotoGone
        return Query(path.read_bytes(), f"thumbs/{sha256}.jpg", hit)

    def _drawn(self, say: Language, scene: Scene) -> str:
        asked = self._asked
        models = [(one.fingerprint, option_of_model(one, say)) for one in scene.models]
        chosen = _chosen(asked, scene)
        columns = self._columns(asked, say) if asked else []
        return draw(
            "model_pair", say, models=models, chosen=chosen, asked=asked, columns=columns,
            shown=SHOWN, examples=range(len(self.desk.examples) if self.desk else 0),
        )  # fmt: skip

    def _columns(self, asked: Asked, say: Language) -> list[Column]:
        shared = asked.comparison.shared
        return [self._column(one, shared, say) for one in asked.comparison.answers]

    def _column(self, answer: Answer, shared: Collection[str], say: Language) -> Column:
        cards = (
            (_card(hit, answer, place, self._has_picture, say), hit.id in shared)
            for place, hit in enumerate(answer.hits)
        )
        return Column(
            answer.model,
            name_of_model(answer.model, say),
            tuple((name, say.percent(chance)) for name, chance in answer.guesses),
            tuple(cards),
            round(answer.milliseconds),
        )

    def _has_picture(self, sha256: str) -> bool:
        return has_picture(Thumbs(self.office.target.settings.thumbs), sha256)


def _card(hit: Hit, answer: Answer, place: int, has: view.HasPicture, say: Language) -> Card:
    match = answer.matches[place]
    said = say(f"match.{match.replace(' ', '_')}") if match else None
    return replace(view.card(hit, None, has, say), match=said, strength=match)


def _chosen(asked: Asked | None, scene: Scene) -> Sequence[str]:
    """The two that were compared; at first the served one and the next."""
    if asked is not None:
        return [one.model.fingerprint for one in asked.comparison.answers]
    return [one.fingerprint for one in scene.models[:2]]
