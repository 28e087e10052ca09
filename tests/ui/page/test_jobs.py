"""Long work, one at a time, watched by whoever looks."""

import logging
import threading

import pytest

from catalog.errors import StoreUnavailable
from ui.page.jobs import Job, JobRunning, Jobs, Step


def ended(job: Job) -> Job:
    deadline = threading.Event()
    for _ in range(500):
        if job.state != "running":
            return job
        deadline.wait(0.01)
    raise AssertionError("the job does not end")


def test_a_job_tells_its_steps_its_warnings_and_its_result() -> None:
    jobs = Jobs()

    def work(job: Job) -> str:
        job.progress("read", 3, 10)
        job.progress("embed", 1, 2, "3 images/s")
        job.progress("read", 10, 10)
        job.warn("one row is odd")
        return "all there"

    job = ended(jobs.start("ingest", work))
    assert (job.state, job.result, job.error) == ("done", "all there", None)
    assert list(job.steps.items()) == [("read", Step(10, 10)), ("embed", Step(1, 2, "3 images/s"))]
    assert list(job.warnings) == ["one row is odd"]
    assert jobs.current is None
    assert jobs.last("ingest") is job
    assert jobs.last("train") is None
    assert job.seconds >= 0


def test_only_one_job_runs_at_a_time() -> None:
    jobs, go_on = Jobs(), threading.Event()
    first = jobs.start("ingest", lambda job: go_on.wait(10))
    with pytest.raises(JobRunning) as caught:
        jobs.start("train", lambda job: None)
    assert caught.value.kind == "ingest"
    assert jobs.current is first
    go_on.set()
    ended(first)
    assert ended(jobs.start("train", lambda job: 1)).result == 1
    assert jobs.last("ingest", "train") is jobs.last("train")


def test_a_job_that_is_stopped_ends_early_and_says_so() -> None:
    jobs = Jobs()
    job = jobs.start("ingest", lambda job: job.stopping.wait(10))
    jobs.stop()
    assert ended(job).state == "stopped"
    jobs.stop()  # nothing runs: nothing happens


def test_what_a_manager_can_mend_is_told_and_a_fault_of_ours_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(error: Exception) -> Job:
        def work(job: Job) -> None:
            raise error

        return ended(Jobs().start("ingest", work))

    assert fails(StoreUnavailable("the disk is full")).error == "the disk is full"
    with caplog.at_level(logging.ERROR):
        ours = fails(RuntimeError("the innermost secret"))
    assert (ours.state, ours.error) == ("failed", "")
    assert "the innermost secret" in caplog.text


def test_the_end_of_the_page_waits_for_the_job() -> None:
    jobs = Jobs()
    job = jobs.start("ingest", lambda job: job.stopping.wait(10))
    jobs.close()
    assert job.state == "stopped"


@pytest.mark.parametrize(
    ("step", "share"),
    [(Step(5, 10), 0.5), (Step(0, 0), 0.0), (Step(12, 10), 1.0), (Step(3, -1), 0)],
)
def test_a_share_stays_between_nothing_and_all(step: Step, share: float) -> None:
    assert step.share == share


def test_few_warnings_are_kept_of_many() -> None:
    def work(job: Job) -> None:
        for n in range(1000):
            job.warn(str(n))

    assert len(ended(Jobs().start("ingest", work)).warnings) == 50


def test_work_that_can_only_be_stopped_by_its_progress_ends_there() -> None:
    jobs, begun, go = Jobs(), threading.Event(), threading.Event()

    def work(job: Job) -> str:
        job.stoppable("look", 1, 2)
        begun.set()
        go.wait(10)
        job.stoppable("look", 2, 2)
        return "done all the same"

    job = jobs.start("train", work)
    assert begun.wait(10)
    jobs.stop()
    go.set()
    jobs.close()
    assert (job.state, job.result, job.error) == ("stopped", None, None)
    assert job.steps["look"].done == 2
