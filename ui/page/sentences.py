"""What an answer says of itself: where was looked, why, and what to try."""

from collections.abc import Sequence

from catalog.store import Hit
from search.result import Route, SearchResult
from search.varied import Varied, name_of
from ui.page.language import Language
from ui.page.question import AUTOMATIC, EVERYWHERE, Question

# A longer set says too little to be read out.
_LIKELY = 5
# More names of kept categories are not read.
_NAMED = 3


def weak(result: SearchResult) -> bool:
    """Whether nothing that was found is much like what was sought."""
    return all(result.match(hit) == "weak" for hit in result.hits)


def headline(result: SearchResult, question: Question, say: Language) -> str:
    found, route = len(result.hits), result.route
    if not found:
        return say("answer.nothing")
    if weak(result):
        return say("answer.weak")
    inside = found - route.kept
    # with every seat kept, the answer is that of the whole shelf
    where = route.categories if inside else ()
    count = "first" if result.more else "count"
    if where:
        return say(f"answer.{count}_in", n=inside, names=list(where))
    return say(f"answer.{count}", n=inside or found)


def details(result: SearchResult, route: Route, say: Language) -> str:
    """Whose seats were kept, what was varied, what the photo may show, how long it took."""
    told = []
    if route.kept:
        told.append(_kept(result.hits[len(result.hits) - route.kept :], say))
    if result.varied:
        told.append(_varied(result.varied, say))
    likely = route.category_set
    if 1 < len(likely) <= _LIKELY and likely != route.categories:
        told.append(say("why.likely", names=list(likely)))
    total = result.timings_ms.get("total")
    if total is not None:
        told.append(say("answer.time", ms=round(total)))
    return " ".join(told)


def cause(result: SearchResult, question: Question, say: Language) -> str:
    """What was done, and why."""
    route = result.route
    best = route.guesses[0] if route.guesses else None
    if route.cause == "sure":
        named = [guess for guess in route.guesses if guess.name in route.categories]
        share = min(sum(guess.probability for guess in named), 1.0)
        return say("why.sure", names=list(route.categories), percent=say.percent(share))
    if route.cause == "unsure" and best:
        return say("why.unsure", name=best.name, percent=say.percent(best.probability))
    if route.cause == "few":
        return say("why.few", names=list(route.tried), n=route.held, wanted=question.k)
    if route.cause == "chosen":
        return say("why.chosen", names=list(route.categories))
    if route.cause == "everywhere":
        return say("why.everywhere")
    if result.words:
        return say("why.words_title" if result.words == "title" else "why.words_meaning")
    return say("why.product" if route.cause == "no photo" else "why.unknown")


def _kept(hits: Sequence[Hit], say: Language) -> str:
    names = [hit.product.category or say("why.no_category") for hit in hits]
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], say("why.other_categories", n=len(names) - _NAMED)]
    return say("why.kept", names=names, n=len(hits))


def _varied(varied: Varied, say: Language) -> str:
    if varied.variant == "cheaper":
        if varied.than is None or varied.than.price is None:
            return say("why.no_price")
        price = say.price(varied.than.price, varied.than.currency)
        return say("why.cheaper", name=name_of(varied.than), price=price)
    if not varied.colors:
        return say("why.no_color")
    return say("why.other_color", names=[say.color(color) for color in varied.colors])


def tips(result: SearchResult, question: Question, say: Language) -> tuple[str, ...]:
    keys = []
    if question.photo and question.crop is None:
        keys.append("tip.crop")
    if question.category not in (AUTOMATIC, EVERYWHERE):
        keys.append("tip.all")
    elif result.nothing_like_this:
        keys.append("tip.category")
    if question.filters:
        keys.append("tip.filters")
    if question.text and result.words == "title":
        keys.append("tip.words")
    return tuple(say(key) for key in keys or ["tip.other"])
