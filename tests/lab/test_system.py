"""Recipe files: all that come along are whole, and a wrong one says what is wrong."""

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.system import RECIPES, known_systems, read_system


def test_every_row_of_the_history_is_there() -> None:
    rows = [one.row for one in known_systems()]
    assert rows == ["1", "2", "3", "4", "5a", "5b", "5c", "6", "7", "8a", "8b", "9", "10",
                    "11a", "11b", "11c", "11d"]  # fmt: skip


def test_what_was_published_is_in_them() -> None:
    systems = {one.row: one for one in known_systems()}
    ranges = {row: (one.published.low, one.published.high)
              for row, one in systems.items() if one.published}  # fmt: skip
    assert ranges == {
        "1": (0.06, 0.27), "2": (0.34, 0.39), "3": (0.41, 0.50), "4": (0.44, 0.44),
        "5a": (0.41, 0.50), "5b": (0.41, 0.50), "5c": (0.41, 0.50), "6": (0.52, 0.52),
    }  # fmt: skip
    numbers = {
        row: (one.network and one.network.size, one.training and
              (one.training.batch, one.training.rate, one.training.weight_decay))
        for row, one in systems.items()
    }  # fmt: skip
    assert numbers["1"][1] == (100, 0.0005, 0.001)
    assert numbers["2"] == (227, (128, 1e-5, 0.01))
    assert numbers["3"] == numbers["4"] == (224, (100, 7e-4, 0.01))
    assert numbers["5a"] == (224, (64, 1e-4, 0.0))
    assert systems["5a"].training
    assert systems["5a"].training.epochs == 40
    assert systems["4"].network
    assert systems["4"].network.batch_norm
    assert numbers["7"] == (100, None)
    assert {systems[row].training.optimiser for row in ("5a", "5b", "5c")} == {  # type: ignore[union-attr]
        "adam", "rmsprop", "sgd"
    }  # fmt: skip


def test_a_start_from_random_weights_says_what_it_does_otherwise() -> None:
    system = read_system(RECIPES / "02-alexnet.toml")
    run = system.started("random", epochs=3)
    assert run.network
    assert run.network.learns == "everything"
    assert run.training
    assert (run.training.epochs, run.training.rate) == (3, 1e-4)
    assert system.changes(run) == [
        "learns: top became everything", "epochs: 30 became 3", "batch: 128 became 32",
        "rate: 1e-05 became 0.0001", "weight decay: 0.01 became 0.0",
    ]  # fmt: skip
    assert system.changes(system.started("weights", None)) == []


GOOD = """
row = "20"
name = "Mine"
system = "Of my own."
[network]
model = "timm:test_resnet"
size = 64
[training]
epochs = 3
batch = 8
rate = 1e-3
[retrieval]
features = "pool"
similarity = "cosine"
scope = "everything"
"""


def test_a_recipe_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "20-mine.toml"
    path.write_text(GOOD)
    system = read_system(path)
    assert (system.key, system.kind) == ("20-mine", "student")
    assert system.network
    assert (system.network.size, system.network.learns) == (64, "top")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("size = 64", "size = 64\nsides = 3", "network.sides: Unexpected keyword argument · 3"),
        ("size = 64", "size = '64'", "network.size: Input should be a valid integer · '64'"),
        ("size = 64", "size = true", "network.size: Input should be a valid integer · True"),
        ("size = 64", "size = 64\nlearns = 'all'", "'nothing', 'top' or 'everything' · 'all'"),
        ('name = "Mine"', "", "name: Field required"),
        ("[training]\nepochs = 3\nbatch = 8\nrate = 1e-3", "", r"needs \[training\]"),
        ('[network]\nmodel = "timm:test_resnet"\nsize = 64', "", "'student' needs network"),
        ("[retrieval]", "[random]\nrates = 3\n[retrieval]", "'rates', which is nothing"),
        ("[retrieval]", "[random]\nbatch = 'x'\n[retrieval]", "batch: Input should be a valid int"),
        ("rate = 1e-3", "rate = 1e-3\noptimiser = 'adamax'", "'adamw', 'adam', 'sgd' or 'rmsprop'"),
        ("[network]", "[network", "is no recipe"),
    ],
)
def test_a_wrong_one_says_what_is_wrong(tmp_path: Path, was: str, becomes: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    assert was in GOOD
    path.write_text(GOOD.replace(was, becomes, 1))
    with pytest.raises(LabError, match=told) as raised:
        read_system(path)
    assert str(path) in str(raised.value)
