"""The training loop: what is kept, when it stops, and that a killed run simply goes on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from vision import loop
from vision.errors import BadTraining
from vision.loop import Course, Lessons, learn
from vision.recipe import OPTIMISERS, Recipe

STEPS = 5
RECIPE = Recipe(epochs=6, rate=0.05, average=0.8, weight_decay=0.0)
TRUE = torch.tensor([[1.0, -2.0, 3.0]])


class Killed(Exception):
    """The process is gone."""


def batches() -> list[Tensor]:
    """Drawn from torch's generator, as the sampler's are."""
    return [torch.randn(8, 3) for _ in range(STEPS)]


def loss(network: nn.Module, batch: Tensor) -> Tensor:
    return (network(batch) - batch @ TRUE.T).square().mean()


def error(network: nn.Module) -> float:
    """Minus the distance to the truth: higher is better."""
    return -float((weight(network) - TRUE).norm())


def weight(network: nn.Module) -> Tensor:
    return next(iter(network.parameters())).detach()


def fresh() -> nn.Sequential:
    torch.manual_seed(3)
    # Dropout, so that a resumed run must draw as the first one would have.
    return nn.Sequential(nn.Dropout(0.1), nn.Linear(3, 1))


def run(
    network: nn.Module, recipe: Recipe = RECIPE, *, checkpoint: Path | None = None,
    judge: Callable[[nn.Module], float] | None = error, each: Callable[[], list[Tensor]] = batches,
    loss: Callable[[nn.Module, Any], Tensor] = loss,
) -> Course:  # fmt: skip
    groups = [{"params": list(network.parameters()), "lr": recipe.rate}]
    lessons = Lessons(each, STEPS, loss, judge)
    return learn(network, groups, lessons, recipe, checkpoint=checkpoint)


def told(course: Course) -> list[tuple[object, ...]]:
    """All but the clock; the first loss is no number, which equals nothing."""
    return [(one["epoch"], str(one["loss"]), one["val_score"]) for one in course.history]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_comes_nearer_to_the_truth(optimiser: Any) -> None:
    network = fresh()
    course = run(network, replace(RECIPE, optimiser=optimiser, epochs=20))
    assert error(network) > 0.5 * error(fresh())
    assert course.history[-1]["loss"] < 0.5 * course.history[1]["loss"]


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("killed_at", [1, STEPS + 2, 3 * STEPS, 6 * STEPS - 1])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimiser: Any, killed_at: int
) -> None:
    recipe = replace(RECIPE, optimiser=optimiser)
    whole = fresh()
    expected = run(whole, recipe)

    monkeypatch.setattr(loop, "CHECKPOINT_S", 0.0)
    path = tmp_path / "deep" / "run.pt"
    steps = 0

    def dying(network: nn.Module, batch: Tensor) -> Tensor:
        nonlocal steps
        steps += 1
        if steps == killed_at:
            raise Killed
        return loss(network, batch)

    with pytest.raises(Killed):
        run(fresh(), recipe, checkpoint=path, loss=dying)
    assert path.exists() == (killed_at > STEPS)

    resumed = fresh()
    torch.manual_seed(99 if path.exists() else 3)  # as another process would find it
    if not path.exists():
        resumed = fresh()
    course = run(resumed, recipe, checkpoint=path)
    assert told(course) == told(expected)
    assert course.best == expected.best
    assert torch.equal(weight(resumed), weight(whole))
    # a finished run is not done again before its result is safe
    again = fresh()
    assert told(run(again, recipe, checkpoint=path, loss=dying)) == told(expected)
    assert torch.equal(weight(again), weight(whole))


def test_a_resumed_run_repeats_no_finished_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_S", 0.0)
    epochs = 0

    def counted() -> list[Tensor]:
        nonlocal epochs
        epochs += 1
        if epochs == 4:
            raise Killed
        return batches()

    with pytest.raises(Killed):
        run(fresh(), checkpoint=tmp_path / "run.pt", each=counted)
    run(fresh(), checkpoint=tmp_path / "run.pt", each=counted)
    # Three were finished, the fourth was begun twice.
    assert epochs == 4 + (RECIPE.epochs - 3)


def test_a_short_run_leaves_no_file(tmp_path: Path) -> None:
    run(fresh(), checkpoint=tmp_path / "run.pt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["torn", "empty", "text", "another network", "another thing"])
def test_a_checkpoint_that_is_none_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = tmp_path / "run.pt"
    monkeypatch.setattr(loop, "CHECKPOINT_S", 0.0)

    def twice() -> list[Tensor]:
        if path.exists():
            raise Killed
        return batches()

    other = nn.Sequential(nn.Dropout(0.1), nn.Linear(3, 2))
    with pytest.raises(Killed):
        run(other if what == "another network" else fresh(), checkpoint=path, each=twice,
            judge=lambda network: 0.0)  # fmt: skip
    whole = path.read_bytes()
    if what == "another thing":
        torch.save({"a": torch.zeros(3)}, path)
    elif what != "another network":
        path.write_bytes({"torn": whole[: len(whole) // 2], "empty": b""}.get(what, b"no file"))
    with pytest.raises(BadTraining, match=r"run\.pt is no checkpoint.*delete it to begin anew"):
        run(fresh(), checkpoint=path)
    assert path.exists()


def test_the_best_epochs_averaged_weights_are_what_is_left() -> None:
    scores = iter([0.1, 0.2, 0.9, 0.3, 0.4, 0.5, 0.6])
    seen: list[Tensor] = []

    def judge(network: nn.Module) -> float:
        assert not network.training
        seen.append(weight(network).detach().clone())  # type: ignore[index]
        return next(scores)

    network = fresh()
    course = run(network, judge=judge)
    assert course.best == 2
    assert [one["val_score"] for one in course.history] == [0.1, 0.2, 0.9, 0.3, 0.4, 0.5, 0.6]
    assert torch.equal(weight(network), seen[2])
    assert not torch.equal(seen[2], seen[3])
    assert not network.training


def test_what_is_judged_is_the_running_average_of_the_steps() -> None:
    steps: list[Tensor] = []

    def noted(network: nn.Module, batch: Tensor) -> Tensor:
        steps.append(weight(network).detach().clone())  # type: ignore[index]
        return loss(network, batch)

    averages: list[Tensor] = []

    def judge(network: nn.Module) -> float:
        averages.append(weight(network).detach().clone())  # type: ignore[index]
        return 0.0

    run(fresh(), judge=judge, loss=noted)
    # `steps` holds weights before each step; those after the first begin the average.
    expected = steps[1]
    for after in steps[2 : STEPS + 1]:
        expected = RECIPE.average * expected + (1 - RECIPE.average) * after
    torch.testing.assert_close(averages[1], expected)
    assert torch.equal(averages[0], steps[0])


def test_a_start_that_nothing_betters_is_kept() -> None:
    network, begun = fresh(), fresh()
    course = run(network, judge=lambda network: 0.5)
    assert course.best == 0
    assert torch.equal(weight(network), weight(begun))


@pytest.mark.parametrize("patience", [1, 3])
def test_training_stops_when_patience_is_at_an_end(patience: int) -> None:
    scores = [0.1, 0.2, 0.3, 0.2, 0.2, 0.2, 0.2]
    course = run(fresh(), replace(RECIPE, patience=patience),
                 judge=lambda network: scores.pop(0))  # fmt: skip
    assert course.best == 2
    assert len(course.history) - 1 == 2 + patience


def test_without_a_judge_the_last_epoch_is_kept_whatever_the_patience() -> None:
    course = run(fresh(), replace(RECIPE, patience=1), judge=None)
    assert course.best == RECIPE.epochs


def test_no_epochs_leave_the_network_as_it_was() -> None:
    network, begun = fresh(), fresh()
    course = run(network, replace(RECIPE, epochs=0))
    assert len(course.history) == 1
    assert torch.equal(weight(network), weight(begun))


def test_the_rate_rises_for_a_tenth_of_the_steps_and_falls_to_zero() -> None:
    rates = [loop._rate(step, 100) for step in range(101)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[55] == pytest.approx(0.5)
    assert rates[100] == 0
