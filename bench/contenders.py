"""Snapshelf and its peers, each behind the same few calls.

Each is called as its documentation shows, with its own batch size and threads. What departs from
that is said in the docstring of the class, and is in the peer's favour.
"""

import base64
import json
import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.material import Material, files

HITS = 9
library: Callable[[str], Any] = import_module
"""Only what a contender needs is loaded in its process."""
COLLECTION = "photos"


class Contender:
    """`load` once; `index` a folder into a new `home`, then `ask`, or `open` an older one."""

    batch = ""

    def __init__(self, material: Material, model: str) -> None:
        self.material, self.model = material, model

    def load(self) -> None:
        raise NotImplementedError

    def index(self, photos: Path, home: Path) -> None:
        raise NotImplementedError

    def finish(self, photos: Path, home: Path) -> None:
        """What is done once after all photos, however many; not timed."""

    def open(self, photos: Path, home: Path) -> None:
        raise NotImplementedError

    def ask(self, photo: Path) -> list[str]:
        """Names of the files most like it, nearest first."""
        raise NotImplementedError


class Snapshelf(Contender):
    """Its ingest and search as the command line builds them: thumbnails, ledger and cache too."""

    batch = "its own, a thread each"

    def load(self) -> None:
        library("vision.memory").keep_memory()
        self._embedder = library("vision.embedder").open_embedder(self.model)

    def index(self, photos: Path, home: Path) -> None:
        catalog = library("ingest.readers").open_catalog(photos / "catalog.csv", source="photos")
        with library("bench.ready").ready(catalog, home, self._embedder) as ingest:
            report = ingest()
        assert report.embedded == report.rows, report

    def open(self, photos: Path, home: Path) -> None:
        store = library("catalog.store").open_store(home / "store")
        self._service = library("search.service").SearchService(self._embedder, store)
        self._request = library("search.request").SearchRequest

    def ask(self, photo: Path) -> list[str]:
        found = self._service.search(self._request(photo.read_bytes(), k=HITS))
        return [hit.product.product_id for hit in found.hits]


class InQdrant(Contender):
    """Vectors in qdrant-client's local mode, kept in a folder, as a shop must."""

    _client: Any = None

    def vector(self, photo: Path) -> list[float]:
        raise NotImplementedError

    def open(self, photos: Path, home: Path) -> None:
        if self._client is not None:
            self._client.close()
        self._client = library("qdrant_client").QdrantClient(path=str(home))

    def create(self, home: Path, dim: int) -> Any:
        """The library's models; the collection is new and empty."""
        models = library("qdrant_client.models")
        self.open(home, home)
        params = models.VectorParams(size=dim, distance=models.Distance.COSINE)
        self._client.create_collection(COLLECTION, vectors_config=params)
        return models

    def ask(self, photo: Path) -> list[str]:
        found = self._client.query_points(COLLECTION, query=self.vector(photo), limit=HITS)
        return [one.payload["file"] for one in found.points]


class Tutorial(InQdrant):
    """The loop of the tutorials: open, preprocess, encode_image, upsert, one photo at a time.

    With `:memory:` in place of a folder a photo is 4 ms less.
    """

    batch = "1"

    def load(self) -> None:
        self._torch, made = library("torch"), self.material.backbone
        if made.library == "open_clip":
            network, _, self._preprocess = library("open_clip").create_model_and_transforms(
                made.model, pretrained=str(self.material.weights)
            )
            self._encode = network.eval().encode_image
        else:
            data = library("timm.data")
            network = library("timm").create_model(made.model, pretrained=False, num_classes=0)
            self._preprocess = data.create_transform(**data.resolve_model_data_config(network))
            self._encode = network.eval()

    def vector(self, photo: Path) -> list[float]:
        image = library("PIL.Image").open(photo).convert("RGB")
        with self._torch.no_grad():
            features = self._encode(self._preprocess(image).unsqueeze(0))[0]
        return list((features / features.norm()).tolist())

    def index(self, photos: Path, home: Path) -> None:
        for number, photo in enumerate(files(photos)):
            vector = self.vector(photo)
            if not number:
                models = self.create(home, len(vector))
            point = models.PointStruct(id=number, vector=vector, payload={"file": photo.name})
            self._client.upsert(COLLECTION, points=[point])


class Rclip(Contender):
    """Its own Model, DB and RClip. Its network is a ViT-B-32 at 256 px: it is given the one of all
    the others, and its constant for the side is set to 224, which saves it a quarter of the work.
    """

    batch = "8"

    def load(self) -> None:
        os.environ["RCLIP_DATADIR"] = str(self.material.folder / "rclip")
        library("rclip.utils.preprocess").IMAGE_SIZE = 224
        self._model = library("rclip.model").Model()
        self._model.ensure_downloaded()

    def index(self, photos: Path, home: Path) -> None:
        self.open(photos, home)
        self._rclip.ensure_index(str(photos))

    def open(self, photos: Path, home: Path) -> None:
        home.mkdir(exist_ok=True)
        database = library("rclip.db").DB(home / "db.sqlite3")
        self._rclip = library("rclip.main").RClip(self._model, database, 8, None)
        self._photos = photos

    def ask(self, photo: Path) -> list[str]:
        found = self._rclip.search(str(photo), str(self._photos), HITS)
        return [Path(one.filepath).name for one in found]


class ClipRetrieval(Contender):
    """Its inference worker, its index and its KnnService. Its warm-up with 256 texts, its index
    (autofaiss: seconds, however few photos) and its removal of duplicates are not counted; its
    batches are halves of the photos where 256 would be all, so that its readers work ahead.
    """

    batch = "256, four readers"

    def load(self) -> None:
        library("all_clip.main").warmup = lambda *given: None
        self._clip = f"open_clip:{self.material.backbone.model}/{self.material.weights}"

    def index(self, photos: Path, home: Path) -> None:
        library("clip_retrieval.clip_inference.worker").worker(
            tasks=[0], input_dataset=str(photos), output_folder=str(home / "embedded"),
            output_partition_count=1, batch_size=min(256, max(1, len(files(photos)) // 2)),
            enable_text=False, use_jit=False, clip_model=self._clip,
        )  # fmt: skip

    def finish(self, photos: Path, home: Path) -> None:
        # autofaiss, made for numpy 1, tells its own measurements as numpy 2's float32
        json.dump = partial(json.dump, default=float)
        library("clip_retrieval.clip_index").clip_index(str(home / "embedded"), str(home / "index"))

    def open(self, photos: Path, home: Path) -> None:
        back = library("clip_retrieval.clip_back")
        options = back.ClipOptions(
            indice_folder=str(home / "index"), clip_model=self._clip, enable_hdf5=False,
            enable_faiss_memory_mapping=False, columns_to_return=["image_path"],
            reorder_metadata_by_ivf_index=False, enable_mclip_option=False, use_jit=False,
            use_arrow=False, provide_safety_model=False, provide_violence_detector=False,
            provide_aesthetic_embeddings=False,
        )  # fmt: skip
        resources = {"photos": back.load_clip_index(options)}
        self._service = back.KnnService(clip_resources=resources)

    def ask(self, photo: Path) -> list[str]:
        image = base64.b64encode(photo.read_bytes())
        found = self._service.query(
            image_input=image, num_images=HITS, num_result_ids=HITS, deduplicate=False
        )
        return [Path(one["image_path"]).name for one in found]


class DeepImageSearch(Contender):
    """Its Indexer, FAISSStore and Searcher, as its SearchEngine joins them, which takes no weights
    from a file. Of timm it takes any network, squeezed to 224 px."""

    batch = "64"

    def load(self) -> None:
        manager, made = library("DeepImageSearch.core.embeddings").EmbeddingManager, self.material
        weights = str(made.weights) if made.backbone.library == "open_clip" else False
        self._embedding = manager.create(made.backbone.model, pretrained=weights)
        self._faiss = library("DeepImageSearch.vectorstores.faiss_store").FAISSStore
        self._records = library("DeepImageSearch.metadatastore.json_store").JsonMetadataStore

    def index(self, photos: Path, home: Path) -> None:
        store, records = self._faiss(dimension=self._embedding.dimension), self._records()
        indexer = library("DeepImageSearch.core.indexer").Indexer(self._embedding, store, records)
        indexer.index([str(photo) for photo in files(photos)])
        store.save(str(home))
        records.save(str(home))

    def open(self, photos: Path, home: Path) -> None:
        store = self._faiss(dimension=self._embedding.dimension)
        store.load(str(home))
        self._searcher = library("DeepImageSearch.core.searcher").Searcher(self._embedding, store)

    def ask(self, photo: Path) -> list[str]:
        found = self._searcher.search_by_image(str(photo), k=HITS)
        return [one["metadata"]["image_name"] for one in found]


class Fastembed(InQdrant):
    """`ImageEmbedding.embed` and `upload_collection` of qdrant-client, kept in a folder."""

    batch = "16"

    def load(self) -> None:
        self._model = library("fastembed").ImageEmbedding(
            "Qdrant/clip-ViT-B-32-vision", specific_model_path=str(self.material.onnx)
        )

    def index(self, photos: Path, home: Path) -> None:
        paths = files(photos)
        vectors = list(self._model.embed([str(path) for path in paths]))
        self.create(home, len(vectors[0]))
        self._client.upload_collection(
            COLLECTION, vectors=vectors, payload=[{"file": path.name} for path in paths]
        )

    def vector(self, photo: Path) -> list[float]:
        (vector,) = self._model.embed([str(photo)])
        return list(vector.tolist())


CONTENDERS: dict[str, type[Contender]] = {
    "snapshelf": Snapshelf, "tutorial": Tutorial, "rclip": Rclip, "clip-retrieval": ClipRetrieval,
    "DeepImageSearch": DeepImageSearch, "fastembed": Fastembed,
}  # fmt: skip
