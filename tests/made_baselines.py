"""What a comparison of systems measured, made up: every part of its page has something to show."""

from typing import Any

import numpy as np

LABELS = (
    "T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat",
    "Skirt", "Polo", "Undershirt", "Blazer", "Hoodie", "Body", "Blouse", "Top",
)  # fmt: skip
CHANCE = 1 / len(LABELS)
ELSEWHERE = "20 departments of a large shop"

# number, name, starts from, learns, test accuracy, published, epochs
SYSTEMS: tuple[tuple[str, str, str, str, float, tuple[float, float] | None, int], ...] = (
    ("1", "Three small convolutions", "random weights", "everything", 0.24, (0.61, 0.61), 12),
    ("2", "AlexNet", "ImageNet weights", "fully connected layers", 0.38, (0.34, 0.39), 5),
    ("2b", "AlexNet from scratch", "random weights", "everything", 0.11, None, 5),
    ("3", "VGG16 features, cosine", "ImageNet weights", "nothing", 0.41, (0.55, 0.62), 0),
    ("4", "Siamese network", "random weights", "everything", 0.17, None, 8),
    ("5", "ResNet-18, last layer", "ImageNet weights", "a linear layer", 0.52, (0.5, 0.58), 10),
    ("6", "ResNet-50, everything", "ImageNet weights", "everything", 0.58, (0.6, 0.65), 6),
    ("7", "MobileNetV3", "ImageNet weights", "a linear layer", 0.55, None, 10),
    ("8", "Colour histograms", "nothing to start from", "nothing", 0.15, None, 0),
    ("9", "HOG and a linear SVM", "nothing to start from", "a linear layer", 0.22, (0.3, 0.4), 0),
    ("10", "CLIP ViT-B/32, no training", "WebImageText weights", "nothing", 0.63, None, 0),
    ("11", "CLIP ViT-B/32, linear probe", "WebImageText weights", "a linear layer", 0.69, None, 0),
    ("12", "DINOv2 ViT-S/14", "LVD-142M weights", "nothing", 0.64, None, 0),
    ("13", "Snapshelf", "the bundled backbone", "head", 0.71, None, 20),
)  # fmt: skip


def full_numbers(pictures: int = 40) -> dict[str, Any]:
    """All that a page can show. The pictures are called "0" to `pictures` - 1, in turn."""
    shas = [str(number) for number in range(pictures)]
    classes = [{"name": name, "train": 42 - place, "val": 12, "test": 6}
               for place, name in enumerate(LABELS)]  # fmt: skip
    rows = [_row(place, system, shas) for place, system in enumerate(SYSTEMS)]
    return {
        "catalog": "clothing", "made_at": "2026-11-28T21:00:00+00:00",
        "command": "snapshelf baselines clothing/catalog.csv --per-class 60", "seed": 0,
        "per_class": 60, "machine": "2 processors",
        "versions": {"torch": "2.9.1", "torchvision": "0.24.1", "snapshelf": "0.2.0"},
        "data": {
            "classes": classes,
            "photos": {part: sum(row[part] for row in classes)
                       for part in ("train", "val", "test")},
            "left_out": {"duplicates": 3, "unreadable": 1, "without category": 6, "excluded": 12,
                         "beyond the number per class": 3000},
            "samples": [{"label": name, "photos": [shas[(4 * place + n) % pictures]
                                                   for n in range(4)]}
                        for place, name in enumerate(LABELS)],
            "levels": 1,
        },
        "rows": [*rows, _skipped()],
    }  # fmt: skip


def _row(place: int, system: tuple[Any, ...], shas: list[str]) -> dict[str, Any]:
    number, name, start, learns, test, published, epochs = system
    classifies = name != "Siamese network"
    return {
        "row": number, "name": name, "recipe": f"{place:02}-system",
        "system": "A network told departments apart; its features found similar products.",
        "starts_from": start, "learns": learns,
        "differs": ["30 epochs became 5", "no learning rate was published: 0.001"][: place % 3],
        "parameters": {"all": 57_074_513 + place, "learned": 54_000_000 if epochs else 0,
                       "with_1000_classes": 61_100_840 if place % 2 else None},
        "size": 227, "epochs": epochs, "seconds": {"features": 12.04, "training": 3.1 * epochs},
        "features_dim": {"softmax": 17, "fc": 4096, "pool": 256},
        "published": published and {
            "measure": "test accuracy", "low": published[0], "high": published[1],
            "where": f"on other data: {ELSEWHERE}"},
        "accuracy": {"train": min(1.0, test + 0.28), "val": test + 0.02, "test": test}
        if classifies else None,
        "chance": CHANCE,
        "history": _history(epochs, test),
        "report": _report(test) if classifies else [],
        "macro_f1": test - 0.03 if classifies else None,
        "retrieval": _retrieval(test, classifies), "as_published": 0,
        "extra": [{"name": "Jaccard similarity of the nine", "value": "0.31"}],
        "sheet": [_sheet(query, test, shas) for query in range(4)],
        "skipped": None,
    }  # fmt: skip


def _skipped() -> dict[str, Any]:
    why = "its weights are not on this machine; put them into the weights folder"
    return {"row": "14", "name": "SigLIP", "recipe": "14-siglip", "skipped": why}


def _history(epochs: int, test: float) -> list[dict[str, Any]]:
    rng, made = np.random.default_rng(epochs), []
    for epoch in range(1, epochs + 1):
        risen = 1 - float(np.exp(-3 * epoch / epochs))
        made.append({
            "epoch": epoch, "loss": 2.8 - 1.9 * risen, "accuracy": (test + 0.3) * risen,
            "val_loss": 2.8 - 1.1 * risen + 0.1 * float(rng.normal()),
            "val_accuracy": max(0.02, test * risen + 0.02 * float(rng.normal())),
        })  # fmt: skip
    return made


def _report(test: float) -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    shares = np.clip(test + rng.normal(0, 0.2, (len(LABELS), 3)), 0, 1)
    return [{"name": name, "precision": float(one[0]), "recall": float(one[1]), "f1": float(one[2]),
             "support": 6} for name, one in zip(LABELS, shares, strict=True)]  # fmt: skip


def _retrieval(test: float, classifies: bool) -> list[dict[str, Any]]:
    made = []
    for n, features in enumerate(("softmax", "fc", "pool") if classifies else ("embedding",)):
        for similarity in ("cosine", "l2"):
            for scope in ("predicted category", "everything") if classifies else ("everything",):
                p = test if scope != "everything" else test - 0.08 + 0.05 * n
                threshold = features == "softmax" and similarity == "cosine"
                made.append({
                    "features": features, "similarity": similarity, "scope": scope,
                    "p_at_5": p, "p_at_9": p, "found_at_9": min(1.0, p + 0.2),
                    "kept": 7.1 if threshold else None, "p_kept": 0.5 if threshold else None,
                })  # fmt: skip
    return made


def _sheet(query: int, test: float, shas: list[str]) -> dict[str, Any]:
    label, other = LABELS[query], LABELS[query + 1]
    hits = []
    for rank in range(9):
        right = rank / 9 < test
        hits.append({"sha": shas[(7 * query + rank + 1) % len(shas)],
                     "label": label if right else other, "title": "", "score": 0.97 - 0.03 * rank,
                     "right": right})  # fmt: skip
    return {"query": shas[query % len(shas)], "label": label, "title": "",
            "predicted": label if query else other, "hits": hits}  # fmt: skip
