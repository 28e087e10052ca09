"""What all contenders of bench.peers are given: the same photos, one network in every form.

    python -m bench.material FOLDER     writes the ONNX file, which needs onnxscript

The network has random weights, the same in all forms; of timm's each program draws its own.
"""

import csv
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from vision.spec import Spec, parse_spec

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
FEW = 8
"""Photos of a first round that is not counted."""
CALIBRATING = 64
"""Photos that give int8 its ranges: speed does not depend on them."""


class Material:
    """A folder of it; see `prepare`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.photos, self.few, self.asked = (folder / name for name in ("photos", "few", "asked"))
        """To index, with a `catalog.csv`; to warm up; to ask for, the first is one of `photos`."""
        self.weights = folder / "weights.pt"
        """Of open_clip, both towers."""
        self.model = folder / "model"
        """A model folder of Snapshelf with an export and no head."""
        self.model_int8 = folder / "model-int8"
        """The same, served in int8."""
        self.onnx = folder / "onnx"
        """`model.onnx` and `preprocessor_config.json`, as fastembed reads them."""
        self.rclip = folder / "rclip"
        """Its data folder."""
        self._card = folder / "backbone.txt"

    @property
    def backbone(self) -> Spec:
        return parse_spec(self._card.read_text())

    def prepare(self, spec: str, catalog: Path, images: int, asked: int) -> None:
        """Everything but the ONNX file; what is there of the network is used again."""
        if not (self._card.is_file() and self._card.read_text() == spec):
            write_network(self, spec)
            self._card.write_text(spec)
        pictures = list(islice(distinct(catalog), images + FEW + asked))
        if len(pictures) < images + FEW + asked:
            raise SystemExit(
                f"{catalog} has {len(pictures)} distinct readable photos, {images + FEW + asked} "
                "are needed; ask for fewer --images, --asked or --rounds"
            )
        lay(self.photos, pictures[:images])
        lay(self.few, pictures[images : images + FEW])
        lay(self.asked, [pictures[0], *pictures[images + FEW :]])
        if not self.model_int8.is_dir():
            quantize(self)


def distinct(catalog: Path) -> Iterator[tuple[str, bytes]]:
    """Suffix and bytes of a catalog's readable photos, each once."""
    from ingest.readers import open_catalog
    from ui.build import samples_of
    from vision.errors import UnreadableImage
    from vision.image import decode

    seen: set[str] = set()
    for sample in samples_of(open_catalog(catalog), lambda _: None):
        data = sample.read()
        digest = hashlib.sha256(data).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        try:
            decode(data)
        except UnreadableImage:
            continue
        yield (".png" if data.startswith(b"\x89PNG") else ".jpg"), data


def lay(folder: Path, pictures: Sequence[tuple[str, bytes]]) -> None:
    """The photos as files, and a catalog with their names as ids."""
    folder.mkdir(exist_ok=True)
    for old in files(folder):
        old.unlink()
    with (folder / "catalog.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "image"])
        for number, (suffix, data) in enumerate(pictures):
            name = f"{number:05}{suffix}"
            (folder / name).write_bytes(data)
            writer.writerow([name, name])


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


def write_network(to: Material, spec: str) -> None:
    """Snapshelf's model folder, and open_clip's state dict."""
    import torch

    from vision.artefact import Artefact, save_artefact
    from vision.backbone import load_backbone, load_towers
    from vision.export import export_backbone
    from vision.head import bare_head

    to.folder.mkdir(parents=True, exist_ok=True)
    (to.onnx / "model.onnx").unlink(missing_ok=True)
    shutil.rmtree(to.model_int8, ignore_errors=True)
    backbone = load_backbone(spec)
    head = bare_head(backbone.feature_size)
    save_artefact(Artefact(backbone.spec, backbone.fingerprint, (), head), to.model)
    export_backbone(backbone, to.model)
    if backbone.parsed.library == "open_clip":
        torch.save(load_towers(backbone.parsed).state_dict(), to.weights)


def quantize(to: Material) -> None:
    """The model folder in int8, ranges from the photos."""
    from vision.artefact import EXPORT
    from vision.embedder import open_embedder
    from vision.quantize import write_int8
    from vision.serving import Serving, write_serving

    full = open_embedder(to.model)
    seen = [full.read(path.read_bytes()).pixels for path in files(to.photos)[:CALIBRATING]]
    with tempfile.TemporaryDirectory(dir=to.folder) as folder:
        made = shutil.copytree(to.model, Path(folder) / "made")
        write_int8(made / EXPORT, list(full.normalised(np.stack(seen))))
        served = open_embedder(made, "int8").fingerprint
        write_serving(made / EXPORT, Serving("int8", served))
        made.rename(to.model_int8)


def write_onnx(to: Material) -> None:
    """For fastembed and rclip, each where it looks for it."""
    import torch

    from vision.backbone import load_backbone

    backbone = load_backbone(str(to.backbone))
    square = backbone.preprocess
    to.onnx.mkdir(exist_ok=True)
    torch.onnx.export(
        backbone.network.eval(), (torch.zeros(2, 3, square.size, square.size),),
        str(to.onnx / "model.onnx"), input_names=["input"], output_names=["output"],
        dynamic_shapes=[{0: torch.export.Dim("batch")}], dynamo=True, external_data=False,
    )  # fmt: skip
    config = {
        "image_processor_type": "CLIPImageProcessor", "do_resize": True, "do_center_crop": True,
        "size": {"shortest_edge": square.size}, "crop_size": square.size, "do_normalize": True,
        "image_mean": list(square.mean), "image_std": list(square.std),
    }  # fmt: skip
    (to.onnx / "preprocessor_config.json").write_text(json.dumps(config))
    # of its text tower and words only the names are looked at, as long as nobody asks with words
    network = to.rclip / "ViT-B-32-256-datacomp_s34b_b86k"
    network.mkdir(parents=True, exist_ok=True)
    (to.rclip / "tokenizer").mkdir(exist_ok=True)
    (network / "visual.onnx").unlink(missing_ok=True)
    (network / "visual.onnx").hardlink_to(to.onnx / "model.onnx")
    (network / "textual.onnx").touch()
    (to.rclip / "tokenizer" / "bpe_simple_vocab_16e6.txt.gz").touch()


if __name__ == "__main__":
    write_onnx(Material(Path(sys.argv[1])))
