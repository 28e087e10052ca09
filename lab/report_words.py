"""What the numbers say, in sentences for someone who runs a catalog. Plain text, not HTML."""

from collections.abc import Callable, Mapping
from typing import Any

Numbers = Mapping[str, Any]

# name in the JSON: (what it is called here, what it means). Precision at 1 is recall at 1.
METRICS = {
    "p_at_9": ("Right ones of nine", "share of the nine results shown that is right, on average"),
    "recall_at_1": ("Found first", "photos whose very first result is right"),
    "recall_at_5": ("Found in five", "photos with at least one right result among the first five"),
    "recall_at_9": ("Found in nine", "photos with at least one right result among the nine shown"),
    "recall_at_10": ("Found in ten", "photos with at least one right result among the first ten"),
    "map_at_r": (
        "Order of all right ones",
        "mean average precision at R: 100% when all right products come before all wrong ones",
    ),
    "mrr": (
        "How early",
        "mean reciprocal rank: 100% when the first right result is always in first place, "
        "50% when it is in second",
    ),
    "top1": ("Category right", "photos whose most probable category is the right one"),
    "top3": ("Category in three", "photos with the right category among the three most probable"),
}
POLICIES = {
    "none": "No filter",
    "hard": "Hard filter",
    "routed": "Routed",
}
# Below this the gap between said and true is too small for anyone to notice in a percentage.
_HONEST_ECE, _MISLEADING_ECE = 0.03, 0.10


def of_100(share: float) -> str:
    """81 as "81"; "0" and "100" only where it is exactly that: rare failures stay visible."""
    count = round(100 * share)
    if count == 100 and share < 1:
        return "over 99"
    return "under 1" if count == 0 and share > 0 else str(count)


def of_nine(share: float) -> str:
    return f"{9 * share:.1f}"


def points(change: float) -> str:
    """A difference of shares in percentage points, signed."""
    return f"{100 * change:+.1f}".replace("-", "−")


# what is told of the two measures a model may be judged by, and in which unit
_TOLD: dict[str, tuple[str, Callable[[float], str]]] = {
    "p_at_9": ("what is right of nine", of_nine),
    "recall_at_1": ("the share of first results that are right", "{:.0%}".format),
}
_OTHERS = {"raw backbone": "the backbone as it comes, untrained"}


def summary(numbers: Numbers) -> list[str]:
    """The report's first lines, most important first."""
    said = (
        " ".join(filter(None, (_category(numbers), _shown(numbers)))),
        price_of_filter(numbers),
        *training(numbers),
        confidence(numbers),
        refused(numbers),
        weakest(numbers),
        _certainty(numbers),
    )
    return [sentence for sentence in said if sentence]


def left_out(data: Numbers) -> list[str]:
    """What was not measured, and why."""
    reasons = {
        "queries_without_relevant": "photos have nothing right to find in the catalog",
        "excluded": "pictures have a label that was excluded by name",
        "unreadable": "pictures could not be read",
        "duplicates": "rows repeat a product that was already there",
    }
    return [f"{data[name]:,} {why}." for name, why in reasons.items() if data[name]]


def price_of_filter(numbers: Numbers) -> str:
    """What the routed filter takes away, what it gives, and what a hard one would take."""
    none, hard, routed = (numbers["retrieval"][name] for name in ("none", "hard", "routed"))
    if (lost := none["recall_at_9"] - routed["recall_at_9"]) > 0:
        said = f"The category filter has a price: {_lost(lost)} of 100 photos lose every right one"
    else:
        said = "The category filter costs nothing: no fewer photos find a right product"
    said += f", and {_moved(main_measure(numbers), none, routed)}."
    if (unused := numbers["routing"]["fallback_rate"]) > 0.5:
        said += (
            f" But it is left off for {of_100(unused)} of 100 photos, where no small set of "
            "categories is sure enough."
        )
    if (price := none["recall_at_9"] - hard["recall_at_9"]) > 0:
        said += (
            f" Looking only in the first guess, a hard filter, would leave {_lost(price)} of 100 "
            "photos without the right product they could have found."
        )
    return said


def training(numbers: Numbers) -> list[str]:
    """This model against each other one of `models`."""
    rows = {row["name"]: row for row in numbers["models"]}
    this = rows.pop("this model")
    return [_compared(this, row, main_measure(numbers)) for row in rows.values()]


def confidence(numbers: Numbers) -> str:
    """Whether the model's percentages can be believed."""
    category = numbers["category"]
    if not category:
        return ""
    ece, bins = category["ece"], category["reliability"]
    excess = sum(row["photos"] * (row["confidence"] - row["accuracy"]) for row in bins)
    side = "too sure of itself" if excess > 0 else "too modest"
    off = f"{100 * ece:.1f} points off on average"
    if ece <= _HONEST_ECE:
        return f"When it says how sure it is, it can be believed: {off}."
    if ece <= _MISLEADING_ECE:
        return f"When it says how sure it is, it is a little {side}: {off}."
    return f"How sure it says it is must not be believed: it is {side}, {off}."


def refused(numbers: Numbers) -> str:
    """How often the shopper is told that there is nothing like this: rightly and wrongly."""
    refusal = numbers["refusal"]
    if not refusal:
        return ""
    wrongly = f"wrongly to {of_100(refusal['queries'])} of 100 that have something to find"
    if refusal["strangers"] is None:
        return f"It says “nothing quite like this here” {wrongly}."
    said = (
        f"It says “nothing quite like this here” to {of_100(refusal['strangers'])} of 100 photos "
        f"of other things, and {wrongly}."
    )
    return said if refusal["strangers"] >= 0.5 else f"{said} Most other things are not noticed."


def weakest(numbers: Numbers) -> str:
    """The way of spoiling a photo that costs most."""
    if not numbers["robustness"]:
        return ""
    clean, *rows = numbers["robustness"]
    # one tried on fewer photos (a background that could not be told) is not comparable
    rows = [row for row in rows if row["photos"] == clean["photos"]]
    measure = main_measure(numbers)
    worst = min(rows, key=lambda row: row[measure])
    change = worst[measure] - clean[measure]
    if change > -0.02:  # 2 points: within what a few hundred photos can tell
        return "Bad photos hardly matter: none of the ways tried costs more than 2 points."
    return (
        f"The weakest spot is “{worst['name']}”: {points(change)} points against the same photo "
        "as it is."
    )


def main_measure(numbers: Numbers) -> str:
    """The measure to judge by. Of one right product, nine results can never hold nine."""
    return "recall_at_1" if numbers["data"]["relevant_by"] == "product_id" else "p_at_9"


def confused(confusion: Numbers, most: int = 8) -> list[str]:
    """The most frequent mistakes, most frequent first."""
    labels, counts = confusion["labels"], confusion["counts"]
    mistakes = [
        (n, labels[true], labels[said], sum(counts[true]))
        for true, row in enumerate(counts)
        for said, n in enumerate(row)
        if n and said != true
    ]
    mistakes.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [f"{true} taken for {said}: {n} of {of}" for n, true, said, of in mistakes[:most]]


def covered(routing: Numbers) -> str:
    """How wide the set and the filter are, and whether the set keeps its promise."""
    # a point of slack: the promise is one about many photos, and a test has a few hundred
    broken = routing["coverage"] < routing["target"] - 0.01
    return (
        f"The set of categories that is named for a photo, {routing['mean_set']:.1f} on average, "
        f"holds the right one for {routing['coverage']:.1%} of photos (promised: "
        f"{routing['target']:.0%}{', not kept' if broken else ''}). The filter may be narrower: "
        f"{routing['mean_categories']:.1f} categories on average, and none for "
        f"{routing['fallback_rate']:.0%} of photos. So the right category is looked through for "
        f"{routing['searched']:.1%}."
    )


def engine(ann: Numbers) -> str:
    """What the index misses of an exhaustive comparison, and what it saves."""
    found = ann["recall_at_10"]
    return (
        f"The index finds {found:.1%} of the ten that comparing with every picture finds, in "
        f"{ann['p50_ms']:.1f} ms, against {ann['exact_p50_ms']:.1f} ms for that."
    )


def _category(numbers: Numbers) -> str:
    category = numbers["category"]
    if not category:
        return ""
    whose = "photos held out" if numbers["data"]["mode"] == "held_out" else "shoppers’ photos"
    said = (
        f"Of 100 {whose}, {of_100(category['top1'])} get the right category first and "
        f"{of_100(category['top3'])} have it among the first three guesses."
    )
    return said if category["top1"] >= 0.5 else f"{said} The first guess is more often wrong."


def _shown(numbers: Numbers) -> str:
    routed = numbers["retrieval"]["routed"]
    if main_measure(numbers) == "recall_at_1":
        return (
            f"Of 100 photos, {of_100(routed['recall_at_1'])} find the very product first and "
            f"{of_100(routed['recall_at_5'])} find it among the first five."
        )
    said = f"Of nine pictures shown, {of_nine(routed['p_at_9'])} are right on average."
    return said if routed["p_at_9"] >= 0.5 else f"{said} Most of what a shopper sees is wrong."


def _compared(this: Numbers, other: Numbers, measure: str) -> str:
    name = _OTHERS.get(other["name"], f"the {other['name']}")
    if this["fingerprint"] == other["fingerprint"]:
        return f"This model is {name}: there is nothing to compare."
    what, told = _TOLD[measure]
    low, high = sorted((this, other), key=lambda row: row[measure])
    verdict = (
        "No better" if low[measure] == high[measure] else "Better" if high is this else "Worse"
    )
    said = f"{verdict} than {name}: with no filter, {what} is {told(this[measure])}"
    said += f", against {told(other[measure])}"
    chance = measure == "p_at_9" and low["p_at_9_high"] >= high["p_at_9_low"]
    return said + (", a difference that may be chance." if chance else ".")


def _certainty(numbers: Numbers) -> str:
    queries = numbers["data"]["queries"]
    if queries >= 200:  # below, one standard error of a share near one half is over 3.5 points
        return ""
    return f"Only {queries:,} photos were measured, so all of this is a rough estimate."


def _moved(measure: str, before: Numbers, after: Numbers) -> str:
    name, told = _TOLD[measure]
    first, then = told(before[measure]), told(after[measure])
    if first == then:
        return f"{name} stays at {then}"
    rises = after[measure] > before[measure]
    return f"{name} {'rises' if rises else 'falls'} from {first} to {then}"


def _lost(share: float) -> str:
    return f"{100 * share:.1f}" if share >= 0.0005 else "under 0.1"
