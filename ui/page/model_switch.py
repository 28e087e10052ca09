"""The change of model that shoppers search with: there in one step, back in one step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalog.contract import CollectionInfo
from ingest.reindex import Reindexed
from ui.judging import By, judge_of
from ui.page.draw import draw
from ui.page.jobs import Job
from ui.page.language import Language
from ui.page.model_scene import Scene
from ui.page.model_section import Section, Told
from ui.page.model_words import Measure, compared, option_of_model, share, whole_name
from ui.reindexing import change_model, clean_up, lost_path, roll_back
from vision.progress import Progress

# Steps in which a re-index looks by itself whether it is to stop: what is done stays.
_STOPS_ITSELF = ("re-index", "check")


@dataclass(frozen=True)
class Switched:
    """What became of a re-index."""

    result: Reindexed
    by: By | None
    """What the lab judged by; None: it was not asked, or had nothing to judge by."""
    numbers: Mapping[str, Any]
    """What it measured; empty when it did not come to that."""
    lost: Path
    """The list of pictures that could not be read."""


@dataclass(frozen=True)
class Outcome:
    """The last change in words."""

    title: str
    lines: Sequence[str]
    good: bool
    measures: Sequence[Measure] = ()
    link: str | None = None
    """Of the list of pictures that could not be read."""
    again: tuple[str, int] | None = None
    """The model to switch to all the same, without so many pictures."""


@dataclass
class _Heard:
    """What the lab has measured, once it has."""

    numbers: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, numbers: Mapping[str, Any]) -> None:
        self.numbers = numbers


class Switch(Section):
    """Re-index with another model, roll back, clean up."""

    name = "switch"
    events = ("reindex", "rollback", "cleanup")
    kinds = frozenset({"train", "reindex", "rollback", "cleanup"})

    def draw(self, say: Language) -> str:
        scene = self.scene
        others = [
            (one.fingerprint, option_of_model(one, say))
            for one in scene.models
            if one.role != "served"
        ]
        job = self.office.jobs.last("reindex", "rollback", "cleanup")
        outcome = self._outcome(job, scene, say) if job and job.state != "running" else None
        previous = whole_name(scene.previous, say) if scene.previous else None
        return draw(
            "model_switch", say, others=others, pictures=scene.pictures, outcome=outcome,
            now=whole_name(scene.served, say), previous=previous,
        )  # fmt: skip

    def reindex(self, told: Told, say: Language) -> None:
        scene, target = self.scene, self.office.target
        model = scene.model(told.text("model"))
        if model is None or model == scene.served:
            raise ValueError(say("switch.which"))
        asked, lose = told.yes("gate"), told.number("lose")

        def work(job: Job) -> Switched:
            judge = judge_of(model, scene.served, scene.catalogs, target) if asked else None
            heard = _Heard()
            result = change_model(
                model.where, target, judge.gate if judge else None, roots={}, lose=lose,
                stop=job.stopping.is_set, progress=_steps(job), judged=heard, warn=job.warn,
            )  # fmt: skip
            lost = lost_path(target, result.after)
            return Switched(result, judge.by if judge else None, heard.numbers, lost)

        self.office.jobs.start("reindex", work)

    def rollback(self, told: Told, say: Language) -> None:
        self.office.jobs.start("rollback", lambda job: roll_back(self.office.target))

    def cleanup(self, told: Told, say: Language) -> None:
        everything = told.yes("everything")
        self.office.jobs.start("cleanup", lambda job: clean_up(self.office.target, everything))

    def _outcome(self, job: Job, scene: Scene, say: Language) -> Outcome | None:
        done = job.result
        if isinstance(done, Switched):
            return self._switched(done, scene, say)
        if job.kind == "rollback" and isinstance(done, tuple):
            return _rolled_back(done, scene, say)
        if job.kind == "cleanup" and isinstance(done, list):
            said = say("switch.deleted", names=done) if done else say("switch.nothing_to_delete")
            return Outcome(say("switch.cleaned"), [said], good=True)
        return None

    def _switched(self, done: Switched, scene: Scene, say: Language) -> Outcome:
        result = done.result
        failed = result.rebuilt.failed.total()
        new, old = (_name(scene, one, say) for one in (result.after, result.before))
        lines = [_pictures(result, say), *_judged(done, say)]
        if failed:
            lines.append(say("switch.lost", n=failed))
        return Outcome(
            _title(result, new, old, say),
            lines,
            good=result.swapped,
            measures=compared(done.numbers, say),
            link=self.office.files.link(done.lost) if failed and done.lost.exists() else None,
            again=(result.after, failed) if failed and not _ended(result) else None,
        )


def _ended(result: Reindexed) -> bool:
    return result.swapped or result.interrupted or bool(result.broken)


def _title(result: Reindexed, new: str, old: str, say: Language) -> str:
    if result.swapped:
        return say("switch.done", new=new, old=old)
    if result.interrupted:
        return say("switch.stopped", old=old)
    return say("switch.refused" if result.broken else "switch.incomplete", new=new, old=old)


def _pictures(result: Reindexed, say: Language) -> str:
    rebuilt = result.rebuilt
    there = rebuilt.total - rebuilt.failed.total()
    return say("switch.carried", n=there, embedded=rebuilt.embedded)


def _judged(done: Switched, say: Language) -> list[str]:
    rows = {row["name"]: row for row in done.numbers.get("models") or []}
    if done.by is None:
        return [say("switch.unjudged")]
    if not {"this model", "previous model"} <= rows.keys():
        return []
    new, old = rows["this model"], rows["previous model"]
    verdict = "worse" if done.result.broken else "as_good"
    return [
        say(f"switch.by_{done.by}", n=int(done.numbers["data"]["queries"])),
        say(f"switch.{verdict}", new=share(new["p_at_9"], say), old=share(old["p_at_9"], say),
            low=share(old["p_at_9_low"], say)),
    ]  # fmt: skip


def _rolled_back(
    done: tuple[CollectionInfo, CollectionInfo], scene: Scene, say: Language
) -> Outcome:
    was, now = (_name(scene, one.fingerprint, say) for one in done)
    title = say("switch.rolled_back", was=was, now=now)
    return Outcome(title, [say("switch.back_again")], good=True)


def _name(scene: Scene, fingerprint: str, say: Language) -> str:
    model = scene.model(fingerprint)
    return whole_name(model, say) if model else fingerprint[:8]


def _steps(job: Job) -> Progress:
    """The lab can only be stopped by its progress; a re-index ends at a whole batch."""

    def progress(what: str, done: int, total: int, detail: str = "") -> None:
        tell = job.progress if what in _STOPS_ITSELF else job.stoppable
        tell(what, done, total, detail)

    return progress
