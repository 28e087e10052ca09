"""Who judges a model before it serves, and which backbones may be named on the page."""

import json
from pathlib import Path

import pytest
from made import TINY, ingested, picture

from ui.build import Target
from ui.inventory import sources_of
from ui.judging import judge_of
from ui.known_models import KnownModel
from ui.measuring import unseen
from ui.reindexing import gate_of
from ui.settings import Settings
from ui.training import check_backbone
from vision.errors import BadSpec
from vision.spec import BUNDLED_MODEL

BARE = KnownModel("ab" * 32, TINY, TINY)


def trained(folder: Path, photos: int) -> KnownModel:
    split = folder / "model/split"
    split.mkdir(parents=True)
    rows = "id,category,image\n" + "".join(f"{n},Hat,{n}.jpg\n" for n in range(photos))
    for name in ("train", "test"):
        (split / f"{name}.csv").write_text(rows)
    (split / "roots.json").write_text(json.dumps({"train": str(folder), "test": str(folder)}))
    training = {"catalog": "shop", "label": "product_id", "exclude": ["Sale"]}
    return KnownModel("cd" * 32, "x", TINY, (folder / "model",), {"training": training})


@pytest.fixture
def single(home: Path) -> Target:
    """An index with one photo of each of three products."""
    ingested(home.parent / "shop", [(str(n), "Hat", picture(n)) for n in range(3)])
    return Target(Settings(), str(home / "store"), "products")


def test_photos_put_aside_judge_first(stocked: Target, tmp_path: Path) -> None:
    model = trained(tmp_path, photos=20)
    for new, served in ((model, BARE), (BARE, model)):
        judge = judge_of(new, served, [], stocked)
        assert judge is not None
        assert judge.by == "put_aside"
        assert judge.gate.queries is not None
        assert judge.gate.queries.count_rows() == 20
        assert (judge.gate.relevant_by, judge.gate.exclude) == ("product_id", ("Sale",))


def test_a_part_of_a_split_is_a_gate_wherever_its_pictures_lie(tmp_path: Path) -> None:
    trained(tmp_path, photos=20)
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("id,category,image\n1,Hat,1.jpg\n")
    gate = gate_of(tmp_path / "model/split/test.csv", elsewhere, (), (), None, ())
    assert gate is not None
    assert gate.queries is not None
    assert gate.gallery is not None
    assert (gate.queries.root, gate.gallery.root) == (tmp_path, tmp_path)


def test_photos_that_the_new_model_has_learned_from_do_not_judge_it(
    stocked: Target, tmp_path: Path
) -> None:
    served = trained(tmp_path / "a", photos=20)
    other = {"training": {**served.training, "seed": 7}}
    new = KnownModel("ef" * 32, "x", TINY, (), other)  # its own split is not here
    judge = judge_of(new, served, [], stocked)
    assert judge is not None
    assert judge.by == "second"
    # while photos that flatter the served one alone may: they make it harder
    judge = judge_of(served, new, [], stocked)
    assert judge is not None
    assert judge.by == "put_aside"


def test_too_few_of_them_give_way_to_second_photos(stocked: Target, tmp_path: Path) -> None:
    judge = judge_of(trained(tmp_path, photos=19), BARE, [], stocked)
    assert judge is not None
    assert (judge.by, judge.gate.queries) == ("second", None)


def test_of_single_photos_each_asks_for_its_category(single: Target) -> None:
    with single.open() as store:
        info = store.describe()
    assert info is not None
    (catalog,) = sources_of(single, info)
    judge = judge_of(BARE, BARE, [catalog], single)
    assert judge is not None
    assert judge.by == "own"
    assert judge.gate.relevant_by == "category"
    assert judge_of(BARE, BARE, [], single) is None


@pytest.mark.parametrize(
    "spec",
    [BUNDLED_MODEL, TINY, "timm:mobilenetv2_100?num_classes=1001&pad_type=same&mean=0.5&std=0.5",
     "open_clip:ViT-B-32/laion2b_s34b_b79k", "open_clip:hf-hub:Marqo/marqo-ecommerce-embeddings-B",
     "torchvision:resnet50?size=64"],
)  # fmt: skip
def test_a_backbone_is_named_by_its_name(spec: str) -> None:
    check_backbone(spec)


@pytest.mark.parametrize(
    "spec",
    ["", "resnet50", "timm:x?weights=/etc/passwd", "timm:x?checkpoint_path=/tmp/evil.pt",
     "timm:x?cache_dir=/tmp", "open_clip:ViT-B-32//tmp/evil.pt", "open_clip:local-dir:/tmp/x",
     "timm:local-dir:/tmp/x", "timm:local-dir:evil", "open_clip:ViT-B-32/../../evil",
     "timm:/tmp/x", "timm:../x", "open_clip:hf-hub:../x"],
)  # fmt: skip
def test_a_backbone_that_could_name_a_file_is_refused(spec: str) -> None:
    with pytest.raises(BadSpec):
        check_backbone(spec)


def test_two_models_of_one_split_have_learned_from_the_same_photos() -> None:
    one = {"catalog": "shop", "label": "category", "seed": 0, "parts": [8, 1, 1], "exclude": []}
    model = KnownModel("ab" * 32, "", "", config={"training": one})
    assert unseen(model, KnownModel("cd" * 32, "", "", config={"training": dict(one)}))
    assert unseen(model, KnownModel("cd" * 32, "", ""))
    other = one | {"seed": 1}
    assert not unseen(model, KnownModel("cd" * 32, "", "", config={"training": other}))
