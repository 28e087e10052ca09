"""The embedded engine by size: pace, memory, disk; scan and graph, and what they find.

    python -m bench.engine [--sizes 1000 10000 100000 1000000] [--local 10000 100000]
        [--asked 100] [--folder FOLDER]

Made products: vectors of the bundled model's length in clumps of a hundred, as products come in
kinds, with the payload of a usual catalog. A clump is of one category, so that the filter by
category goes with the picture; colours and prices are independent of it. A query is a product's
vector, disturbed, and its own category.

"scan" is the index as ingest leaves it, "graph" the same after `snapshelf optimize --force`. Both
are open at once and asked in turn, through `Store.query`, which makes products of the answers.
Recall is the share of numpy's ten nearest among the ten. "cpu" is what the processors spent on a
query: on a busy machine the steadier number. A search is photo to answer, so for its growth the
bundled model's time for a photo is added, taken in the same run.

What was built is kept in FOLDER, with how long it took: a million products take minutes to write
and the longer part of an hour to link. "local" is the same filtered search in qdrant-client's own
engine (`:memory:`).
"""

import argparse
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.contract import CollectionInfo
from catalog.graph import GRAPH_FROM
from catalog.product import Product, Stamp
from catalog.store import BATCH, EVERYTHING, Filter, Point, Store, open_store
from vision.embedder import open_embedder
from vision.image import encode_jpeg
from vision.spec import BUNDLED_MODEL

DIM, KINDS, K = 272, 40, 10
CHUNK = 8192
COLOURS = ("black", "white", "red", "blue", "green", "grey", "brown")
INFO = CollectionInfo("0f" * 32, DIM, "made", "cd" * 32, "2026-01-01T00:00:00Z")
STAMP = Stamp("ab" * 32, INFO.fingerprint, "bench", INFO.created_at)
# what must be shown
FILTERED_MS, GROWTH, RECALL = 5.0, 3.0, 0.99
FILTERED_AT = 100_000
Vectors = NDArray[np.float32]
