"""What the lab measured, made up: every section of its report has something to show."""

from typing import Any

import numpy as np

LABELS = (
    "Ankle boots", "Backpacks", "Belts", "Blouses", "Caps & hats", "Dresses", "Handbags", "Jackets",
    "Jeans", "Jumpers", "Sandals", "Scarves", "Shirts", "Shorts", "Skirts", "Sneakers", "Socks",
    "Sunglasses",
)  # fmt: skip


def minimal_numbers() -> dict[str, Any]:
    """What is said of a catalog without categories, by a model without calibration."""
    numbers = full_numbers()
    numbers["category"] = numbers["refusal"] = None
    numbers["robustness"] = []
    return numbers


def full_numbers(pictures: int = 40) -> dict[str, Any]:
    """All that the lab can say. Examples show the pictures "0" to `pictures` - 1 in turn."""
    numbers: dict[str, Any] = {
        "data": {
            "mode": "queries", "relevant_by": "category", "queries": 1224, "gallery": 4076,
            "classes": len(LABELS), "queries_without_relevant": 3, "duplicates": 0, "excluded": 41,
            "unreadable": 2,
        },
        "latency_ms": {"encode_p50": 20.0, "search_p50": 2.0, "total_p50": 30.0, "total_p95": 50.0},
        "model": {"fingerprint": "ab" * 32, "backbone": "timm:test"},
    }  # fmt: skip
    none = {"p_at_1": 0.786, "p_at_9": 0.764, "recall_at_1": 0.786, "recall_at_5": 0.933,
            "recall_at_9": 0.961, "recall_at_10": 0.965, "map_at_r": 0.51, "mrr": 0.85}  # fmt: skip
    hard = none | {"p_at_1": 0.811, "p_at_9": 0.806, "recall_at_1": 0.811, "recall_at_5": 0.812,
                   "recall_at_9": 0.813, "recall_at_10": 0.813, "map_at_r": 0.583,
                   "mrr": 0.812}  # fmt: skip
    routed = none | {"p_at_1": 0.815, "p_at_9": 0.812, "recall_at_1": 0.815, "recall_at_9": 0.962,
                     "map_at_r": 0.571, "mrr": 0.872}  # fmt: skip
    numbers["retrieval"] = {"none": none, "hard": hard, "routed": routed}
    numbers["routing"] = {
        "target": 0.95, "coverage": 0.953, "searched": 0.968, "mean_set": 1.7,
        "mean_categories": 1.62, "fallback_rate": 0.073,
        "curve": [
            {"target": target, "coverage": target + 0.004, "searched": target + 0.02,
             "mean_set": size, "mean_categories": size, "fallback_rate": 0.02 * place,
             "recall_at_9": 0.962, "p_at_9": 0.825 - 0.006 * place}
            for place, (target, size) in enumerate(
                [(0.5, 1.0), (0.8, 1.1), (0.9, 1.35), (0.95, 1.62), (0.98, 2.3), (0.99, 2.9)]
            )
        ],
    }  # fmt: skip
    numbers["category"] = _category()
    numbers["refusal"] = {"queries": 0.03, "strangers": 0.92, "strangers_photos": 250}
    numbers["models"] = [
        _model("raw backbone", 0.626, None),
        _model("this model", 0.764, 0.812),
        _model("previous model", 0.751, 0.798),
    ]
    numbers["ann"] = {"recall_at_10": 0.998, "p50_ms": 2.1, "exact_p50_ms": 9.4}
    numbers["robustness"] = [
        {"name": name, "photos": 100, "top1": share, "p_at_9": share - 0.01,
         "recall_at_1": share - 0.03, "cosine": share + 0.15}
        for name, share in (
            ("as it is", 0.81), ("crop 70 %", 0.78), ("rotated 15°", 0.77), ("rotated 90°", 0.52),
            ("blurred", 0.69), ("dark", 0.74), ("bright", 0.76), ("JPEG 20", 0.79),
            ("64 px", 0.61), ("another background", 0.66), ("mirrored", 0.82),
        )
    ]  # fmt: skip
    numbers["examples"] = {
        "worst": [_example(place, right=place // 2, pictures=pictures) for place in range(6)],
        "best": [_example(6 + place, right=9, pictures=pictures) for place in range(6)],
    }
    return numbers


def confusion() -> dict[str, Any]:
    """Mistakes between neighbours and between a few pairs, always the same."""
    random = np.random.default_rng(0)
    counts = np.diag(random.integers(8, 90, len(LABELS)))
    for true, said in random.integers(0, len(LABELS), (70, 2)):
        if true != said:
            counts[true, said] += random.integers(1, 6)
    return {"labels": list(LABELS), "counts": counts.tolist()}


def _category() -> dict[str, Any]:
    mixed = confusion()
    counts = np.array(mixed["counts"])
    per_class = []
    for place, name in enumerate(LABELS):
        both, is_it, said_it = counts[place, place], counts[place].sum(), counts[:, place].sum()
        per_class.append(
            {"name": name, "precision": float(both / said_it), "recall": float(both / is_it),
             "f1": float(2 * both / (is_it + said_it)), "support": int(is_it)}
        )  # fmt: skip
    return {
        "top1": 0.812, "top3": 0.951, "macro_f1": 0.793, "ece": 0.021, "brier": 0.271,
        "per_class": per_class, "confusion": mixed,
        "reliability": [
            {"confidence": (bin_ + 0.5) / 15, "accuracy": min(max((bin_ + 0.5) / 15 + gap, 0), 1),
             "photos": 10 + 2 * bin_**2}
            for bin_, gap in zip(range(2, 15), [0.09, -0.07, 0.05, 0.06, -0.04, 0.03, 0.02, -0.05,
                                                0.04, 0.01, 0.02, -0.01, 0.01], strict=True)
        ],
        "levels": [
            {"level": 1, "top1": 0.95, "classes": 4},
            {"level": 2, "top1": 0.812, "classes": 18},
        ],
    }  # fmt: skip


def _model(name: str, p_at_9: float, top1: float | None) -> dict[str, Any]:
    return {
        "name": name, "fingerprint": name[:1] * 64, "backbone": "timm:test", "top1": top1,
        "top3": None if top1 is None else 0.95, "p_at_1": p_at_9 + 0.02, "p_at_9": p_at_9,
        "recall_at_1": p_at_9 + 0.02, "recall_at_10": 0.96, "map_at_r": p_at_9 - 0.3,
        "p_at_9_low": p_at_9 - 0.017, "p_at_9_high": p_at_9 + 0.017,
    }  # fmt: skip


def _example(place: int, *, right: int, pictures: int) -> dict[str, Any]:
    label, other = LABELS[place % len(LABELS)], LABELS[(place + 1) % len(LABELS)]
    hits = [
        _picture(10 * place + 1 + hit, label if hit < right else other, pictures)
        | {"score": 0.9 - hit / 20, "right": hit < right}
        for hit in range(9)
    ]
    return {
        "query": _picture(10 * place, label, pictures), "predicted": label if right else other,
        "confidence": 0.5 + right / 20, "p_at_9": right / 9, "hits": hits,
        "route": f"Looking in {label} and {other}: together 96% sure.",
    }  # fmt: skip


def _picture(place: int, category: str, pictures: int) -> dict[str, Any]:
    return {"product_id": f"p{place}", "title": f"{category[:-1]} no. {place}, dark blue",
            "category": category, "sha256": str(place % pictures)}  # fmt: skip
